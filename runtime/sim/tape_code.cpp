#include "runtime/sim/tape_code.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>

#include "runtime/sim/tape_ops.h"

namespace duet {
namespace {

using Axes = std::vector<Axis>;
using Slots = std::vector<uint32_t>;

/// A value: the slot of each of its elements, in the order of its type's axes.
struct View {
  Type type;
  Slots slots;
};

/// Calls visit(index) for every element of an array with these axes, in order.
template <class Visit>
void for_each_element(const Axes& axes, Visit visit) {
  std::vector<int64_t> index(axes.size(), 0);
  for (int64_t left = Type{Kind::real, axes}.elements(); left > 0; --left) {
    visit(index);
    for (std::size_t d = axes.size(); d-- > 0;) {
      if (++index[d] < axes[d].size) break;
      index[d] = 0;
    }
  }
}

int64_t stride(const Type& type, const std::string& axis) {
  int64_t product = 1;
  for (std::size_t d = type.axes.size(); d-- > 0; product *= type.axes[d].size) {
    if (type.axes[d].name == axis) return product;
  }
  return 0;
}

/// A view looked at through other axes, which have all of its own (but `except`).
class Lens {
 public:
  Lens(const View& view, const Axes& outer, const std::string& except = {}) : view_(view) {
    const Type through{Kind::real, outer};
    for (const Axis& axis : view.type.axes) {
      if (axis.name == except) continue;
      if (!through.has(axis.name) || through.size_of(axis.name) != axis.size)
        throw std::logic_error(to_string(view.type) + " does not fit into " + to_string(through));
    }
    for (const Axis& axis : outer) strides_.push_back(axis.name == except ? 0 : stride(view.type, axis.name));
  }

  uint32_t at(const std::vector<int64_t>& index, int64_t shift = 0) const {
    int64_t position = shift;
    for (std::size_t d = 0; d < index.size(); ++d) position += index[d] * strides_[d];
    return view_.slots[static_cast<std::size_t>(position)];
  }

 private:
  const View& view_;
  std::vector<int64_t> strides_;
};

/// The slots of `view`, repeated and reordered to have `axes`.
Slots lined_up(const View& view, const Axes& axes) {
  const Lens lens(view, axes);
  Slots slots;
  for_each_element(axes, [&](const auto& index) { slots.push_back(lens.at(index)); });
  return slots;
}

class TapeCompiler {
 public:
  explicit TapeCompiler(const Program& program) : program_(program) {}

  TapeCode compile(const Block& block) {
    for (const ValueId id : block.parameters) {
      const View view = fresh(known_type(id));
      code_.parameters.push_back({view.slots.empty() ? 0 : view.slots[0], static_cast<uint32_t>(view.slots.size())});
      values_[id] = view;
    }
    for (const Node& node : block.nodes) {
      try {
        add(node);
      } catch (const std::logic_error& fault) {
        throw std::logic_error("double tape: " + std::string(info(node.op).name) + ": " + fault.what());
      }
    }
    for (const ValueId id : block.results) code_.results.push_back(value(id).slots);
    return std::move(code_);
  }

 private:
  const Type& known_type(ValueId id) const {
    const Type& type = program_.type(id);
    if (type.elements() == kUnknownSize)
      throw std::logic_error("double tape: the size of " + to_string(type) + " must be known");
    return type;
  }

  const View& value(ValueId id) const {
    const auto it = values_.find(id);
    if (it == values_.end()) throw std::logic_error("value " + std::to_string(id) + " is not of this block");
    return it->second;
  }

  View fresh(const Type& type) {
    View view{type, {}};
    for (int64_t i = 0; i < type.elements(); ++i) {
      view.slots.push_back(static_cast<uint32_t>(code_.slots.size()));
      code_.slots.push_back(0.0);
      constant_.push_back(false);
    }
    return view;
  }

  uint32_t constant_slot(double number) {
    code_.slots.push_back(number);
    constant_.push_back(true);
    return static_cast<uint32_t>(code_.slots.size() - 1);
  }

  uint32_t to_pool(const Slots& slots) {
    const auto at = static_cast<uint32_t>(code_.pool.size());
    code_.pool.insert(code_.pool.end(), slots.begin(), slots.end());
    return at;
  }

