#include "tests/compiler/elaborate/compiled.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "compiler/base/render.h"
#include "compiler/graph/verify.h"
#include "compiler/syntax/parser.h"
#include "tests/compiler/elaborate/script.h"

namespace duet::test {

std::string Compiled::text_of(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Compiled::Compiled(const std::string& text, const std::string& robot,
                   const std::map<std::string, std::string>& settings)
    : library_(sources_, {DUET_ROOT "/algorithms", DUET_ROOT "/robots"}) {
  const uint32_t source = sources_.add("test.duet", text);
  const ast::File* file = library_.adopt(parse(sources_, source, diagnostics_), false, diagnostics_);
  const RobotChoice choice = choose_robot(sources_, library_, robot, diagnostics_);
  std::vector<SettingText> given;
  entries_.reserve(settings.size());
  for (const auto& [key, value] : settings) {
    entries_.push_back(parse_entry(sources_, sources_.add("--set " + key, value), diagnostics_));
    given.push_back({key, entries_.back().expression.get()});
  }
  bool found = false;
  if (!diagnostics_.has_errors())
    for (const ast::Item& item : file->items)
      if (std::get_if<ast::Algorithm>(&item.as)) {
        found = true;
        program = elaborate_algorithm(sources_, library_, item, choice, given, diagnostics_).program;
      }
  EXPECT_TRUE(diagnostics_.empty()) << render_text(diagnostics_, sources_);
  EXPECT_TRUE(found) << "no algorithm";
  EXPECT_EQ(verify(program, {.sizes_known = true}), std::vector<std::string>{});
}

std::vector<int64_t> Compiled::states(const std::string& prefix) const {
  std::vector<int64_t> ids;
  for (size_t i = 0; i < program.states.size(); ++i)
    if (program.states[i].name.rfind(prefix, 0) == 0) ids.push_back(static_cast<int64_t>(i));
  return ids;
}

ValueId Compiled::value(Type type) {
  program.values.push_back({std::move(type), {}});
  return static_cast<ValueId>(program.values.size() - 1);
}

Block Compiled::getter(int64_t state) {
  const ValueId id = value(program.states.at(static_cast<size_t>(state)).type);
  return {{}, {Node{Op::load, {}, {id}, {{"state", state}}, {}, {}}}, {id}};
}

Block Compiled::setter(int64_t state) {
  const ValueId id = value(program.states.at(static_cast<size_t>(state)).type);
  return {{id}, {Node{Op::assign, {id}, {}, {{"state", state}}, {}, {}}}, {}};
}

Block Compiled::contents(const std::string& memory) {
  int64_t id = 0;
  while (program.memories.at(static_cast<size_t>(id)).name != memory) ++id;
  const Axis row{"row", kUnknownSize}, obs{"obs", program.robot.obs}, action{"action", program.robot.action};
  const ValueId rows = value({Kind::index, {row}});
  std::vector<ValueId> parts;
  for (const std::vector<Axis>& axes : {std::vector<Axis>{row, obs}, {row, action}, {row}, {row, obs}, {row}})
    parts.push_back(value({Kind::real, axes}));
  return {
      {},
      {Node{Op::rows, {}, {rows}, {{"memory", id}}, {}, {}}, Node{Op::gather, {rows}, parts, {{"memory", id}}, {}, {}}},
      parts};
}

void visit(const Block& block, const std::function<void(const Node&)>& f) {
  for (const Node& node : block.nodes) {
    f(node);
    for (const Block& inner : node.blocks) visit(inner, f);
  }
}

}  // namespace duet::test
