#pragma once

#include <set>

#include "runtime/interp/engine.h"

namespace duet::interp {

/// One node, ready to run.
struct Step {
  const Node* node;
  Run run;
  std::vector<ValueId> uses;                        // everything it reads, blocks included
  std::vector<ValueId> dead;                        // values that nobody needs after it
  bool repeatable;                                  // running it again changes nothing
  std::vector<std::shared_ptr<const Body>> bodies;  // of its blocks
};

/// A block, ready to run.
class Body {
 public:
  /// Evaluates the nodes. Parameters must have been set. Values are dropped after their last use; results stay.
  void run(Engine& engine) const;
  /// The same, with arguments, and takes the results out.
  std::vector<Tensor> call(Engine& engine, std::vector<Tensor> arguments = {}) const;
  /// The results of a run; drops what the block has left behind.
  std::vector<Tensor> take_results(Engine& engine) const;

  /// The parts of `run`, for those who run the steps themselves.
  void enter(const Engine& engine) const { tick_ = engine.tick; }
  void drop(Engine& engine, const Step& step) const;
  /// Runs one step; failures inside LibTorch become Error E0604 at the step's node.
  void run_step(Engine& engine, const Step& step) const;

  const Block& block() const { return *block_; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::vector<ValueId>& outer_uses() const { return outer_uses_; }
  bool repeatable() const { return repeatable_; }
  /// The tick of the last run.
  uint64_t tick() const { return tick_; }

 private:
  friend class Preparing;
  const Block* block_ = nullptr;
  std::vector<Step> steps_;
  std::vector<ValueId> outer_uses_;  // values of enclosing blocks that it reads
  std::vector<ValueId> own_;         // parameters and those results that it computes itself: dropped after a run
  bool repeatable_ = true;
  mutable uint64_t tick_ = 0;
};

/// Evaluates again what leads to a value, first things first, under the ticks of then; nodes with effects, and values
/// in `seen`, are left as they are. Adds what it passes to `seen`.
void recompute(Engine& engine, ValueId id, std::set<ValueId>& seen);

/// The step of `node`, or of the node it is a copy of, in a body or in those inside it, or null.
const Step* find_step(const Body& body, const Node& node);

/// Sizes of a type at run time: what the type leaves open is read off other values.
class RuntimeShape {
 public:
  std::vector<int64_t> operator()(const Engine& engine) const;

 private:
  friend class Preparing;
  struct Source {
    ValueId value;
    int64_t axis;
    size_t into;
  };
  std::vector<int64_t> sizes_;
  std::vector<Source> sources_;
};

class Preparing;

/// The size of an axis of a node's result at run time: that of its type, or where this leaves it open, that of the
/// node's last input, which has the axis.
class AxisSize {
 public:
  AxisSize(const Preparing& preparing, const Node& node, const std::string& axis);
  int64_t operator()(const Engine& engine) const;

 private:
  int64_t size_;
  ValueId like_ = -1;
  int64_t dim_ = -1;  // of the axis in `like_`
};

/// Turns blocks into bodies. Knows which values are in scope.
class Preparing {
 public:
  explicit Preparing(Engine& engine) : engine_(engine), program_(engine.program) {}

  std::shared_ptr<const Body> body(const Block& block);

  const Type& type(ValueId id) const { return program_.type(id); }
  const std::vector<Axis>& axes(ValueId id) const { return program_.type(id).axes; }
  Engine& engine() { return engine_; }

  /// How to get the sizes of `type` when the node being prepared runs. Open sizes come from its inputs, otherwise from
  /// the latest value in scope that has the axis. std::logic_error if there is none.
  RuntimeShape shape(const Type& type, const Node& node);

 private:
  ValueId find_axis(const std::string& name, const Node& node) const;
  Step step(const Node& node);
  void drop_after_last_use(Body& body) const;

  Engine& engine_;
  const Program& program_;
  std::vector<ValueId> scope_;  // values in scope, oldest first
  struct Current {
    std::set<ValueId> reads;
    std::vector<std::shared_ptr<const Body>> bodies;
  };
  std::vector<Current> current_;  // the node being prepared, innermost last
};

/// What a unary operation does; another operation is a std::logic_error.
using Unary = Tensor (*)(const Tensor&);
Unary unary_function(Op op);

/// The closure of one node; each group of operations has its own file.
Run prepare_unary(Preparing& preparing, const Node& node);
Run prepare_binary(Preparing& preparing, const Node& node);
Run prepare_reduce(Preparing& preparing, const Node& node);
Run prepare_shape(Preparing& preparing, const Node& node);
Run prepare_indexing(Preparing& preparing, const Node& node);  // of group shape: quantile, top_k, take ...
Run prepare_random(Preparing& preparing, const Node& node);
Run prepare_network(Preparing& preparing, const Node& node);
Run prepare_contract(Preparing& preparing, const Node& node);
Run prepare_control(Preparing& preparing, const Node& node);
Run prepare_effect(Preparing& preparing, const Node& node);  // reads and changes states and memories
Run prepare_flow(Preparing& preparing, const Node& node);    // effects with blocks: repeat, every ...
Run prepare_minimize(Preparing& preparing, const Node& node);
Run prepare_descend(Preparing& preparing, const Node& node);
Run prepare_simulate(Preparing& preparing, const Node& node);
Run prepare_interact(Preparing& preparing, const Node& node);
Run prepare_play(Preparing& preparing, const Node& node);
Run prepare_evaluate(Preparing& preparing, const Node& node);

}  // namespace duet::interp
