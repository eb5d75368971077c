#include "compiler/passes/fuse_slopes.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

/// What a product is multiplied with.
struct Factor {
  ValueId product, value;
  const char* kind;  // as the attribute `factor` says it
};

class FuseSlopes : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    for (const Factor& factor : factors(node))
      if (const auto fused = fuse(factor, node)) return replace(node.results[0], *fused);
    put(std::move(node));
  }

  std::vector<Factor> factors(const Node& node) const {
    if (node.op == Op::mul)
      return {{node.inputs[0], node.inputs[1], "value"}, {node.inputs[1], node.inputs[0], "value"}};
    if (node.op != Op::select || !is_zero(node.inputs[2])) return {};
    // Whether something is above 0 is asked by the product itself.
    const Node* mask = maker(node.inputs[0], Op::less);
    const bool sign = mask && is_zero(mask->inputs[0]);
    return {{node.inputs[1], sign ? mask->inputs[1] : node.inputs[0], "positive"}};
  }

  bool is_zero(ValueId id) const {
    const Node* node = maker(id, Op::constant);
    return node && node->real("value") == 0;
  }

  bool is_last_of(ValueId id) const { return readers(id) == 1 && made_here(id); }

  /// The product with its factor, in place of `node`; nothing if `factor.product` is none.
  std::optional<ValueId> fuse(const Factor& factor, const Node& node) {
    std::vector<const Node*> renamings;  // of the product, the last first
    ValueId x = factor.product;
    for (const Node* made = maker(x, Op::rename); made && is_last_of(x); made = maker(x, Op::rename)) {
      renamings.push_back(made);
      x = made->inputs[0];
    }
    const Node* product = maker(x, Op::contract);
    if (!product || product->inputs.size() != 2 || !is_last_of(x)) return std::nullopt;
    if (type(node.results[0]) != type(factor.product) || !same_axes(axes(factor.value), axes(factor.product)))
      return std::nullopt;
    changed();
    Node fused = *product;
    ValueId value = factor.value;
    for (const Node* renaming : renamings)
      value = rename(value, renaming->text("to"), renaming->text("from"), node.span);
    fused.inputs.push_back(value);
    fused.attributes["factor"] = std::string(factor.kind);
    ValueId made = make(fused.op, fused.inputs, type(x), fused.span, fused.attributes);
    for (auto renaming = renamings.rbegin(); renaming != renamings.rend(); ++renaming)
      made = rename(made, (*renaming)->text("from"), (*renaming)->text("to"), node.span);
    return made;
  }

  ValueId rename(ValueId x, const std::string& from, const std::string& to, Span span) {
    Type renamed = type(x);
    renamed.axes[static_cast<size_t>(renamed.find(from))].name = to;
    return make(Op::rename, {x}, renamed, span, {{"from", from}, {"to", to}});
  }

  static bool same_axes(const std::vector<Axis>& a, const std::vector<Axis>& b) {
    return std::ranges::is_permutation(a, b);
  }
};

}  // namespace

bool fuse_slopes(Program& program, Notes& notes) {
  return FuseSlopes(program, notes).run();
}

}  // namespace duet
