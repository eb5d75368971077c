#include "compiler/passes/fuse_elements.h"

#include <algorithm>
#include <optional>
#include <set>

#include "compiler/passes/uses.h"

namespace duet {

namespace {

// Registers of one pass over memory lie in the first-level cache.
constexpr size_t kLongest = 48;

bool element_wise(const Node& node) {
  const OpGroup group = info(node.op).group;
  return group == OpGroup::unary || group == OpGroup::binary || node.op == Op::select || node.op == Op::cast;
}

std::set<std::string> names(const Type& type) {
  std::set<std::string> all;
  for (const Axis& axis : type.axes) all.insert(axis.name);
  return all;
}

/// Operations that will be one node.
struct Chain {
  std::set<std::string> axes;
  std::vector<size_t> members;  // nodes of the block, in order
  std::set<ValueId> made;
  size_t place = 0;  // the node of the block where it is computed
  bool open = true;  // nothing outside reads what it makes yet, so that it may be moved on
};

class Fuser {
 public:
  explicit Fuser(Program& program) : program_(program), uses_(count_uses(program.main)) {}

  bool run() {
    block(program_.main);
    return changed_;
  }

 private:
  void block(Block& block) {
    chains_.clear();
    defined_.clear();
    std::vector<Chain> found = find_chains(block);
    rewrite(block, found);
    for (Node& node : block.nodes)
      if (node.op != Op::fused)
        for (Block& inner : node.blocks) this->block(inner);
  }

  std::vector<Chain> find_chains(const Block& block) {
    for (size_t i = 0; i < block.nodes.size(); ++i) {
      const Node& node = block.nodes[i];
      const auto read = values_read(node);
      if (element_wise(node)) {
        add(i, node, read);
        continue;
      }
      for (Chain& chain : chains_) chain.open &= !reads(read, chain);
      for (const ValueId id : node.results) defined_[id] = i;
    }
    return std::move(chains_);
  }

  static bool reads(const std::unordered_set<ValueId>& read, const Chain& chain) {
    return std::ranges::any_of(chain.made, [&](ValueId id) { return read.count(id) > 0; });
  }

  /// To the open chains of the same axes whose values it reads, which thereby become one; else to a chain that ended
  /// before, if all it reads was there already. Other chains it reads end.
  void add(size_t i, const Node& node, const std::unordered_set<ValueId>& read) {
    const auto axes = names(program_.type(node.results[0]));
    std::optional<size_t> home;
    for (size_t c = 0; c < chains_.size(); ++c) {
      Chain& chain = chains_[c];
      if (!reads(read, chain)) continue;
      const bool joins = chain.open && chain.axes == axes && chain.members.size() < kLongest;
      if (joins && !home) {
        home = c;
      } else if (joins && chains_[*home].members.size() + chain.members.size() < kLongest) {
        join(chains_[*home], chain);
      }
    }
    if (!home) home = earlier_home(axes, read);
    if (!home) {
      chains_.push_back({axes, {}, {}, i, true});
      home = chains_.size() - 1;
    }
    for (size_t c = 0; c < chains_.size(); ++c)
      if (c != *home) chains_[c].open &= !reads(read, chains_[c]);
    Chain& chain = chains_[*home];
    chain.members.push_back(i);
    chain.made.insert(node.results[0]);
    if (chain.open) chain.place = i;
    for (const ValueId id : chain.made) defined_[id] = chain.place;
  }

  /// A chain that has ended, at whose place everything that is read is known.
  std::optional<size_t> earlier_home(const std::set<std::string>& axes, const std::unordered_set<ValueId>& read) const {
    for (size_t c = chains_.size(); c-- > 0;) {
      const Chain& chain = chains_[c];
      if (chain.open || chain.axes != axes || chain.members.size() >= kLongest || !reads(read, chain)) continue;
      const bool known = std::ranges::all_of(read, [&](ValueId id) {
        const auto at = defined_.find(id);
        return chain.made.count(id) || at == defined_.end() || at->second < chain.place;
      });
      if (known) return c;
    }
    return {};
  }

  static void join(Chain& chain, Chain& other) {
    chain.members.insert(chain.members.end(), other.members.begin(), other.members.end());
    std::ranges::sort(chain.members);
    chain.made.insert(other.made.begin(), other.made.end());
    other = {{}, {}, {}, 0, false};
  }

  void rewrite(Block& block, const std::vector<Chain>& chains) {
    std::vector<const Chain*> of(block.nodes.size(), nullptr);
    for (const Chain& chain : chains)
      if (chain.members.size() > 1)
        for (const size_t i : chain.members) of[i] = &chain;
    std::vector<Node> nodes;
    for (size_t i = 0; i < block.nodes.size(); ++i) {
      if (!of[i]) {
        nodes.push_back(std::move(block.nodes[i]));
      } else if (of[i]->place == i) {
        Node fused = fuse(block, *of[i]);
        if (!fused.results.empty()) nodes.push_back(std::move(fused));  // else nobody reads any of it
        changed_ = true;
      }
    }
    block.nodes = std::move(nodes);
  }

  Node fuse(Block& block, const Chain& chain) {
    Node fused{Op::fused, {}, {}, {}, {Block{}}, block.nodes[chain.place].span};
    Block& inside = fused.blocks[0];
    for (const size_t i : chain.members) inside.nodes.push_back(std::move(block.nodes[i]));
    const auto inner = count_uses(inside);
    for (const Node& node : inside.nodes) {
      const ValueId made = node.results[0];
      const auto within = inner.find(made);
      if (uses_[made] == (within == inner.end() ? 0 : within->second)) continue;
      // Outside, the value goes on under its own name; inside, it gets a new one.
      const ValueId renamed = copy_value(made);
      inside.results.push_back(renamed);
      fused.results.push_back(made);
      renamed_[made] = renamed;
    }
    for (Node& node : inside.nodes) {
      for (ValueId& id : node.inputs)
        if (const auto it = renamed_.find(id); it != renamed_.end()) id = it->second;
      for (ValueId& id : node.results)
        if (const auto it = renamed_.find(id); it != renamed_.end()) id = it->second;
    }
    for (const ValueId id : fused.results) renamed_.erase(id);
    return fused;
  }

  ValueId copy_value(ValueId id) {
    program_.values.push_back(program_.values[static_cast<size_t>(id)]);
    return static_cast<ValueId>(program_.values.size() - 1);
  }

  Program& program_;
  std::unordered_map<ValueId, int> uses_;
  std::vector<Chain> chains_;
  std::unordered_map<ValueId, size_t> defined_;  // where, of what the block makes
  std::unordered_map<ValueId, ValueId> renamed_;
  bool changed_ = false;
};

}  // namespace

bool fuse_elements(Program& program, Notes&) {
  return Fuser(program).run();
}

}  // namespace duet
