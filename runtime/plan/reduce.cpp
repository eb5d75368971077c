#include "runtime/kernels/reduce.h"

#include "runtime/plan/body.h"

/// Reductions over named axes.
namespace duet::plan {

Run prepare_reduce(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const std::vector<std::string>& names = node.texts("axes");
  preparing.allocate(out, node);
  // The kept axes in the order of the result, then those that are removed.
  std::vector<Axis> order = preparing.axes(out);
  std::vector<bool> removed(order.size(), false);
  for (const std::string& name : names) {
    order.push_back(preparing.axes(in)[position(preparing.axes(in), name)]);
    removed.push_back(true);
  }
  const Layout seen = permuted(preparing.layout(in), preparing.axes(in), order);
  const kernels::Reduction kernel(node.op, seen.sizes, seen.strides, removed);
  preparing.count(static_cast<double>(seen.elements()));
  return [=](Thread& thread) { kernel.run(thread.value(in), thread.value(out)); };
}

}  // namespace duet::plan