  /// An instruction on lined-up operands; the result has fresh slots.
  TapeInstruction& emit(Op op, const Node& node, const std::vector<Slots>& operands, View& out) {
    out = fresh(out.type);
    TapeInstruction instruction;
    instruction.op = op;
    instruction.out = out.slots.empty() ? 0 : out.slots[0];
    instruction.count = static_cast<uint32_t>(out.slots.size());
    instruction.span = node.span;
    for (const Slots& slots : operands) instruction.operands[instruction.operand_count++] = to_pool(slots);
    code_.instructions.push_back(instruction);
    return code_.instructions.back();
  }

  void add(const Node& node) {
    if (!fits_tape(node)) throw std::logic_error("a robot's script cannot use it");
    View out{known_type(node.results[0]), {}};
    switch (info(node.op).group) {
      case OpGroup::unary:
      case OpGroup::binary:
        add_element_wise(node, out);
        break;
      case OpGroup::reduce:
        add_reduction(node, out);
        break;
      case OpGroup::shape:
        add_shape(node, out);
        break;
      case OpGroup::random:
        add_noise(node, out);
        break;
      default:
        break;
    }
    values_[node.results[0]] = std::move(out);
  }

  void add_element_wise(const Node& node, View& out) {
    if (node.op == Op::stop) {
      out.slots = lined_up(value(node.inputs.at(0)), out.type.axes);
      return;
    }
    std::vector<Slots> operands;
    for (const ValueId id : node.inputs) operands.push_back(lined_up(value(id), out.type.axes));
    const std::size_t wanted = node.op == Op::select ? 3 : info(node.op).group == OpGroup::binary ? 2 : 1;
    if (operands.size() != wanted) throw std::logic_error("has " + std::to_string(operands.size()) + " inputs");
    emit(node.op, node, operands, out);
  }

  void add_reduction(const Node& node, View& out) {
    const View& x = value(node.inputs.at(0));
    const std::vector<std::string>& names = node.texts("axes");
    Axes all = out.type.axes;
    uint32_t width = 1;
    for (const Axis& axis : x.type.axes) {
      if (std::find(names.begin(), names.end(), axis.name) == names.end()) continue;
      all.push_back(axis);
      width *= static_cast<uint32_t>(axis.size);
    }
    if (width == 0 && node.op != Op::sum) throw std::logic_error("of no elements");
    emit(node.op, node, {lined_up(x, all)}, out).width = width;
  }

  void add_noise(const Node& node, View& out) {
    TapeInstruction& instruction = emit(node.op, node, {}, out);
    instruction.normal = node.text("distribution") == "normal";
    instruction.site = static_cast<uint64_t>(node.integer("site"));
  }

  void add_shape(const Node& node, View& out) {
    switch (node.op) {
      case Op::constant:
        out.slots = {constant_slot(node.real("value"))};
        break;
      case Op::values:
        for (const double number : node.reals("values")) out.slots.push_back(constant_slot(number));
        break;
      case Op::iota:
        for (int64_t i = 0; i < node.integer("count"); ++i) out.slots.push_back(constant_slot(static_cast<double>(i)));
        break;
      case Op::extent:
        out.slots = {constant_slot(static_cast<double>(value(node.inputs.at(0)).type.size_of(node.text("axis"))))};
        break;
      case Op::select:
        add_element_wise(node, out);
        break;
      case Op::cast:
        add_cast(node, out);
        break;
      case Op::rename:
        out.slots = value(node.inputs.at(0)).slots;
        break;
      case Op::expand:
        out.slots = lined_up(value(node.inputs.at(0)), out.type.axes);
        break;
      case Op::slice:
        add_slice(node, out);
        break;
      case Op::take:
        add_take(node, out);
        break;
      case Op::reshape:
        add_reshape(node, out);
        break;
      case Op::concat:
        add_concat(node, out);
        break;
      default:
        break;
    }
    if (static_cast<int64_t>(out.slots.size()) != out.type.elements())
      throw std::logic_error("gives " + std::to_string(out.slots.size()) + " elements for " + to_string(out.type));
  }

