#include "compiler/passes/expand_late.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/cost.h"
#include "compiler/passes/result_axes.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

using Axes = std::vector<Axis>;
using Names = std::vector<std::string>;

bool has(const Axes& axes, const std::string& name) {
  return Type{Kind::real, axes}.has(name);
}

std::string list(const Axes& axes) {
  std::string text;
  for (const Axis& axis : axes) text += (text.empty() ? "" : ", ") + to_string(axis);
  return text;
}

class ExpandLate : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    if (node.op == Op::expand) return visit_expand(std::move(node));
    if (node.op == Op::scan) return visit_scan(std::move(node));
    if (!node.blocks.empty() || node.results.size() != 1) return put(std::move(node));
    if (info(node.op).group == OpGroup::reduce && reduce_less(node)) return;
    if (pass_by(node) || lift(node)) return;
    put(std::move(node));
  }

  /// What `x` repeats, or `x` itself.
  ValueId source(ValueId x) const {
    const Node* node = maker(x, Op::expand);
    if (!node) return x;
    const Axes& before = axes(node->inputs[0]);
    const bool known = std::all_of(axes(x).begin(), axes(x).end(), [&](const Axis& axis) {
      return axis.size != kUnknownSize || has(before, axis.name);
    });
    return known ? node->inputs[0] : x;
  }

  void put_expanded(ValueId x, ValueId result, Span span) {
    changed();
    if (type(x) == type(result)) return replace(result, x);
    put({Op::expand, {x}, {result}, {}, {}, span});
  }

  void visit_expand(Node node) {
    const ValueId x = source(node.inputs[0]);
    if (type(x) == type(node.results[0])) return replace(node.results[0], x);
    if (x != node.inputs[0]) changed();
    node.inputs[0] = x;
    put(std::move(node));
  }

  /// A rename, slice or take along a repeated axis: the repeated value, repeated to the new type.
  bool pass_by(const Node& node) {
    if (node.op != Op::rename && node.op != Op::slice && node.op != Op::take) return false;
    const ValueId x = source(node.inputs[0]);
    const std::string& axis = node.text(node.op == Op::rename ? "from" : "axis");
    if (has(axes(x), axis)) return false;
    const Axes& result = axes(node.results[0]);
    if (!std::all_of(axes(x).begin(), axes(x).end(), [&](const Axis& a) { return has(result, a.name); })) return false;
    put_expanded(x, node.results[0], node.span);
    return true;
  }

  /// Reduces only the axes that are not repeated.
  bool reduce_less(const Node& node) {
    if (node.op != Op::sum && node.op != Op::mean && node.op != Op::min && node.op != Op::max) return false;
    ValueId x = source(node.inputs[0]);
    const Type result = type(node.results[0]);
    Names rest;
    double repeated = 1;
    for (const std::string& name : node.texts("axes")) {
      if (has(axes(x), name))
        rest.push_back(name);
      else
        repeated *= elements({{name, type(node.inputs[0]).size_of(name)}});
    }
    if (rest.size() == node.texts("axes").size() || type(x).kind != result.kind) return false;
    const double before = flops(node, input_axes(node), result.axes);
    note(node.span, "what is alike along an axis is not added up along it", before);
    if (!rest.empty()) {
      Type less = type(x);
      for (const std::string& name : rest) less = less.without(name);
      x = make(node.op, {x}, less, node.span, {{"axes", rest}});
    }
    if (node.op == Op::sum) {
      const ValueId count = make(Op::constant, {}, {}, node.span, {{"value", repeated}});
      x = make(Op::mul, {count, x}, type(x), node.span);
    }
    put_expanded(x, node.results[0], node.span);
    return true;
  }

  std::vector<ValueId> narrow_inputs(const Node& node) const {
    const Names own = own_axes(node);
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs) {
      const ValueId x = source(input);
      const bool keeps = std::none_of(own.begin(), own.end(), [&](const std::string& name) {
        return has(axes(input), name) && !has(axes(x), name);
      });
      inputs.push_back(keeps ? x : input);
    }
    return inputs;
  }

  /// Does the operation on what its inputs repeat.
  bool lift(const Node& node) {
    Node narrow{node.op, narrow_inputs(node), {}, node.attributes, {}, node.span};
    if (narrow.inputs == node.inputs) return false;
    const std::vector<Axes> inputs = input_axes(narrow);
    const std::optional<Axes> natural = result_axes(narrow, inputs);
    const Type whole = type(node.results[0]);
    if (!natural) return false;
    if (natural->size() == whole.axes.size()) {
      const bool swapped = commutes(node.op) && merge_axes(inputs[1], inputs[0]) == whole.axes;
      if (swapped) std::swap(narrow.inputs[0], narrow.inputs[1]);
      if (!swapped && !may_have_order(node, inputs, *natural, whole.axes)) return false;
      changed();
      narrow.results = node.results;
      put(std::move(narrow));
      return true;
    }
    tell(node, flops(node, input_axes(node), whole.axes) - flops(narrow, inputs, *natural), *natural);
    const ValueId x = make(node.op, narrow.inputs, {whole.kind, *natural}, node.span, node.attributes);
    put_expanded(x, node.results[0], node.span);
    return true;
  }

  void tell(const Node& node, double saved, const Axes& left) {
    if (node.op != Op::linear) return;
    Axes shared = axes(node.results[0]);
    std::erase_if(shared, [&](const Axis& axis) { return has(left, axis.name); });
    note(node.span, "the layer is computed once for all of [" + list(shared) + "]", saved);
  }

  // --- scans ---
  void enter(Node& node, Block& block) override {
    if (node.op != Op::scan) return;
    const auto carries = static_cast<size_t>(node.integer("carries"));
    for (size_t i = carries; i < node.inputs.size();) {
      const ValueId x = source(node.inputs[i]);
      if (x == node.inputs[i]) {
        ++i;
      } else if (has(axes(x), node.text("axis"))) {
        narrow_sequence(node, block, i, x);
        ++i;
      } else {
        drop_sequence(node, block, i, x);
      }
    }
  }

  void narrow_sequence(Node& node, Block& block, size_t i, ValueId x) {
    const ValueId wide = block.parameters[1 + i];
    block.parameters[1 + i] = value(type(x).without(node.text("axis")));
    node.inputs[i] = x;
    put_expanded(block.parameters[1 + i], wide, node.span);
  }

  /// Every step sees the same.
  void drop_sequence(Node& node, Block& block, size_t i, ValueId x) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    const ValueId wide = block.parameters[1 + i];
    block.parameters.erase(block.parameters.begin() + 1 + at);
    node.inputs.erase(node.inputs.begin() + at);
    node.attributes["sequences"] = node.integer("sequences") - 1;
    put_expanded(x, wide, node.span);
  }

  void visit_scan(Node node) {
    Block& body = node.blocks[0];
    std::vector<std::pair<ValueId, ValueId>> widened;  // an output, and the result of before
    for (auto i = static_cast<size_t>(node.integer("carries")); i < node.results.size(); ++i) {
      const ValueId x = source(body.results[i]);
      if (x == body.results[i] || axes(x).size() == axes(body.results[i]).size()) continue;
      body.results[i] = x;
      Type stacked = type(x);
      stacked.axes.insert(stacked.axes.begin(), {node.text("axis"), node.integer("count")});
      widened.emplace_back(value(stacked), node.results[i]);
      node.results[i] = widened.back().first;
    }
    const Span span = node.span;
    put(std::move(node));
    for (const auto& [narrow, wide] : widened) put_expanded(narrow, wide, span);
  }
};

}  // namespace

bool expand_late(Program& program, Notes& notes) {
  return ExpandLate(program, notes).run();
}

}  // namespace duet
