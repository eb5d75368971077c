#include "tests/bench/workload.h"

#include <stdexcept>

#include "compiler/passes/pipeline.h"
#include "tests/bench/stopwatch.h"

namespace duet::bench {

namespace {

at::Tensor to_tensor(const TensorData& data) {
  std::vector<int64_t> sizes;
  for (const Axis& axis : data.type.axes) sizes.push_back(axis.size);
  const at::Tensor x = at::from_blob(const_cast<float*>(data.data.data()), sizes, at::kFloat).clone();
  return data.type.kind == Kind::index ? x.to(at::kLong) : x;
}

}  // namespace

Workload::Workload(const std::string& script, int64_t transitions, const Settings& settings)
    : script_(script, pipeline(), settings) {
  EngineOptions options;
  options.steps = transitions;
  engine_ = std::make_unique<Interpreter>(script_.program(), options);
  engine_->run();  // the random steps before the main loop
}

double Workload::seconds(const Block& block, int count, const std::vector<TensorData>& inputs) {
  const ValueId times = script_.value({});
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
  for (size_t id = 0; id < script_.program().states.size(); ++id) {
    if (script_.program().states[id].name != name) continue;
    const ValueId out = script_.value(script_.program().states[id].type);
    const Block load{{}, {{Op::load, {}, {out}, {{"state", static_cast<int64_t>(id)}}, {}, {}}}, {out}};
    return to_tensor(engine_->evaluate(load).at(0));
  }
  throw std::runtime_error("there is no state " + name);
}

std::vector<at::Tensor> Workload::transitions() {
  const RobotProgram& robot = script_.program().robot;
  const Axis row{"row"}, obs{"obs", robot.obs}, action{"action", robot.action};
  const ValueId rows = script_.value({Kind::index, {row}});
  std::vector<ValueId> fields;
  for (const std::vector<Axis>& axes : std::vector<std::vector<Axis>>{{row, obs}, {row, action}, {row}, {row, obs}, {row}})
    fields.push_back(script_.value({Kind::real, axes}));
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
