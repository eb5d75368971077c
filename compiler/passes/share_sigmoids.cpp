#include "compiler/passes/share_sigmoids.h"

#include <unordered_set>

#include "compiler/passes/cost.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

class ShareSigmoids : public Rewriter {
 public:
  ShareSigmoids(Program& program, Notes& notes) : Rewriter(program, notes) { find(program.main); }

 private:
  /// Of what there are both, in the same block.
  void find(const Block& block) {
    std::unordered_set<ValueId> swishes, sigmoids;
    for (const Node& node : block.nodes) {
      if (node.op == Op::swish) swishes.insert(node.inputs[0]);
      if (node.op == Op::sigmoid) sigmoids.insert(node.inputs[0]);
      for (const Block& inner : node.blocks) find(inner);
    }
    for (const ValueId id : swishes)
      if (sigmoids.count(id)) both_.insert(id);
  }

  void visit(Node node) override {
    const bool either = node.op == Op::swish || node.op == Op::sigmoid;
    if (!either || !both_.count(node.inputs[0])) return put(std::move(node));
    const ValueId x = node.inputs[0], old = node.results[0];
    const auto made = sigmoids_.find(x);
    const bool there = made != sigmoids_.end() && made_here(made->second);
    if (node.op == Op::sigmoid) {
      if (there) return stand_in(old, made->second);
      sigmoids_[x] = old;
      return put(std::move(node));
    }
    const ValueId slope = there ? made->second : sigmoids_[x] = make(Op::sigmoid, {x}, type(x), node.span);
    stand_in(old, make(Op::mul, {x, slope}, type(old), node.span));
    note(node.span, "the swish is computed from the sigmoid that its derivative needs", elements(axes(x)));
  }

  void stand_in(ValueId old, ValueId now) {
    replace(old, now);
    if (both_.count(old)) both_.insert(now);
  }

  std::unordered_set<ValueId> both_;
  std::unordered_map<ValueId, ValueId> sigmoids_;  // that were put in place
};

}  // namespace

bool share_sigmoids(Program& program, Notes& notes) {
  return ShareSigmoids(program, notes).run();
}

}  // namespace duet
