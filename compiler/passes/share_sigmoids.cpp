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
  /// Of what there is both a swish and, later in the same block, a sigmoid.
  void find(const Block& block) {
    std::unordered_set<ValueId> swished;
    for (const Node& node : block.nodes) {
      if (node.op == Op::swish) swished.insert(node.inputs[0]);
      if (node.op == Op::sigmoid && swished.count(node.inputs[0])) both_.insert(node.inputs[0]);
      for (const Block& inner : node.blocks) find(inner);
    }
  }

  void visit(Node node) override {
    const bool swish = node.op == Op::swish, sigmoid = node.op == Op::sigmoid;
    if (!swish && !sigmoid) return put(std::move(node));
    const ValueId x = node.inputs[0];
    if (swish && both_.count(x)) {
      const ValueId slope = make(Op::sigmoid, {x}, type(x), node.span);
      sigmoids_[x] = slope;
      replace(node.results[0], make(Op::mul, {x, slope}, type(node.results[0]), node.span));
      changed();
      note(node.span, "the swish is computed from the sigmoid that its derivative needs", elements(axes(x)));
    } else if (const auto made = sigmoids_.find(x); sigmoid && made != sigmoids_.end() && made_here(made->second)) {
      replace(node.results[0], made->second);
    } else {
      put(std::move(node));
    }
  }

  std::unordered_set<ValueId> both_;
  std::unordered_map<ValueId, ValueId> sigmoids_;
};

}  // namespace

bool share_sigmoids(Program& program, Notes& notes) {
  return ShareSigmoids(program, notes).run();
}

}  // namespace duet
