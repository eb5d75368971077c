#include "compiler/passes/share_equal.h"

#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/graph/text.h"
#include "compiler/passes/effects.h"

namespace duet {

namespace {

/// A text that two nodes share if they compute the same. Values made inside the node are numbered in order.
class Key {
 public:
  explicit Key(const Program& program) : program_(program) {}

  std::string of(const Node& node) {
    add(node);
    return std::move(text_);
  }

 private:
  void add_uses(const std::vector<ValueId>& ids) {
    text_ += '(';
    for (const ValueId id : ids) {
      const auto inner = inner_.find(id);
      text_ += inner == inner_.end() ? '%' + std::to_string(id) : '#' + std::to_string(inner->second);
      text_ += ' ';
    }
    text_ += ')';
  }

  void add_types(const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) text_ += type_text(program_.type(id)) + ' ';
  }

  void make(const std::vector<ValueId>& ids) {
    add_types(ids);
    for (const ValueId id : ids) inner_.emplace(id, inner_.size());
  }

  void add(const Node& node) {
    text_ += info(node.op).name;
    add_uses(node.inputs);
    for (const auto& [key, value] : node.attributes) text_ += name_text(key) + '=' + attribute_text(value) + ' ';
    for (const Block& block : node.blocks) {
      text_ += '{';
      make(block.parameters);
      for (const Node& inner : block.nodes) {
        add(inner);
        make(inner.results);
        text_ += ';';
      }
      add_uses(block.results);
      text_ += '}';
    }
    add_types(node.results);
  }

  const Program& program_;
  std::string text_;
  std::unordered_map<ValueId, size_t> inner_;
};

class Sharer {
 public:
  explicit Sharer(Program& program) : program_(program), now_(program.values.size()) {
    for (size_t i = 0; i < now_.size(); ++i) now_[i] = static_cast<ValueId>(i);
  }

  bool run() {
    for (Block* outermost : program_.blocks()) block(*outermost);
    return changed_;
  }

 private:
  struct Made {
    std::vector<ValueId> results;
    std::set<Resource> reads;
  };

  void rewrite(std::vector<ValueId>& ids) const {
    for (ValueId& id : ids) id = now_[static_cast<size_t>(id)];
  }

  void block(Block& block) {
    std::unordered_map<std::string, Made> made;
    std::vector<Node> kept;
    for (Node& node : block.nodes) {
      rewrite(node.inputs);
      for (Block& inner : node.blocks) this->block(inner);
      Effects effects = effects_of(node);
      if (!effects.pure()) {
        std::erase_if(made, [&](const auto& entry) { return disturbs(effects.writes, entry.second.reads); });
      } else if (!node.results.empty()) {
        const auto [entry, fresh] = made.try_emplace(Key(program_).of(node), Made{node.results, effects.reads});
        if (!fresh) {
          replace(node.results, entry->second.results);
          continue;
        }
      }
      kept.push_back(std::move(node));
    }
    block.nodes = std::move(kept);
    rewrite(block.results);
  }

  void replace(const std::vector<ValueId>& old, const std::vector<ValueId>& now) {
    changed_ = true;
    for (size_t i = 0; i < old.size(); ++i) {
      now_[static_cast<size_t>(old[i])] = now[i];
      std::string& name = program_.values[static_cast<size_t>(now[i])].name;
      if (name.empty()) name = program_.values[static_cast<size_t>(old[i])].name;
    }
  }

  Program& program_;
  std::vector<ValueId> now_;  // what stands for each value
  bool changed_ = false;
};

}  // namespace

bool share_equal(Program& program, Notes& /*notes*/) {
  return Sharer(program).run();
}

}  // namespace duet
