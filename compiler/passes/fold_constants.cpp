#include "compiler/passes/fold_constants.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "compiler/passes/copy_block.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

constexpr int64_t kLongest = 256;  // constant vectors longer than this are made at run time

std::optional<float> compute(Op op, float x) {
  switch (op) {
    case Op::neg:
      return -x;
    case Op::abs:
      return std::abs(x);
    case Op::exp:
      return std::exp(x);
    case Op::log:
      return std::log(x);
    case Op::sqrt:
      return std::sqrt(x);
    case Op::square:
      return x * x;
    case Op::floor:
      return std::floor(x);
    case Op::stop:
      return x;
    default:
      return std::nullopt;
  }
}

std::optional<float> compute(Op op, float a, float b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::sub:
      return a - b;
    case Op::mul:
      return a * b;
    case Op::div:
      return a / b;
    case Op::pow:
      return std::pow(a, b);
    case Op::minimum:
      return std::isnan(a) || a < b ? a : b;
    case Op::maximum:
      return std::isnan(a) || a > b ? a : b;
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    default:
      return std::nullopt;
  }
}

/// A number, or numbers along one axis.
struct Numbers {
  std::vector<float> x;
  std::string axis;  // empty: one number

  float at(size_t i) const { return axis.empty() ? x[0] : x[i]; }
  bool all(float value) const {
    return std::all_of(x.begin(), x.end(), [&](float each) { return each == value; });
  }
};

