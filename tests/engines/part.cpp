#include "tests/engines/part.h"

#include <algorithm>

#include "compiler/passes/copy_block.h"

namespace duet::test {

namespace {

bool contains(const Block& block, Op op) {
  return std::ranges::any_of(block.nodes, [&](const Node& node) {
    return node.op == op || std::ranges::any_of(node.blocks, [&](const Block& inner) { return contains(inner, op); });
  });
}

/// The block with one pass over the training data in place of `until`, and without plans that are recorded afterwards.
Block one_epoch(Program& program, Block block) {
  std::erase_if(block.nodes, [](const Node& node) { return node.op == Op::chunks; });
  program.values.push_back({{Kind::real, {}}, "epochs"});
  const auto one = static_cast<ValueId>(program.values.size() - 1);
  for (Node& node : block.nodes) {
    if (node.op != Op::until) continue;
    Block epoch = node.blocks.at(0);
    epoch.results.clear();
    node = {Op::repeat, {one}, {}, {}, {epoch}, node.span};
  }
  block.nodes.insert(block.nodes.begin(), Node{Op::constant, {}, {one}, {{"value", 1.0}}, {}, {}});
  return block;
}

class Collector {
 public:
  explicit Collector(Program& program) : program_(program) {}

  std::vector<Part> run() {
    visit(program_.main);
    return std::move(parts_);
  }

 private:
  void visit(const Block& block) {
    const size_t outside = before_.size();
    for (const Node& node : block.nodes) {
      visit(node);
      before_.push_back(&node);
    }
    before_.resize(outside);
  }

  void visit(const Node& node) {
    if (node.op == Op::interact || node.op == Op::evaluate) {
      add("beginning", node.blocks.at(0));
      return add("acting", node.blocks.at(1));
    }
    if (node.op == Op::play) return add("playing", node.blocks.at(0));
    if (node.op == Op::chunks) return add("recording", node.blocks.at(0));
    const bool fits = std::ranges::any_of(node.blocks, [](const Block& block) {
      return std::ranges::any_of(block.nodes, [](const Node& inner) { return inner.op == Op::until; });
    });
    if (node.op == Op::every && fits) add("fitting", one_epoch(program_, node.blocks.at(0)));
    const bool innermost = node.op == Op::repeat && !contains(node.blocks.at(0), Op::repeat);
    if (innermost && !contains(node.blocks.at(0), Op::interact)) return add("updating", node.blocks.at(0));
    for (const Block& block : node.blocks) visit(block);
  }

  void add(const std::string& name, Block block) {
    parts_.push_back({name + " " + std::to_string(parts_.size()), alone(std::move(block))});
  }

  /// The block with what it reads from around it computed at its start.
  Block alone(Block block) const {
    for (auto node = before_.rbegin(); node != before_.rend(); ++node) {
      const std::vector<ValueId> read = free_values(block);
      const bool needed =
          std::ranges::any_of((*node)->results, [&](ValueId id) { return std::ranges::count(read, id) > 0; });
      if (needed) block.nodes.insert(block.nodes.begin(), **node);
    }
    return block;
  }

  Program& program_;
  std::vector<const Node*> before_;  // of enclosing blocks, those that come before
  std::vector<Part> parts_;
};

}  // namespace

std::vector<Part> parts_of(Program& program) {
  return Collector(program).run();
}

}  // namespace duet::test
