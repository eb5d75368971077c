#include "tests/bench/compiled_script.h"

#include <stdexcept>

#include "compiler/base/render.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/syntax/parser.h"
#include "runtime/sim/model.h"

namespace duet::bench {

namespace {

Program compile(SourceMap& sources, Library& library, const std::string& script, std::span<const PipelineStep> passes,
                const std::map<std::string, std::string>& settings) {
  Diagnostics diagnostics;
  const auto require_none = [&] {
    if (diagnostics.has_errors()) throw std::runtime_error(render_text(diagnostics, sources, {}));
  };
  const std::string robots = library.paths().robots;
  const ast::File* file = library.load(library.paths().algorithms + "/" + script, diagnostics);
  RobotChoice robot{library.robot("half_cheetah", diagnostics), {}, robots + "/half_cheetah.xml"};
  require_none();
  robot.facts = Model::load(robot.mjcf)->facts();
  for (const ast::Item& item : file->items) {
    if (!std::get_if<ast::Algorithm>(&item.as)) continue;
    std::vector<ReplEntry> values;  // they own what the settings point to
    std::vector<SettingText> given;
    values.reserve(settings.size());
    for (const auto& [key, text] : settings) {
      values.push_back(parse_entry(sources, sources.add("--set " + key, text), diagnostics));
      require_none();
      given.push_back({key, values.back().expression.get()});
    }
    Elaboration made = elaborate_algorithm(sources, library, item, robot, given, diagnostics);
    require_none();
    run_pipeline(made.program, {}, passes);
    return std::move(made.program);
  }
  throw std::runtime_error(script + " has no algorithm");
}

}  // namespace

CompiledScript::CompiledScript(const std::string& script, std::span<const PipelineStep> passes,
                               const std::map<std::string, std::string>& settings)
    : library_(sources_, {std::string(DUET_ROOT) + "/algorithms", std::string(DUET_ROOT) + "/robots"}),
      program_(std::make_unique<Program>(compile(sources_, library_, script, passes, settings))) {}

const Node* find_node(Op op, const Block& in) {
  for (const Node& node : in.nodes) {
    if (node.op == op) return &node;
    for (const Block& inner : node.blocks)
      if (const Node* found = find_node(op, inner)) return found;
  }
  return nullptr;
}

const Block& CompiledScript::loop() const {
  const Node* loop = find_node(Op::loop, program_->main);
  if (!loop) throw std::runtime_error("the script has no loop");
  return loop->blocks.at(0);
}

const Node& CompiledScript::in_loop(Op op) const {
  const Node* found = find_node(op, loop());
  if (!found) throw std::runtime_error("the loop has no " + std::string(info(op).name));
  return *found;
}

ValueId CompiledScript::value(Type type) {
  program_->values.push_back({std::move(type), ""});
  return static_cast<ValueId>(program_->values.size() - 1);
}

}  // namespace duet::bench