class FoldConstants : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    if (node.op == Op::scan || node.op == Op::iterate) drop_still_carries(node);
    if (node.results.size() == 1 && node.blocks.empty() && (fold(node) || simplify(node))) return;
    put(std::move(node));
  }

  // --- constants ---
  std::optional<Numbers> numbers(ValueId id) const {
    const Node* node = maker(id);
    if (!node || type(id).elements() <= 0) return std::nullopt;  // a robot's numbers while none is chosen
    switch (node->op) {
      case Op::constant:
        return Numbers{{static_cast<float>(node->real("value"))}, {}};
      case Op::values:
        return vector(node->reals("values"), node->text("axis"));
      case Op::iota:
        return iota(node->integer("count"), node->text("axis"));
      default:
        // Real constants were folded when they were visited. To look again at what they were made of would take time
        // exponential in the length of a chain whose links are read twice.
        return type(id).kind == Kind::real ? std::nullopt : result(*node);
    }
  }

  static Numbers vector(const std::vector<double>& values, const std::string& axis) {
    return {{values.begin(), values.end()}, axis};
  }

  static std::optional<Numbers> iota(int64_t count, const std::string& axis) {
    if (count > kLongest) return std::nullopt;
    Numbers all{{}, axis};
    for (int64_t i = 0; i < count; ++i) all.x.push_back(static_cast<float>(i));
    return all;
  }

  /// What a node gives whose inputs are constant.
  std::optional<Numbers> result(const Node& node) const {
    if (node.op == Op::cast && type(node.results[0]).kind == Kind::real) return numbers(node.inputs[0]);
    if (node.op == Op::extent) return size(node);
    const OpGroup group = info(node.op).group;
    if (group != OpGroup::unary && group != OpGroup::binary) return std::nullopt;
    const auto a = numbers(node.inputs[0]), b = numbers(node.inputs.back());
    if (!a || !b || (!a->axis.empty() && !b->axis.empty() && a->axis != b->axis)) return std::nullopt;
    Numbers all{{}, a->axis.empty() ? b->axis : a->axis};
    const size_t count = std::max(a->x.size(), b->x.size());
    for (size_t i = 0; i < count; ++i) {
      const auto each = group == OpGroup::unary ? compute(node.op, a->at(i)) : compute(node.op, a->at(i), b->at(i));
      if (!each) return std::nullopt;
      all.x.push_back(*each);
    }
    return all;
  }

  std::optional<Numbers> size(const Node& node) const {
    const int64_t size = type(node.inputs[0]).size_of(node.text("axis"));
    if (size == kUnknownSize) return std::nullopt;
    return Numbers{{static_cast<float>(size)}, {}};
  }

  bool fold(const Node& node) {
    if (node.op == Op::constant || node.op == Op::values || node.op == Op::iota) return false;
    const std::optional<Numbers> all = result(node);
    if (!all || type(node.results[0]).kind != Kind::real) return false;
    changed();
    if (all->axis.empty()) {
      put({Op::constant, {}, node.results, {{"value", static_cast<double>(all->x[0])}}, {}, node.span});
    } else {
      const std::vector<double> values(all->x.begin(), all->x.end());
      put({Op::values, {}, node.results, {{"values", values}, {"axis", all->axis}}, {}, node.span});
    }
    return true;
  }

  // --- what changes nothing ---
  bool simplify(const Node& node) {
    switch (node.op) {
      case Op::add:
        return is(node, 1, 0) ? stand_for(node, node.inputs[0]) : is(node, 0, 0) && stand_for(node, node.inputs[1]);
      case Op::mul:
        return is(node, 1, 1) ? stand_for(node, node.inputs[0]) : is(node, 0, 1) && stand_for(node, node.inputs[1]);
      case Op::sub:
        return is(node, 1, 0) && stand_for(node, node.inputs[0]);
      case Op::div:
      case Op::pow:
        return is(node, 1, 1) && stand_for(node, node.inputs[0]);
      case Op::slice:
      case Op::cast:
        return stand_for(node, node.inputs[0]);
      case Op::concat:
        return node.inputs.size() == 1 && stand_for(node, node.inputs[0]);
      case Op::rename:
        return simplify_rename(node);
      case Op::select:
        return simplify_select(node);
      case Op::sum:
      case Op::mean:
      case Op::min:
      case Op::max:
        return simplify_reduction(node);
      default:
        return false;
    }
  }

  /// Whether an input is this number everywhere.
  bool is(const Node& node, size_t input, float value) const {
    const std::optional<Numbers> all = numbers(node.inputs[input]);
    return all && all->all(value);
  }

  /// Readers of the node read `x` instead, if that has the same type.
  bool stand_for(const Node& node, ValueId x) {
    const Type &before = type(node.results[0]), &now = type(x);
    const bool sliced = node.op == Op::slice && now.size_of(node.text("axis")) == kUnknownSize;
    if (before != now || (sliced && (node.integer("from") != 0 || node.integer("to") != -1))) return false;
    replace(node.results[0], x);
    return true;
  }

  bool simplify_rename(const Node& node) {
    if (stand_for(node, node.inputs[0])) return true;
    const Node* before = maker(node.inputs[0], Op::rename);
    if (!before || before->text("to") != node.text("from")) return false;
    if (stand_for(node, before->inputs[0])) return true;
    const Attributes both{{"from", before->text("from")}, {"to", node.text("to")}};
    changed();
    put({Op::rename, before->inputs, node.results, both, {}, node.span});
    return true;
  }

  bool simplify_select(const Node& node) {
    const std::optional<Numbers> condition = numbers(node.inputs[0]);
    if (!condition || !(condition->all(0) || condition->all(1))) return false;
    const ValueId x = node.inputs[condition->all(0) ? 2 : 1];
    if (stand_for(node, x)) return true;
    const Type& result = type(node.results[0]);
    if (type(x).kind != result.kind || result.elements() == kUnknownSize) return false;
    changed();
    put({Op::expand, {x}, node.results, {}, {}, node.span});
    return true;
  }

  /// Of one element.
  bool simplify_reduction(const Node& node) {
    ValueId x = node.inputs[0];
    const std::vector<std::string>& names = node.texts("axes");
    const bool single = std::all_of(names.begin(), names.end(), [&](const auto& n) { return type(x).size_of(n) == 1; });
    if (!single || type(x).kind != type(node.results[0]).kind) return false;
    const ValueId first = make(Op::constant, {}, {}, node.span, {{"value", 0.0}});
    for (const std::string& name : names)
      x = make(Op::take, {x, first}, type(x).without(name), node.span, {{"axis", name}});
    replace(node.results[0], x);
    return true;
  }

  /// A carry that every step passes on is what it was before the loop.
  void drop_still_carries(Node& loop) {
    Block& body = loop.blocks[0];
    const size_t carries = loop.op == Op::scan ? static_cast<size_t>(loop.integer("carries")) : loop.inputs.size();
    for (size_t i = 0; i < carries; ++i) {
      if (body.results[i] != body.parameters[1 + i]) continue;
      if (readers(loop.results[i]) == 0 && readers(body.parameters[1 + i]) == 1) continue;  // done before
      const Substitution now{{body.parameters[1 + i], loop.inputs[i]}};
      substitute(body.nodes, now);
      for (size_t j = 0; j < body.results.size(); ++j)  // the carry itself is for drop_unused
        if (j != i && body.results[j] == body.parameters[1 + i]) body.results[j] = loop.inputs[i];
      replace(loop.results[i], loop.inputs[i]);
    }
  }
};

}  // namespace

bool fold_constants(Program& program, Notes& notes) {
  bool folded = false;
  while (FoldConstants(program, notes).run()) folded = true;
  return folded;
}

}  // namespace duet