  void add_cast(const Node& node, View& out) {
    const View& x = value(node.inputs.at(0));
    const Slots slots = lined_up(x, out.type.axes);
    if (out.type.kind == x.type.kind || out.type.kind == Kind::real || x.type.kind == Kind::boolean) {
      out.slots = slots;
    } else if (out.type.kind == Kind::index) {
      emit(Op::cast, node, {slots}, out);
    } else {
      emit(Op::not_equal, node, {slots, Slots(slots.size(), constant_slot(0.0))}, out);
    }
  }

  void add_slice(const Node& node, View& out) {
    const View& x = value(node.inputs.at(0));
    const std::string& axis = node.text("axis");
    const int64_t from = node.integer("from"), count = out.type.size_of(axis);
    if (from < 0 || from + count > x.type.size_of(axis)) throw std::logic_error("outside of " + to_string(x.type));
    const int64_t step = stride(x.type, axis);
    const Lens lens(x, out.type.axes, axis);
    const auto at = static_cast<std::size_t>(out.type.find(axis));
    for_each_element(out.type.axes,
                     [&](const auto& index) { out.slots.push_back(lens.at(index, (from + index[at]) * step)); });
  }

  void add_reshape(const Node& node, View& out) {
    const View& x = value(node.inputs.at(0));
    Axes order;  // those that stay, then those that are dealt out anew
    const std::vector<std::string>& from = node.texts("from");
    for (const Axis& axis : x.type.axes)
      if (std::find(from.begin(), from.end(), axis.name) == from.end()) order.push_back(axis);
    for (const std::string& name : from) order.push_back({name, x.type.size_of(name)});
    out.slots = lined_up(x, order);
  }

  void add_concat(const Node& node, View& out) {
    const std::string& axis = node.text("axis");
    const int found = out.type.find(axis);
    if (found < 0) throw std::logic_error("the result has no axis " + axis);
    const auto at = static_cast<std::size_t>(found);
    out.slots.resize(static_cast<std::size_t>(out.type.elements()));
    int64_t from = 0;
    for (const ValueId id : node.inputs) {
      const View& x = value(id);
      const int64_t count = x.type.has(axis) ? x.type.size_of(axis) : 1, step = stride(x.type, axis);
      const Lens lens(x, out.type.axes, axis);
      std::size_t element = 0;
      for_each_element(out.type.axes, [&](const auto& index) {
        const int64_t position = index[at] - from;
        if (position >= 0 && position < count) out.slots[element] = lens.at(index, position * step);
        ++element;
      });
      from += count;
    }
    if (from != out.type.axes[at].size) throw std::logic_error("the inputs have " + std::to_string(from) + " elements");
  }

  void add_take(const Node& node, View& out) {
    const View& x = value(node.inputs.at(0));
    const View& i = value(node.inputs.at(1));
    const std::string& axis = node.text("axis");
    const int64_t size = x.type.size_of(axis), step = stride(x.type, axis);
    const Slots indices = lined_up(i, out.type.axes);
    const Lens lens(x, out.type.axes, axis);
    Slots candidates;  // all elements along the axis, for each element of the result
    for_each_element(out.type.axes, [&](const auto& index) {
      for (int64_t k = 0; k < size; ++k) candidates.push_back(lens.at(index, k * step));
    });
    for (std::size_t e = 0; e < indices.size(); ++e) {
      if (!constant_[indices[e]]) {
        emit(Op::take, node, {indices, candidates}, out).width = static_cast<uint32_t>(size);
        return;
      }
    }
    for (std::size_t e = 0; e < indices.size(); ++e) {
      const auto k = static_cast<int64_t>(code_.slots[indices[e]]);
      if (k < 0 || k >= size) throw std::logic_error("index " + std::to_string(k) + " of " + to_string(x.type));
      out.slots.push_back(candidates[e * static_cast<std::size_t>(size) + static_cast<std::size_t>(k)]);
    }
  }

  const Program& program_;
  TapeCode code_;
  std::vector<bool> constant_;  // of each slot
  std::unordered_map<ValueId, View> values_;
};

}  // namespace

TapeCode compile_tape(const Program& program, const Block& block) {
  return TapeCompiler(program).compile(block);
}

}  // namespace duet
