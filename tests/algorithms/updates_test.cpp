// Every step of an optimizer in the bundled scripts, at full size: with LibTorch's derivatives and with those that the
// pass differentiate writes out, on the same random data. Both add up float32 products in different orders: 1e-5 of the
// largest element. Adam's first step is by the learning rate in the direction of each derivative's sign, which is
// chance where the derivative is nothing but rounding: there, parameters are not compared.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>

#include "compiler/graph/print.h"
#include "compiler/passes/copy_block.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "tests/compiler/elaborate/compiled.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

/// One minimize of a script, alone: what it reads from outside are parameters of main.
struct Update {
  std::string name;
  Program program;
  ValueId rate;
  std::vector<int64_t> parameters, moments;  // moments: the first ones, the second ones, the number of steps
};

Update alone(const Program& program, const Node& node) {
  const std::vector<int64_t>& parameters = node.integers("parameters");
  Update update{program.states[static_cast<size_t>(parameters[0])].name, program, node.inputs[0], parameters, {}};
  Block main;
  main.nodes = {node};
  main.results = node.results;
  main.parameters = free_values(main);
  update.program.main = std::move(main);
  for (const char* key : {"first_moments", "second_moments"})
    for (const int64_t id : node.integers(key)) update.moments.push_back(id);
  update.moments.push_back(node.integer("steps"));
  return update;
}

std::vector<Update> updates(const Program& program) {
  std::vector<Update> all;
  test::visit(program.main, [&](const Node& node) {
    if (node.op == Op::minimize) all.push_back(alone(program, node));
  });
  return all;
}

/// Random numbers and a small learning rate; an open size is 9.
std::vector<TensorData> inputs_of(const Update& update) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<TensorData> all;
  for (const ValueId id : update.program.main.parameters) {
    TensorData data{update.program.type(id), {}};
    for (Axis& axis : data.type.axes)
      if (axis.size == kUnknownSize) axis.size = 9;
    data.data.resize(static_cast<size_t>(data.type.elements()));
    for (float& x : data.data) x = data.type.kind == Kind::real ? normal(generator) : 0;
    if (data.type.scalar()) data.data[0] = id == update.rate ? 1e-3f : std::abs(data.data[0]);
    all.push_back(std::move(data));
  }
  return all;
}

struct Outcome {
  std::vector<TensorData> results, moments, parameters;
};

Outcome one_step(Update update, const std::vector<TensorData>& inputs) {
  const auto getter = [&](int64_t state) {
    update.program.values.push_back({update.program.states[static_cast<size_t>(state)].type, {}});
    const auto id = static_cast<ValueId>(update.program.values.size() - 1);
    return Block{{}, {Node{Op::load, {}, {id}, {{"state", state}}, {}, {}}}, {id}};
  };
  std::vector<Block> moments, parameters;
  for (const int64_t id : update.moments) moments.push_back(getter(id));
  for (const int64_t id : update.parameters) parameters.push_back(getter(id));
  Interpreter engine(update.program, {});
  Outcome outcome{engine.evaluate(update.program.main, inputs), {}, {}};
  for (const Block& block : moments) outcome.moments.push_back(engine.evaluate(block)[0]);
  for (const Block& block : parameters) outcome.parameters.push_back(engine.evaluate(block)[0]);
  return outcome;
}

float largest(const TensorData& x) {
  float most = 0;
  for (const float element : x.data) most = std::max(most, std::abs(element));
  return most;
}

void expect_close(const TensorData& got, const TensorData& wanted) {
  ASSERT_EQ(to_string(got.type), to_string(wanted.type));
  float error = 0;
  for (size_t k = 0; k < wanted.data.size(); ++k) error = std::max(error, std::abs(got.data[k] - wanted.data[k]));
  EXPECT_LE(error, 1e-5f * largest(wanted));
}

/// `moment` is the first one of the parameter.
void expect_close_where_it_matters(const TensorData& got, TensorData wanted, const TensorData& moment) {
  const float least = 1e-2f * largest(moment);
  size_t compared = 0;
  for (size_t k = 0; k < wanted.data.size(); ++k) {
    if (std::abs(moment.data[k]) > least)
      ++compared;
    else
      wanted.data[k] = got.data[k];
  }
  EXPECT_GT(compared, wanted.data.size() / 4);
  expect_close(got, wanted);
}

class Updates : public testing::TestWithParam<std::tuple<std::string, const char*>> {};

TEST_P(Updates, AreThoseOfLibTorch) {
  const auto& [script, robot] = GetParam();
  test::Compiled compiled(test::Compiled::text_of(std::string(DUET_ROOT "/algorithms/") + script), robot);
  ASSERT_FALSE(HasFailure());
  run_pipeline(compiled.program);
  for (Update& update : updates(compiled.program)) {
    SCOPED_TRACE(update.name);
    Program written = update.program;
    Notes notes;
    differentiate(written, notes);
    run_pipeline(written, {.verify = false});  // main has parameters
    test::visit(written.main, [](const Node& node) { EXPECT_NE(node.op, Op::minimize); });
    const std::vector<TensorData> inputs = inputs_of(update);
    const Outcome wanted = one_step(update, inputs);
    update.program = std::move(written);
    const Outcome got = one_step(std::move(update), inputs);
    ASSERT_EQ(got.results.size(), wanted.results.size());
    for (size_t i = 0; i < got.results.size(); ++i) expect_close(got.results[i], wanted.results[i]);
    for (size_t i = 0; i < got.moments.size(); ++i) expect_close(got.moments[i], wanted.moments[i]);
    for (size_t i = 0; i < got.parameters.size(); ++i)
      expect_close_where_it_matters(got.parameters[i], wanted.parameters[i], wanted.moments[i]);
  }
}

TEST_P(Updates, AreWellFormed) {
  const auto& [script, robot] = GetParam();
  test::Compiled compiled(test::Compiled::text_of(std::string(DUET_ROOT "/algorithms/") + script), robot);
  ASSERT_FALSE(HasFailure());
  run_pipeline(compiled.program, {.verify_options = {.sizes_known = true}}, plan_pipeline());  // verifies after each
  size_t steps = 0;
  test::visit(compiled.program.main, [&](const Node& node) {
    EXPECT_NE(node.op, Op::minimize);
    EXPECT_NE(node.op, Op::gradient);
    steps += node.op == Op::descend;
  });
  EXPECT_GT(steps, 0u);
}

/// Those that learn something along a gradient.
std::vector<std::string> scripts() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(DUET_ROOT "/algorithms"))
    if (entry.path().extension() == ".duet" && entry.path().filename() != "ars.duet" &&
        test::Compiled::text_of(entry.path().string()).find("\n  learner ") != std::string::npos)
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// With a robot that defines the objective where planners need it.
std::vector<std::tuple<std::string, const char*>> cases() {
  std::vector<std::tuple<std::string, const char*>> all;
  for (const std::string& script : scripts()) {
    const bool known =
        test::Compiled::text_of(DUET_ROOT "/algorithms/" + script).find("robot.objective") != std::string::npos;
    all.emplace_back(script, known ? "pets_cartpole" : "hopper");
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Bundled, Updates, testing::ValuesIn(cases()), [](const auto& info) {
  const std::string& name = std::get<0>(info.param);
  return name.substr(0, name.find('.'));
});

}  // namespace
}  // namespace duet
