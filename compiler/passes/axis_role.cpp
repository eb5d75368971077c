#include "compiler/passes/axis_role.h"

#include <algorithm>

#include "compiler/passes/uses.h"

namespace duet {

namespace {

bool names(const Node& node, const char* key, const std::string& axis) {
  if (!node.has(key)) return false;
  const Attribute& value = node.attributes.at(key);
  if (const auto* one = std::get_if<std::string>(&value)) return *one == axis;
  if (const auto* many = std::get_if<std::vector<std::string>>(&value)) return std::ranges::count(*many, axis) > 0;
  return false;
}

/// Whether a value has the axis; one of the same name but another size is another axis.
struct Having {
  const Program& program;
  const std::string& axis;
  int64_t size;
  bool clash = false;

  bool operator()(ValueId id) {
    const Type& type = program.type(id);
    if (!type.has(axis)) return false;
    clash |= type.size_of(axis) != size;
    return true;
  }
};

bool touches_along(const Node& node, const std::string& axis) {
  switch (node.op) {
    case Op::rename:
      return names(node, "from", axis) || names(node, "to", axis);
    case Op::reshape:
      return names(node, "from", axis) || names(node, "to", axis);
    case Op::linear:
      return names(node, "in", axis) || names(node, "out", axis) || names(node, "by", axis);
    case Op::values:
    case Op::iota:
    case Op::slice:
    case Op::take:
    case Op::put:
    case Op::pad:
    case Op::concat:
    case Op::extent:
    case Op::top_k:
    case Op::bottom_k:
    case Op::quantile:
    case Op::cumsum:
    case Op::standardize:
    case Op::standardize_gradient:
    case Op::categorical:
      return names(node, "axis", axis) || names(node, "axes", axis);
    case Op::scan:
      return names(node, "axis", axis);
    default:
      return false;
  }
}

/// Whether the node may be mapped over an axis that it has no attribute for.
bool keeps_axes_apart(const Node& node) {
  return info(node.op).group != OpGroup::effect && node.op != Op::choose && node.op != Op::gradient;
}

/// Whether all that is done inside is mapped over the axis, or does not know it.
bool maps_inside(const Program& program, const Node& node, const std::string& axis, int64_t size) {
  for (const Block& block : node.blocks)
    for (const Node& inner : block.nodes) {
      const AxisRole role = axis_role(program, inner, axis, size);
      if (role == AxisRole::summed || role == AxisRole::blocked) return false;
      if (info(inner.op).group == OpGroup::effect && inner.op != Op::load) return false;
    }
  return true;
}

}  // namespace

AxisRole axis_role(const Program& program, const Node& node, const std::string& axis, int64_t size) {
  Having has{program, axis, size};
  bool reads = false, makes = false, all = true;
  for (const ValueId id : values_read(node)) reads |= has(id);
  for (const ValueId id : node.results) {
    const bool one = has(id);
    makes |= one;
    all &= one;
  }
  if (has.clash) return AxisRole::blocked;
  if (node.op == Op::tile || node.op == Op::group) return AxisRole::blocked;  // these do not stand within tiles
  if (!maps_inside(program, node, axis, size)) return AxisRole::blocked;
  if (!reads && !makes) return AxisRole::free;
  if (!keeps_axes_apart(node) || touches_along(node, axis)) return AxisRole::blocked;
  if (!makes) {
    const bool sums = (node.op == Op::sum || node.op == Op::contract) && names(node, "axes", axis);
    return sums ? AxisRole::summed : AxisRole::blocked;
  }
  return all ? AxisRole::mapped : AxisRole::blocked;
}

}  // namespace duet
