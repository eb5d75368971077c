#include "compiler/passes/cost.h"

#include <algorithm>

namespace duet {

namespace {

double product_flops(const Node& node, const std::vector<std::vector<Axis>>& inputs, const std::vector<Axis>& result) {
  if (node.op != Op::linear && node.op != Op::contract) return 0;
  const std::vector<std::string> summed =
      node.op == Op::linear ? std::vector<std::string>{node.text("in")} : node.texts("axes");
  double each = 2;
  for (const std::string& name : summed) each *= elements({{name, Type{Kind::real, inputs[0]}.size_of(name)}});
  if (node.has("zero_rows"))
    for (const std::string& name : node.texts("zero_rows"))
      each /= elements({{name, Type{Kind::real, result}.size_of(name)}});
  return (each + (node.has("activation") || node.has("factor") ? 1 : 0) + (node.has("slope") ? 1 : 0)) * elements(result);
}

/// How often the blocks of `node` are done.
double times(const Node& node) {
  switch (node.op) {
    case Op::scan:
    case Op::iterate:
      return static_cast<double>(node.integer("count"));
    case Op::gradient:
    case Op::minimize:
      return 3;
    default:
      return 1;
  }
}

}  // namespace

double elements(const std::vector<Axis>& axes) {
  double n = 1;
  for (const Axis& axis : axes)
    if (axis.size != kUnknownSize) n *= static_cast<double>(axis.size);
  return n;
}

double flops(const Node& node, const std::vector<std::vector<Axis>>& inputs, const std::vector<Axis>& result) {
  switch (info(node.op).group) {
    case OpGroup::unary:
      return node.op == Op::stop ? 0 : elements(result);
    case OpGroup::binary:
    case OpGroup::random:
      return elements(result);
    case OpGroup::reduce:
      return elements(inputs.at(0));
    case OpGroup::network:
      return product_flops(node, inputs, result);
    case OpGroup::shape:
      break;
    case OpGroup::control:
    case OpGroup::effect:
      return 0;
  }
  switch (node.op) {
    case Op::select:
      return elements(result);
    case Op::quantile:
    case Op::top_k:
    case Op::bottom_k:
    case Op::cumsum:
    case Op::standardize:
    case Op::standardize_gradient:
      return elements(inputs.at(0));
    default:
      return 0;
  }
}

double flops(const Program& program, const Node& node) {
  double inside = 0;
  for (const Block& block : node.blocks) {
    const double cost = flops(program, block);
    inside = node.op == Op::choose ? std::max(inside, cost) : inside + cost;
  }
  std::vector<std::vector<Axis>> inputs;
  for (const ValueId id : node.inputs) inputs.push_back(program.type(id).axes);
  const double own = node.results.empty() ? 0 : flops(node, inputs, program.type(node.results[0]).axes);
  return own + times(node) * inside;
}

double flops(const Program& program, const Block& block) {
  double sum = 0;
  for (const Node& node : block.nodes) sum += flops(program, node);
  return sum;
}

}  // namespace duet
