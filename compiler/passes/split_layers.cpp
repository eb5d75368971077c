#include "compiler/passes/split_layers.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/cost.h"
#include "compiler/passes/result_axes.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

using Axes = std::vector<Axis>;

constexpr double kWorthwhile = 0.05;  // of the arithmetic of the layer
constexpr double kFewRows = 16;       // that are not worth a product of their own

/// One part of the input of a layer and the rows of the weights that it meets.
struct Part {
  ValueId x;
  int64_t from, to;
};

class SplitLayers : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    if (node.op == Op::linear && !node.has("activation") && !differentiated() && split(node)) return;
    put(std::move(node));
  }

  bool split(const Node& layer) {
    const std::string& in = layer.text("in");
    const Node* join = maker(layer.inputs[0], Op::concat);
    if (!join || join->text("axis") != in || join->inputs.size() != 2) return false;
    const ValueId a = join->inputs[0], b = join->inputs[1];
    if (!type(a).has(in) || !type(b).has(in)) return false;
    const int64_t first = type(a).size_of(in), second = type(b).size_of(in);
    if (first == kUnknownSize || second == kUnknownSize) return false;
    const Part head{a, 0, first}, tail{b, first, first + second};
    return elements(axes(a)) / static_cast<double>(first) < elements(axes(b)) / static_cast<double>(second)
               ? split(layer, head, tail)
               : split(layer, tail, head);
  }

  /// The layer of one part alone: what it needs is not in place yet but for its shape. Nothing if the bias has axes
  /// that the part does not bring.
  std::optional<Axes> part_axes(const Node& layer, const Part& part) const {
    std::vector<Axes> inputs = input_axes(layer);
    inputs[0] = axes(part.x);
    for (Axis& axis : inputs[1])
      if (axis.name == layer.text("in")) axis.size = part.to - part.from;
    return result_axes(layer, inputs);
  }

  double part_flops(const Node& layer, const Part& part) const {
    std::vector<Axes> inputs = input_axes(layer);
    inputs[0] = axes(part.x);
    return flops(layer, inputs, part_axes(layer, part).value());
  }

  bool split(const Node& layer, const Part& narrow, const Part& wide) {
    const Type whole = type(layer.results[0]);
    std::vector<Axes> inputs = input_axes(layer);
    inputs[0] = axes(wide.x);
    const std::optional<Axes> narrow_axes = part_axes(layer, narrow), wide_axes = part_axes(layer, wide);
    if (!narrow_axes || !wide_axes || !may_have_order(layer, inputs, *wide_axes, whole.axes)) return false;
    if (!may_be_bias(layer, *narrow_axes)) return false;
    const double before = flops(layer, input_axes(layer), whole.axes);
    const double saved = before - part_flops(layer, narrow) - part_flops(layer, wide);
    if (saved < kWorthwhile * before) return false;
    changed();
    note(layer.span, "the part of the layer's input that is alike along an axis is multiplied once", saved);
    const ValueId bias = put_part(layer, narrow, layer.inputs[2], std::nullopt);
    put_part(layer, wide, bias, layer.results[0]);
    return true;
  }

  /// Whether an axis of a layer's result is walked along by its weights, or by the choice among them.
  bool of_weights(const Node& layer, const Axis& axis) const {
    return (layer.inputs.size() == 4 && type(layer.inputs[3]).has(axis.name)) || type(layer.inputs[1]).has(axis.name);
  }

  /// Whether what has these axes may be added to the rows of the layer's result. Rows that share a row of a bias are
  /// done together if they lie one after the other; where others are between, it takes more products of fewer rows.
  bool may_be_bias(const Node& layer, const Axes& bias) const {
    const Type& whole = type(layer.results[0]);
    const auto among = [](const Axes& axes, const Axis& axis) {
      return std::ranges::find(axes, axis.name, &Axis::name) != axes.end();
    };
    if (!std::ranges::all_of(bias, [&](const Axis& axis) { return among(whole.axes, axis); })) return false;
    bool varies = false, together = true;
    double rows = 1, all = 1;
    for (auto axis = whole.axes.rbegin(); axis != whole.axes.rend(); ++axis) {
      if (of_weights(layer, *axis)) continue;
      varies |= among(bias, *axis);
      together &= among(bias, *axis) == varies;
      const double size = axis->size == kUnknownSize ? kFewRows : static_cast<double>(axis->size);
      all *= size;
      if (together) rows *= size;
    }
    return !varies || (!layer.has("precision") && rows >= std::min(all, kFewRows));
  }

  ValueId put_part(const Node& layer, const Part& part, ValueId bias, std::optional<ValueId> result) {
    Type rows = type(layer.inputs[1]);
    rows.axes[static_cast<size_t>(rows.find(layer.text("in")))].size = part.to - part.from;
    const Attributes where{{"axis", layer.text("in")}, {"from", part.from}, {"to", part.to}};
    Node node{Op::linear, layer.inputs, {}, layer.attributes, {}, layer.span};
    const Axes natural = part_axes(layer, part).value();
    node.inputs[0] = part.x;
    node.inputs[1] = make(Op::slice, {layer.inputs[1]}, rows, layer.span, where);
    node.inputs[2] = bias;
    node.results = {result ? *result : value({Kind::real, natural})};
    const ValueId made = node.results[0];
    put(std::move(node));
    return made;
  }
};

}  // namespace

bool split_layers(Program& program, Notes& notes) {
  return SplitLayers(program, notes).run();
}

}  // namespace duet
