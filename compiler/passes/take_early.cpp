#include "compiler/passes/take_early.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/cost.h"
#include "compiler/passes/result_axes.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

/// What is read of a value: one element along an axis, or those from..to-1.
struct Pick {
  std::string axis;
  ValueId index = -1;  // of the element; -1: a slice
  int64_t from = 0, to = 0;

  bool one() const { return index >= 0; }
  Pick along(const std::string& other) const { return {other, index, from, to}; }
};

class TakeEarly : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    const std::optional<Pick> pick = pick_of(node);
    const bool pays = pick && (drops_half(*pick, node.inputs[0]) || reaches_layer(node.inputs[0], *pick));
    const std::optional<ValueId> early = pays ? through(node.inputs[0], *pick) : std::nullopt;
    if (!early) return put(std::move(node));
    changed();
    if (type(*early) == type(node.results[0])) return replace(node.results[0], *early);
    put({Op::expand, {*early}, node.results, {}, {}, node.span});
  }

  std::optional<Pick> pick_of(const Node& node) const {
    if (node.op == Op::take && type(node.inputs[1]).scalar()) return Pick{node.text("axis"), node.inputs[1]};
    if (node.op != Op::slice) return std::nullopt;
    const std::string& axis = node.text("axis");
    const int64_t size = type(node.inputs[0]).size_of(axis), to = node.integer("to");
    if (size == kUnknownSize) return std::nullopt;
    return Pick{axis, -1, node.integer("from"), to < 0 ? size : to};
  }

  bool drops_half(const Pick& pick, ValueId x) const {
    return pick.one() || 2 * (pick.to - pick.from) <= type(x).size_of(pick.axis);
  }

  static bool is_product(const Node& node) { return node.op == Op::linear || node.op == Op::contract; }

  /// Whether a product would have fewer outputs. Several slices in place of one do not pay for a few elements less.
  bool reaches_layer(ValueId x, const Pick& pick) const {
    const Node* node = maker(x);
    if (!node || readers(x) != 1 || !made_here(x) || !type(x).has(pick.axis)) return false;
    if (node->op == Op::rename && pick.axis == node->text("to"))
      return reaches_layer(node->inputs[0], pick.along(node->text("from")));
    if (is_product(*node)) return moves_through(*node, pick);
    if (node->op != Op::rename && node->op != Op::expand && !moves_through(*node, pick)) return false;
    return std::any_of(node->inputs.begin(), node->inputs.end(), [&](ValueId id) { return reaches_layer(id, pick); });
  }

  Type picked(const Type& whole, const Pick& pick) const {
    if (pick.one()) return whole.without(pick.axis);
    Type part = whole;
    part.axes[static_cast<size_t>(part.find(pick.axis))].size = pick.to - pick.from;
    return part;
  }

  /// The picked part of `x`: as early as it can be had.
  ValueId pull(ValueId x, const Pick& pick, Span span) {
    if (!type(x).has(pick.axis)) return x;
    if (const auto early = through(x, pick)) return *early;
    const Type part = picked(type(x), pick);
    if (pick.one()) return make(Op::take, {x, pick.index}, part, span, {{"axis", pick.axis}});
    return make(Op::slice, {x}, part, span, {{"axis", pick.axis}, {"from", pick.from}, {"to", pick.to}});
  }

  /// The picked part of `x`, computed from parts of what `x` is computed from; nothing if that is not possible.
  std::optional<ValueId> through(ValueId x, const Pick& pick) {
    const Node* node = maker(x);
    if (!node || readers(x) != 1 || !made_here(x)) return std::nullopt;
    switch (node->op) {
      case Op::expand:
        return through_expand(*node, pick);
      case Op::rename:
        return through_rename(*node, pick);
      case Op::concat:
        return node->text("axis") == pick.axis ? through_join(*node, pick) : through_inputs(*node, pick);
      default:
        return moves_through(*node, pick) ? std::optional(through_inputs(*node, pick)) : std::nullopt;
    }
  }

  /// Whether the operation does with every element along the axis the same, without looking at the others.
  bool moves_through(const Node& node, const Pick& pick) const {
    const auto own = [&](const char* key) { return node.text(key) == pick.axis; };
    const auto among = [&] {
      const std::vector<std::string>& axes = node.texts("axes");
      return std::find(axes.begin(), axes.end(), pick.axis) != axes.end();
    };
    switch (info(node.op).group) {
      case OpGroup::unary:
      case OpGroup::binary:
        return true;
      case OpGroup::reduce:
        return !among();
      case OpGroup::network:
        if (node.op == Op::contract) return !among();
        return node.op == Op::linear && !own("in") && !(own("out") && pick.one());
      default:
        break;
    }
    if (node.op == Op::cumsum || node.op == Op::standardize || node.op == Op::standardize_gradient) return !among();
    if (node.op == Op::slice) return !own("axis");
    if (node.op == Op::take) return !own("axis") && !type(node.inputs[1]).has(pick.axis);
    return node.op == Op::select || node.op == Op::cast;
  }

  ValueId through_inputs(const Node& node, const Pick& pick) {
    Node part{node.op, {}, {}, node.attributes, {}, node.span};
    for (const ValueId input : node.inputs) part.inputs.push_back(pull(input, pick, node.span));
    return put_part(std::move(part), node, pick);
  }

  /// Puts `part` in place, which makes the picked part of what `whole` makes.
  ValueId put_part(Node part, const Node& whole, const Pick& pick) {
    const Type& before = type(whole.results[0]);
    const Type result{before.kind, result_axes(part, input_axes(part)).value()};
    if (is_product(whole)) {
      const double cost = flops(whole, input_axes(whole), before.axes),
                   now = flops(part, input_axes(part), result.axes);
      note(whole.span,
           (whole.op == Op::linear ? "the layer" : "the product") + std::string(" is computed for ") +
               (pick.one() ? "one" : std::to_string(pick.to - pick.from)) + " of " +
               std::to_string(before.size_of(pick.axis)) + " along " + pick.axis + ", the others are not read",
           cost - now);
    }
    return make(part.op, part.inputs, result, part.span, part.attributes);
  }

  ValueId through_expand(const Node& node, const Pick& pick) {
    const Type part = picked(type(node.results[0]), pick);
    return expanded(pull(node.inputs[0], pick, node.span), part, node.span);
  }

  ValueId through_rename(const Node& node, const Pick& pick) {
    const std::string &from = node.text("from"), &to = node.text("to");
    const Type part = picked(type(node.results[0]), pick);
    const ValueId x = pull(node.inputs[0], pick.axis == to ? pick.along(from) : pick, node.span);
    if (pick.one() && pick.axis == to) return x;
    return make(Op::rename, {x}, part, node.span, node.attributes);
  }

  /// One of the values laid end to end, if what is picked lies in it.
  std::optional<ValueId> through_join(const Node& node, const Pick& pick) {
    std::optional<int64_t> first = pick.from;
    if (pick.one()) first = constant_index(pick.index);
    if (!first) return std::nullopt;
    const int64_t last = pick.one() ? *first : pick.to - 1;
    int64_t begin = 0;
    for (const ValueId input : node.inputs) {
      const int64_t size = type(input).has(pick.axis) ? type(input).size_of(pick.axis) : 1;
      if (size == kUnknownSize) return std::nullopt;
      if (*first >= begin && last < begin + size) return from_part(node, input, pick, *first - begin, last - begin + 1);
      begin += size;
    }
    return std::nullopt;
  }

  ValueId from_part(const Node& node, ValueId input, const Pick& pick, int64_t from, int64_t to) {
    const Type part = picked(type(node.results[0]), pick);
    ValueId x = input;
    if (type(input).has(pick.axis)) {
      Pick inside{pick.axis, -1, from, to};
      if (pick.one())
        inside.index = make(Op::constant, {}, {}, node.span, {{"value", static_cast<double>(from)}});
      else if (to - from == type(input).size_of(pick.axis))
        return expanded(input, part, node.span);
      x = pull(input, inside, node.span);
    }
    return expanded(x, part, node.span);
  }

  ValueId expanded(ValueId x, const Type& wanted, Span span) {
    return type(x) == wanted ? x : make(Op::expand, {x}, wanted, span);
  }

  std::optional<int64_t> constant_index(ValueId id) const {
    const Node* node = maker(id);
    while (node && node->op == Op::cast) node = maker(node->inputs[0]);
    if (!node || node->op != Op::constant) return std::nullopt;
    return static_cast<int64_t>(node->real("value"));
  }
};

}  // namespace

bool take_early(Program& program, Notes& notes) {
  return TakeEarly(program, notes).run();
}

}  // namespace duet
