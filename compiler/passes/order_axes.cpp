#include "compiler/passes/order_axes.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "compiler/passes/result_axes.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

using Axes = std::vector<Axis>;
using Names = std::set<std::string>;

/// What the axes of a program are to its layers.
struct Roles {
  explicit Roles(const Program& program) {
    read(program, program.main);
    for (size_t before = 0; before != features.size();) {
      before = features.size();
      for (const auto& [a, b] : renamed)
        if (features.count(a) || features.count(b)) features.insert({a, b});
    }
  }

  void read(const Program& program, const Block& block) {
    for (const Node& node : block.nodes) {
      if (node.op == Op::rename) renamed.emplace(node.text("from"), node.text("to"));
      if (node.op == Op::linear) read_layer(program, node);
      for (const Block& inner : node.blocks) read(program, inner);
    }
  }

  void read_layer(const Program& program, const Node& layer) {
    features.insert({layer.text("in"), layer.text("out")});
    for (size_t i = 1; i < layer.inputs.size(); ++i)
      for (const Axis& axis : program.type(layer.inputs[i]).axes) lifted.insert(axis.name);
  }

  int rank(const Axis& axis) const { return features.count(axis.name) ? 2 : lifted.count(axis.name) ? 0 : 1; }

  Names features, lifted;
  std::set<std::pair<std::string, std::string>> renamed;
};

class OrderAxes : public Rewriter {
 public:
  OrderAxes(Program& program, Notes& notes) : Rewriter(program, notes), roles_(program) {}

 private:
  /// Without features no layer reads it: any order will do.
  Axes ordered(Axes axes) const {
    if (std::none_of(axes.begin(), axes.end(), [&](const Axis& axis) { return roles_.rank(axis) == 2; })) return axes;
    std::stable_sort(axes.begin(), axes.end(),
                     [&](const Axis& a, const Axis& b) { return roles_.rank(a) < roles_.rank(b); });
    return axes;
  }

  /// Gives a value another order of its axes.
  void retype(ValueId id, const Axes& order) {
    Type& type = program().values[static_cast<size_t>(id)].type;
    if (std::equal(order.begin(), order.end(), type.axes.begin(), type.axes.end(),
                   [](const Axis& a, const Axis& b) { return a.name == b.name; }))
      return;
    changed();
    originals_.emplace(id, type);
    Axes axes;
    for (const Axis& axis : order) axes.push_back({axis.name, type.size_of(axis.name)});
    type.axes = std::move(axes);
  }

  /// The type that readers who depend on the order must see.
  const Type& original(ValueId id) const {
    const auto found = originals_.find(id);
    return found == originals_.end() ? type(id) : found->second;
  }

  // --- nodes without blocks ---
  void visit(Node node) override {
    if (node.op == Op::scan || node.op == Op::iterate) return visit_loop(std::move(node));
    for (Block& block : node.blocks) restore_results(block, 0, node.span);
    if (node.op == Op::expand) {
      // One that repeats nothing is there for the order of its result.
      const bool repeats = axes(node.inputs[0]).size() < axes(node.results[0]).size();
      if (repeats) retype(node.results[0], ordered(axes(node.results[0])));
    } else if (const auto natural = natural_axes(node)) {
      retype(node.results[0], *natural);
    }
    put(std::move(node));
  }

  /// The order of the result of a node that follows its inputs.
  std::optional<Axes> natural_axes(Node& node) const {
    std::optional<Axes> natural = result_axes(node, input_axes(node));
    if (!natural) return std::nullopt;
    if (node.op == Op::linear) return layer_axes(*natural, axes(node.inputs[0]), node.text("out"));
    if (order_is_free(node.op)) return ordered(axes(node.results[0]));
    if (commutes(node.op) && *natural != ordered(*natural)) {
      const auto other = merge_axes(axes(node.inputs[1]), axes(node.inputs[0]));
      if (*other == ordered(*other)) {
        std::swap(node.inputs[0], node.inputs[1]);
        return other;
      }
    }
    return natural;
  }

  /// Axes of the weights alone stay first.
  Axes layer_axes(const Axes& natural, const Axes& x, const std::string& out) const {
    const auto from_x = [&](const Axis& axis) { return axis.name == out || Type{Kind::real, x}.has(axis.name); };
    Axes own, others;
    for (const Axis& axis : natural) (from_x(axis) ? others : own).push_back(axis);
    own = ordered(std::move(own));
    for (Axis& axis : ordered(std::move(others))) own.push_back(std::move(axis));
    return own;
  }

  // --- borders ---
  /// Nodes that depend on the order of their inputs get them as they were.
  void approach(Node& node) override {
    if (node.op == Op::scan || node.op == Op::iterate) return approach_loop(node);
    if (node.op == Op::expand || result_axes(node, input_axes(node))) return;
    for (ValueId& id : node.inputs)
      if (type(id) != original(id)) id = make(Op::expand, {id}, original(id), node.span);
  }

  /// Appends to a block what its results from `first` on need to have their original types.
  void restore_results(Block& block, size_t first, Span span) {
    for (size_t i = first; i < block.results.size(); ++i) permute_result(block, i, original(block.results[i]), span);
  }

  void permute_result(Block& block, size_t i, const Type& wanted, Span span) {
    const ValueId before = block.results[i];
    if (type(before) == wanted) return;
    block.results[i] = value(wanted);
    block.nodes.push_back({Op::expand, {before}, {block.results[i]}, {}, {}, span});
  }

  // --- loops ---
  static size_t carries(const Node& loop) {
    return loop.op == Op::scan ? static_cast<size_t>(loop.integer("carries")) : loop.inputs.size();
  }

  void approach_loop(Node& loop) {
    Block& body = loop.blocks[0];
    for (size_t i = 0; i < loop.inputs.size(); ++i) {
      ValueId& input = loop.inputs[i];
      const ValueId parameter = body.parameters[1 + i];
      if (i >= carries(loop)) {
        retype(parameter, type(input).without(loop.text("axis")).axes);
        continue;
      }
      const Type wanted{type(input).kind, ordered(axes(parameter))};
      if (type(input) != wanted) input = make(Op::expand, {input}, wanted, loop.span);
      retype(parameter, wanted.axes);
    }
  }

  void visit_loop(Node loop) {
    Block& body = loop.blocks[0];
    for (size_t i = 0; i < loop.results.size(); ++i) {
      if (i < carries(loop)) {
        permute_result(body, i, type(body.parameters[1 + i]), loop.span);
        retype(loop.results[i], axes(body.results[i]));
      } else {
        Axes stacked = axes(body.results[i]);
        stacked.insert(stacked.begin(), {loop.text("axis"), loop.integer("count")});
        retype(loop.results[i], stacked);
      }
    }
    put(std::move(loop));
  }

  Roles roles_;
  std::unordered_map<ValueId, Type> originals_;
};

}  // namespace

bool order_axes(Program& program, Notes& notes) {
  return OrderAxes(program, notes).run();
}

}  // namespace duet
