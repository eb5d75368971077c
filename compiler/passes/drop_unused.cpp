#include "compiler/passes/drop_unused.h"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <vector>

#include "compiler/passes/effects.h"

namespace duet {

namespace {

/// Keeps the elements of `list` from `first` on whose turn `keep` says so.
template <typename T>
void filter(std::vector<T>& list, size_t first, const std::vector<bool>& keep) {
  size_t to = first;
  for (size_t i = 0; i < keep.size(); ++i)
    if (keep[i]) list[to++] = list[first + i];
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(to),
             list.begin() + static_cast<std::ptrdiff_t>(first + keep.size()));
}

bool all(const std::vector<bool>& flags) {
  return std::find(flags.begin(), flags.end(), false) == flags.end();
}

using Ids = std::unordered_set<ValueId>;

void add_all_uses(const Node& node, Ids& used) {
  used.insert(node.inputs.begin(), node.inputs.end());
  for (const Block& block : node.blocks) {
    used.insert(block.results.begin(), block.results.end());
    for (const Node& inner : block.nodes) add_all_uses(inner, used);
  }
}

/// The values that `roots` and the effects of the block need.
Ids needed_for(const Block& block, const std::vector<ValueId>& roots) {
  Ids used(roots.begin(), roots.end());
  for (auto node = block.nodes.rbegin(); node != block.nodes.rend(); ++node) {
    const bool read =
        std::any_of(node->results.begin(), node->results.end(), [&](ValueId id) { return used.count(id); });
    if (read || !effects_of(*node).pure()) add_all_uses(*node, used);
  }
  return used;
}

class Dropper {
 public:
  explicit Dropper(Program& program) : program_(program), live_(program.values.size()) {}

  bool run() {
    for (Block* outermost : program_.blocks()) block(*outermost);
    return changed_;
  }

 private:
  bool live(ValueId id) const { return live_[static_cast<size_t>(id)]; }
  void mark(const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) live_[static_cast<size_t>(id)] = true;
  }

  std::vector<bool> live_flags(const std::vector<ValueId>& ids, size_t first) const {
    std::vector<bool> flags;
    for (size_t i = first; i < ids.size(); ++i) flags.push_back(live(ids[i]));
    return flags;
  }

  void block(Block& block) {
    mark(block.results);
    std::vector<Node> kept;
    for (auto node = block.nodes.rbegin(); node != block.nodes.rend(); ++node) {
      const bool read = std::any_of(node->results.begin(), node->results.end(), [&](ValueId id) { return live(id); });
      if (!read && effects_of(*node).pure()) {
        changed_ = true;
        continue;
      }
      trim(*node);
      mark(node->inputs);
      kept.push_back(std::move(*node));
    }
    std::reverse(kept.begin(), kept.end());
    block.nodes = std::move(kept);
  }

  /// Removes results nobody reads, then what only they needed.
  void trim(Node& node) {
    switch (node.op) {
      case Op::scan:
        trim_results(node, static_cast<size_t>(node.integer("carries")));
        trim_carries(node, static_cast<size_t>(node.integer("carries")));
        break;
      case Op::iterate:
        trim_carries(node, node.inputs.size());
        break;
      case Op::choose:
      case Op::group:
        trim_results(node, 0);
        break;
      case Op::simulate:
        trim_given(node);
        break;
      case Op::minimize:
        trim_results(node, 1);  // the loss stays: it is what is minimised
        break;
      default:
        break;
    }
    for (Block& inner : node.blocks) block(inner);
    if (node.op == Op::scan) trim_sequences(node);
  }

  void trim_results(Node& node, size_t first) {
    std::vector<bool> keep = live_flags(node.results, first);
    if (node.op == Op::group && !keep.empty() && std::find(keep.begin(), keep.end(), true) == keep.end())
      keep[0] = true;  // kept for an effect inside; a group has a result
    if (all(keep)) return;
    changed_ = true;
    filter(node.results, first, keep);
    for (Block& inner : node.blocks) filter(inner.results, first, keep);
  }

  /// What nobody reads is not even computed.
  void trim_given(Node& node) {
    const std::vector<bool> keep = live_flags(node.results, 0);
    filter(std::get<std::vector<std::string>>(node.attributes.at("gives")), 0, keep);
    trim_results(node, 0);
  }

  /// A carry matters if its final value is read, or if something that matters inside needs it.
  void trim_carries(Node& node, size_t carries) {
    Block& body = node.blocks[0];
    std::vector<bool> keep = live_flags(node.results, 0);
    keep.resize(carries);
    for (bool grown = true; grown && !all(keep);) {
      grown = false;
      std::vector<ValueId> roots(body.results.begin() + static_cast<std::ptrdiff_t>(carries), body.results.end());
      for (size_t i = 0; i < carries; ++i)
        if (keep[i]) roots.push_back(body.results[i]);
      const Ids needed = needed_for(body, roots);
      for (size_t i = 0; i < carries; ++i) {
        if (keep[i] || !needed.count(body.parameters[1 + i])) continue;
        keep[i] = grown = true;
      }
    }
    if (all(keep)) return;
    changed_ = true;
    filter(node.inputs, 0, keep);
    filter(node.results, 0, keep);
    filter(body.parameters, 1, keep);
    filter(body.results, 0, keep);
    if (node.op == Op::scan)
      node.attributes["carries"] = static_cast<int64_t>(std::count(keep.begin(), keep.end(), true));
  }

  void trim_sequences(Node& node) {
    Block& body = node.blocks[0];
    const auto carries = static_cast<size_t>(node.integer("carries"));
    const std::vector<bool> keep = live_flags(body.parameters, 1 + carries);
    if (all(keep)) return;
    changed_ = true;
    filter(node.inputs, carries, keep);
    filter(body.parameters, 1 + carries, keep);
    node.attributes["sequences"] = static_cast<int64_t>(std::count(keep.begin(), keep.end(), true));
  }

  Program& program_;
  std::vector<bool> live_;
  bool changed_ = false;
};

}  // namespace

bool drop_unused(Program& program, Notes& /*notes*/) {
  return Dropper(program).run();
}

}  // namespace duet
