#include "compiler/passes/open_groups.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/result_axes.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

// With fewer rows for each choice, products of the collected rows are faster.
constexpr int64_t kEnoughRows = 8;

class OpenGroups : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    if (node.op == Op::group && !differentiated() && rows_for_each_choice(node) >= kEnoughRows && types_of(node)) {
      open(node);
    } else {
      put(std::move(node));
    }
  }

  /// How many rows have one element of the index in common; 0: unknown.
  int64_t rows_for_each_choice(const Node& node) const {
    int64_t rows = 1;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      int64_t own = 1;
      for (const Axis& axis : axes(node.inputs[i])) {
        const bool feature = type(node.blocks[0].parameters[i]).has(axis.name);
        if (feature || type(node.inputs[0]).has(axis.name)) continue;
        own *= std::max<int64_t>(axis.size, 0);
      }
      rows = std::max(rows, own);
    }
    return rows;
  }

  /// Whether no axis of the rows has a namesake in the block, from which it would have to be told apart.
  bool axes_are_apart(const Node& node) const {
    const Block& block = node.blocks[0];
    std::vector<Axis> rows = axes(node.inputs[0]);
    for (size_t i = 1; i < node.inputs.size(); ++i)
      rows.insert(rows.end(), axes(node.inputs[i]).begin(), axes(node.inputs[i]).end() - 1);
    const auto apart = [&](ValueId id) {
      return std::ranges::none_of(rows, [&](const Axis& axis) { return type(id).has(axis.name); });
    };
    return std::ranges::all_of(block.parameters, apart) && std::ranges::all_of(block.nodes, [&](const Node& inner) {
             return std::ranges::all_of(inner.inputs, apart) && std::ranges::all_of(inner.results, apart);
           });
  }

  /// The axes of everything in the block when it is mapped over the rows' own axes; nothing if it cannot be.
  std::optional<std::unordered_map<ValueId, std::vector<Axis>>> types_of(const Node& node) const {
    const Block& block = node.blocks[0];
    if (!axes_are_apart(node)) return {};
    std::unordered_map<ValueId, std::vector<Axis>> found;
    for (size_t i = 0; i < block.parameters.size(); ++i) found[block.parameters[i]] = axes(node.inputs[i]);
    for (const Node& inner : block.nodes) {
      if (inner.results.size() != 1 || !inner.blocks.empty() || info(inner.op).group == OpGroup::random) return {};
      if (inner.inputs.empty()) {
        found[inner.results[0]] = axes(inner.results[0]);
        continue;
      }
      for (const std::string& own : own_axes(inner))
        if (own == "row") return {};
      std::vector<std::vector<Axis>> inputs;
      for (const ValueId id : inner.inputs) inputs.push_back(found.count(id) ? found.at(id) : axes(id));
      auto result = result_axes(inner, inputs);
      if (!result) return {};
      found[inner.results[0]] = std::move(*result);
    }
    return found;
  }

  void open(const Node& node) {
    const Block& block = node.blocks[0];
    const auto found = *types_of(node);
    std::unordered_map<ValueId, ValueId> now;
    const auto mapped = [&](ValueId id) { return now.count(id) ? now.at(id) : id; };
    for (size_t i = 0; i < block.parameters.size(); ++i) now[block.parameters[i]] = node.inputs[i];
    for (Node inner : block.nodes) {
      for (ValueId& id : inner.inputs) id = mapped(id);
      const ValueId old = inner.results[0];
      Type wanted = type(old);
      wanted.axes = found.at(old);
      now[old] = make(inner.op, inner.inputs, std::move(wanted), inner.span, inner.attributes);
    }
    for (size_t i = 0; i < node.results.size(); ++i) {
      ValueId result = mapped(block.results[i]);
      if (axes(result) != axes(node.results[i])) result = make(Op::expand, {result}, type(node.results[i]), node.span);
      replace(node.results[i], result);
    }
    changed();
    note(node.span, "rows of the same member are not collected and put back", 0);
  }
};

}  // namespace

bool open_groups(Program& program, Notes& notes) {
  return OpenGroups(program, notes).run();
}

}  // namespace duet
