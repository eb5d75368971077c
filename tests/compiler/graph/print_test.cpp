#include "compiler/graph/print.h"

#include <limits>

#include "compiler/graph/text.h"
#include "tests/compiler/graph/graph_text.h"

namespace duet {
namespace {

using test::kSample;
using test::read;

void expect_same(const Program& a, const Block& x, const Program& b, const Block& y);

void expect_same_ids(const Program& a, const std::vector<ValueId>& x, const Program& b, const std::vector<ValueId>& y) {
  ASSERT_EQ(x, y);
  for (const ValueId id : x) {
    EXPECT_EQ(a.values[static_cast<size_t>(id)].name, b.values[static_cast<size_t>(id)].name);
    EXPECT_EQ(a.type(id), b.type(id));
  }
}

void expect_same(const Program& a, const Node& x, const Program& b, const Node& y) {
  EXPECT_EQ(x.op, y.op);
  expect_same_ids(a, x.inputs, b, y.inputs);
  expect_same_ids(a, x.results, b, y.results);
  EXPECT_EQ(x.attributes, y.attributes);
  EXPECT_EQ(x.span, y.span);
  ASSERT_EQ(x.blocks.size(), y.blocks.size());
  for (size_t i = 0; i < x.blocks.size(); ++i) expect_same(a, x.blocks[i], b, y.blocks[i]);
}

void expect_same(const Program& a, const Block& x, const Program& b, const Block& y) {
  expect_same_ids(a, x.parameters, b, y.parameters);
  expect_same_ids(a, x.results, b, y.results);
  ASSERT_EQ(x.nodes.size(), y.nodes.size());
  for (size_t i = 0; i < x.nodes.size(); ++i) expect_same(a, x.nodes[i], b, y.nodes[i]);
}

void expect_same(const Program& a, const RobotBlock& x, const Program& b, const RobotBlock& y) {
  EXPECT_EQ(x.inputs, y.inputs);
  expect_same(a, x.block, b, y.block);
}

void expect_same_robot(const Program& a, const Program& b) {
  const RobotProgram &x = a.robot, &y = b.robot;
  EXPECT_EQ(x.name, y.name);
  EXPECT_EQ(x.mjcf, y.mjcf);
  EXPECT_EQ(x.frames, y.frames);
  EXPECT_EQ(x.limit, y.limit);
  EXPECT_EQ(x.obs, y.obs);
  EXPECT_EQ(x.action, y.action);
  EXPECT_EQ(x.low, y.low);
  EXPECT_EQ(x.high, y.high);
  EXPECT_EQ(x.settle, y.settle);
  EXPECT_EQ(x.outside, y.outside);
  ASSERT_EQ(x.drawn.size(), y.drawn.size());
  for (size_t i = 0; i < x.drawn.size(); ++i) EXPECT_EQ(x.drawn[i].name, y.drawn[i].name);
  ASSERT_EQ(x.variables.size(), y.variables.size());
  for (size_t i = 0; i < x.variables.size(); ++i) EXPECT_EQ(x.variables[i].type, y.variables[i].type);
  ASSERT_EQ(x.edits.size(), y.edits.size());
  for (size_t i = 0; i < x.edits.size(); ++i) EXPECT_EQ(x.edits[i].elements, y.edits[i].elements);
  EXPECT_EQ(x.before_variables, y.before_variables);
  EXPECT_EQ(x.after_variables, y.after_variables);
  EXPECT_EQ(x.control_each_frame, y.control_each_frame);
  expect_same(a, x.randomize, b, y.randomize);
  expect_same(a, x.edit, b, y.edit);
  expect_same(a, x.start, b, y.start);
  expect_same(a, x.before, b, y.before);
  expect_same(a, x.control, b, y.control);
  expect_same(a, x.after, b, y.after);
  expect_same(a, x.observe, b, y.observe);
  expect_same(a, x.reward, b, y.reward);
  expect_same(a, x.done, b, y.done);
  expect_same(a, x.truncate, b, y.truncate);
  expect_same(a, x.reset, b, y.reset);
}

void expect_same(const Program& a, const Program& b) {
  ASSERT_EQ(a.states.size(), b.states.size());
  for (size_t i = 0; i < a.states.size(); ++i) {
    EXPECT_EQ(a.states[i].name, b.states[i].name);
    EXPECT_EQ(a.states[i].type, b.states[i].type);
    EXPECT_EQ(a.states[i].initial.kind, b.states[i].initial.kind);
    EXPECT_EQ(a.states[i].initial.scale, b.states[i].initial.scale);
    EXPECT_EQ(a.states[i].initial.source, b.states[i].initial.source);
  }
  ASSERT_EQ(a.memories.size(), b.memories.size());
  for (size_t i = 0; i < a.memories.size(); ++i) {
    EXPECT_EQ(a.memories[i].name, b.memories[i].name);
    EXPECT_EQ(a.memories[i].capacity, b.memories[i].capacity);
  }
  expect_same_robot(a, b);
  expect_same(a, a.main, b, b.main);
}

TEST(Print, GivesBackTheSample) {
  EXPECT_EQ(print(read(kSample)), kSample);
}

TEST(Print, RoundTripKeepsTheStructure) {
  const Program program = read(kSample);
  EXPECT_EQ(program.main.nodes.size(), 1u);
  expect_same(program, read(print(program)));
}

Program odd() {
  Program p;
  p.values = {{{Kind::real, {}}, "a'"},
              {{Kind::index, {{"an axis", 3}, {"b", kUnknownSize}}}, "1st \"x\"\n\x01"},
              {{Kind::real, {}}, "dotted.9"},
              {{Kind::boolean, {{"H", 0}}}, ""}};
  p.states = {{"a state", {}, {Initial::Kind::constant, -0.0, -1}}};
  Node node{};
  node.op = Op::constant;
  node.results = {0, 1, 2, 3};
  node.span = {2, 10, 20};
  node.attributes = {{"ints", std::vector<int64_t>{1, -2}},
                     {"no ints", std::vector<int64_t>{}},
                     {"no_reals", std::vector<double>{}},
                     {"no_texts", std::vector<std::string>{}},
                     {"reals", std::vector<double>{1, 0.1, -std::numeric_limits<double>::infinity(), 1e300}},
                     {"least", std::numeric_limits<int64_t>::min()},
                     {"tiny", 5e-324},
                     {"texts", std::vector<std::string>{"", "\\", "tab\t"}}};
  p.main.nodes.push_back(node);
  p.main.results = {3, 2, 1, 0};
  return p;
}

TEST(Print, OddNamesAndAllAttributesSurvive) {
  const Program program = odd();
  const PrintOptions spans{true, nullptr};
  const std::string text = print(program, spans);
  expect_same(program, read(text));
  EXPECT_EQ(print(read(text), spans), text);
}

TEST(Print, SpansAndPlaces) {
  SourceMap sources;
  const uint32_t file = sources.add("a.duet", "line one\nline two\n");
  Program program = read("main {\n  %0: real = constant() value=1.0\n  loop() do {\n  }\n}\n");
  program.main.nodes[0].span = {file, 9, 13};
  program.main.nodes[1].span = {file, 0, 4};
  const std::string text = print(program, {true, &sources});
  EXPECT_EQ(text,
            "main {\n  %0: real = constant() value=1.0 @1:9-13  // a.duet:2\n"
            "  loop() @1:0-4 do {  // a.duet:1\n  }\n}\n");
  expect_same(program, read(text));
  EXPECT_EQ(print(program, {}), "main {\n  %0: real = constant() value=1.0\n  loop() do {\n  }\n}\n");
}

TEST(Print, RealsReadBackExactly) {
  EXPECT_EQ(real_text(1), "1.0");
  EXPECT_EQ(real_text(0.1), "0.1");
  EXPECT_EQ(real_text(1e-5), "1e-05");
  EXPECT_EQ(real_text(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(real_text(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(Print, OneBlockAndOneHead) {
  const Program program = read("main {\n  %x.0: real = constant() value=1.0\n  yield %x.0\n}");
  EXPECT_EQ(print_block(program, program.main), "%x.0: real = constant() value=1.0\nyield %x.0\n");
  EXPECT_EQ(print_head(program, program.main.nodes[0]), "%x.0: real = constant() value=1.0");
}

TEST(Print, BrokenIdsDoNotStopIt) {
  Program program;
  Node node{};
  node.op = Op::exp;
  node.inputs = {7};
  node.results = {-1};
  program.main.nodes.push_back(node);
  EXPECT_EQ(print(program), "main {\n  %-1: real = exp(%7)\n}\n");
}

}  // namespace
}  // namespace duet
