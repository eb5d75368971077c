#include "compiler/passes/mark_zero_rows.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "compiler/passes/cost.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

/// A product of no more terms and columns than that for each row is done sooner than its rows are looked at.
constexpr double kLeastOfRow = 64 * 64;

/// Rows of a value, a row for each place along `axes`. All but one among those along the axes `among` are zero, or a
/// few. Values whose rows have the same `origin` are zero in the same places.
struct Rows {
  ValueId origin = -1;
  std::vector<std::string> axes, among;
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

class MarkZeroRows : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    if (std::optional<Rows> rows = rows_of(node)) {
      if (node.op == Op::contract) mark(node);
      rows_[node.results[0]] = *std::move(rows);
    }
    put(std::move(node));
  }

  /// Of a product with such rows on its left.
  void mark(Node& node) {
    const Rows* rows = known(node.inputs[0]);
    if (!rows || node.has("zero_rows") || !pays(node) || !from_state(node.inputs[1])) return;
    const std::vector<Axis>& result = axes(node.results[0]);
    const double whole = flops(node, input_axes(node), result);
    node.attributes["zero_rows"] = rows->among;
    note(node.span, "rows that are zero are left out of the product: all but about one along " + joined(rows->among),
         whole - flops(node, input_axes(node), result));
    changed();
  }

  static std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
  }

  /// Terms of each sum times columns are those elements of the weights that all rows share.
  bool pays(const Node& product) const {
    double of_row = 1;
    for (const Axis& axis : axes(product.inputs[1]))
      if (contains(product.texts("axes"), axis.name) || !type(product.inputs[0]).has(axis.name))
        of_row *= elements({axis});
    return of_row >= kLeastOfRow;
  }

  /// Whether a value is a state's, or a part of one.
  bool from_state(ValueId id) const {
    const Node* node = maker(id);
    while (node && (node->op == Op::rename || node->op == Op::slice || node->op == Op::take || node->op == Op::expand))
      node = maker(node->inputs[0]);
    return node && node->op == Op::load;
  }

  /// What is known of the rows of a node's result.
  std::optional<Rows> rows_of(const Node& node) const {
    switch (node.op) {
      case Op::select:
        return of_select(node);
      case Op::rename:
        return of_rename(node);
      case Op::neg:
      case Op::stop:
      case Op::expand:
      case Op::take:
      case Op::slice:
      case Op::pad:
      case Op::sum:
      case Op::mean:
      case Op::div:
        return kept(node, node.inputs[0]);
      case Op::put:
        return of_put(node);
      case Op::add:
      case Op::sub: {
        const Rows *left = known(node.inputs[0]), *right = known(node.inputs[1]);
        const bool alike = left && right && left->origin == right->origin && left->axes == right->axes;
        return alike ? kept(node, node.inputs[0]) : std::nullopt;
      }
      case Op::standardize_gradient:
        return kept(node, node.inputs[1]);
      case Op::mul:
      case Op::contract: {
        const auto left = kept(node, node.inputs[0]);
        return left ? left : kept(node, node.inputs[1]);
      }
      default:
        return std::nullopt;
    }
  }

  /// Those of an input, if the node does nothing along the axes of the rows.
  std::optional<Rows> kept(const Node& node, ValueId input) const {
    const Rows* rows = known(input);
    if (!rows) return std::nullopt;
    for (const std::string& name : rows->axes)
      if (!type(node.results[0]).has(name) || (node.has("axis") && node.text("axis") == name)) return std::nullopt;
    return *rows;
  }

  std::optional<Rows> of_rename(const Node& node) const {
    const Rows* known_rows = known(node.inputs[0]);
    if (!known_rows) return std::nullopt;
    Rows rows = *known_rows;
    for (std::vector<std::string>* names : {&rows.axes, &rows.among})
      std::ranges::replace(*names, node.text("from"), node.text("to"));
    return rows;
  }

  /// Zeros but for one place along the axis of the index.
  std::optional<Rows> of_put(const Node& node) const {
    if (auto rows = kept(node, node.inputs[0])) return rows;
    const Type& result = type(node.results[0]);
    const std::string& axis = node.text("axis");
    if (result.size_of(axis) == 1) return std::nullopt;
    Rows rows{node.results[0], {axis}, {axis}};
    for (const Axis& own : axes(node.inputs[1])) {
      if (!result.has(own.name)) return std::nullopt;  // several places
      rows.axes.push_back(own.name);
    }
    return rows;
  }

  /// A choice between something and 0: where the mask says so, or only more zeros.
  std::optional<Rows> of_select(const Node& node) const {
    if (is_zero(node.inputs[2])) {
      if (auto rows = of_mask(node.inputs[0])) return rows;
      return kept(node, node.inputs[1]);
    }
    return is_zero(node.inputs[1]) ? kept(node, node.inputs[2]) : std::nullopt;
  }

  /// If the mask is true where x equals its own minimum or maximum along some axes.
  std::optional<Rows> of_mask(ValueId mask) const {
    const Node* equal = maker(mask, Op::equal);
    if (!equal) return std::nullopt;
    for (const size_t i : {0, 1}) {
      const Node* extreme = unexpanded(equal->inputs[1 - i]);
      if (!extreme || (extreme->op != Op::min && extreme->op != Op::max)) continue;
      if (extreme->inputs[0] != equal->inputs[i] || extreme->texts("axes").empty()) continue;
      std::vector<std::string> rows;
      for (const Axis& axis : axes(mask)) rows.push_back(axis.name);
      return Rows{mask, std::move(rows), extreme->texts("axes")};
    }
    return std::nullopt;
  }

  bool is_zero(ValueId id) const {
    const Node* node = unexpanded(id);
    return node && node->op == Op::constant && node->real("value") == 0;
  }

  const Node* unexpanded(ValueId id) const {
    const Node* node = maker(id);
    while (node && node->op == Op::expand) node = maker(node->inputs[0]);
    return node;
  }

  const Rows* known(ValueId id) const {
    const auto found = rows_.find(id);
    return found == rows_.end() ? nullptr : &found->second;
  }

  std::unordered_map<ValueId, Rows> rows_;
};

}  // namespace

bool mark_zero_rows(Program& program, Notes& notes) {
  return MarkZeroRows(program, notes).run();
}

}  // namespace duet
