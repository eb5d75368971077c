#include "tests/bench/workload.h"

#include <time.h>

#include <stdexcept>

#include "compiler/base/render.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/passes/pipeline.h"
#include "runtime/sim/model.h"

namespace duet::bench {

namespace {

constexpr int64_t kWarmUp = 1000;  // of both scripts

Program compile(SourceMap& sources, Library& library, const std::string& script) {
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
    Elaboration made = elaborate_algorithm(sources, library, item, robot, {}, diagnostics);
    require_none();
    run_pipeline(made.program);
    return std::move(made.program);
  }
  throw std::runtime_error(script + " has no algorithm");
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

at::Tensor to_tensor(const TensorData& data) {
  std::vector<int64_t> sizes;
  for (const Axis& axis : data.type.axes) sizes.push_back(axis.size);
  const at::Tensor x = at::from_blob(const_cast<float*>(data.data.data()), sizes, at::kFloat).clone();
  return data.type.kind == Kind::index ? x.to(at::kLong) : x;
}

}  // namespace

double seconds_of(const std::function<void()>& work) {
  const double start = processor_seconds();
  work();
  return processor_seconds() - start;
}

Workload::Workload(const std::string& script)
    : library_(sources_, {std::string(DUET_ROOT) + "/algorithms", std::string(DUET_ROOT) + "/robots"}),
      program_(std::make_unique<Program>(compile(sources_, library_, script))) {
  EngineOptions options;
  options.steps = kWarmUp;
  engine_ = std::make_unique<Interpreter>(*program_, options);
  engine_->run();  // the random steps before the main loop
}

const Node* Workload::find(Op op, const Block& in) const {
  for (const Node& node : in.nodes) {
    if (node.op == op) return &node;
    for (const Block& inner : node.blocks)
      if (const Node* found = find(op, inner)) return found;
  }
  return nullptr;
}

const Block& Workload::loop() const {
  const Node* loop = find(Op::loop, program_->main);
  if (!loop) throw std::runtime_error("the script has no loop");
  return loop->blocks.at(0);
}

const Block& Workload::plan() const {
  const Node* interact = find(Op::interact, loop());
  if (!interact) throw std::runtime_error("the loop does not interact");
  return interact->blocks.at(1);
}

const Block& Workload::update() const {
  const Node* repeat = find(Op::repeat, loop());
  if (!repeat) throw std::runtime_error("the loop repeats nothing");
  return repeat->blocks.at(0);
}

ValueId Workload::value(Type type) {
  program_->values.push_back({std::move(type), ""});
  return static_cast<ValueId>(program_->values.size() - 1);
}

double Workload::seconds(const Block& block, int count, const std::vector<TensorData>& inputs) {
  const ValueId times = value({});
  Block outer{block.parameters, {}, {}};
  outer.parameters.push_back(times);
  outer.nodes.push_back({Op::repeat, {times}, {}, {}, {{{}, block.nodes, {}}}, {}});
  std::vector<TensorData> given = inputs;
  given.push_back({{}, {0.0f}});
  const double preparing = seconds_of([&] { engine_->evaluate(outer, given); });
  given.back().data[0] = static_cast<float>(count);
  return seconds_of([&] { engine_->evaluate(outer, given); }) - preparing;
}

at::Tensor Workload::state(const std::string& name) {
  for (size_t id = 0; id < program_->states.size(); ++id) {
    if (program_->states[id].name != name) continue;
    const ValueId out = value(program_->states[id].type);
    const Block load{{}, {{Op::load, {}, {out}, {{"state", static_cast<int64_t>(id)}}, {}, {}}}, {out}};
    return to_tensor(engine_->evaluate(load).at(0));
  }
  throw std::runtime_error("there is no state " + name);
}

std::vector<at::Tensor> Workload::transitions() {
  const RobotProgram& robot = program_->robot;
  const Axis row{"row"}, obs{"obs", robot.obs}, action{"action", robot.action};
  const ValueId rows = value({Kind::index, {row}});
  std::vector<ValueId> fields;
  for (const std::vector<Axis>& axes : std::vector<std::vector<Axis>>{{row, obs}, {row, action}, {row}, {row, obs}, {row}})
    fields.push_back(value({Kind::real, axes}));
  const int64_t memory = 0;
  const Block gather{{},
                     {{Op::rows, {}, {rows}, {{"memory", memory}}, {}, {}},
                      {Op::gather, {rows}, fields, {{"memory", memory}}, {}, {}}},
                     fields};
  std::vector<at::Tensor> tensors;
  for (const TensorData& data : engine_->evaluate(gather)) tensors.push_back(to_tensor(data));
  return tensors;
}

}  // namespace duet::bench
