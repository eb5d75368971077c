#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/plan/buffer.h"
#include "runtime/plan/engine.h"
#include "runtime/plan/terms.h"

namespace duet::plan {

/// One node, ready to run. `run` is empty where nothing is to be done, as for a constant.
struct Step {
  const Node* node;
  Run run;
  double flops = 0;  // of one run
};

/// Values that a block can see, with what they look like where the block is met. What the engine's table says of a
/// value may be of another body by the time the block is prepared.
class Scope {
 public:
  Scope() = default;
  Scope(const Engine& engine, std::vector<ValueId> ids);

  const std::vector<ValueId>& ids() const { return ids_; }  // oldest first
  /// Puts the layouts into the engine's table.
  void recall(Engine& engine) const;

 private:
  std::vector<ValueId> ids_;
  std::vector<Layout> layouts_;
};

/// A block, ready to run on one thread: closures, and one piece of memory in which values whose lives do not overlap
/// share their place. Nodes whose results have sizes that only running tells (the rows of a memory) end a segment: what
/// follows is prepared when these sizes are known, and again when they have changed.
class Body {
 public:
  /// Evaluates the nodes. The thread must point to the parameters; afterwards it points to the results, which stay
  /// until the next run.
  void run(Thread& thread);

  /// Runs the first `nodes` nodes again, except those with effects: to find where a NaN came from.
  void trace(Thread& thread, size_t nodes);

  const Block& block() const { return *block_; }
  /// The layout of a result; of a body with several segments, as of its last run.
  const Layout& result(size_t i) const { return results_.at(i); }
  /// From now on the caller says before each run where a result is to be written, by pointing the thread to it under
  /// the id that is returned: the result may be another name of a whole value. None if it is not memory of the body's
  /// own, in which case nothing changes. For bodies of one segment that is prepared.
  std::optional<ValueId> leave_to_caller(size_t result);
  /// Memory for what Preparing::ready_body has made, which holds nothing that matters between two runs: others may use
  /// it at other times. It grows as needed.
  void use(std::shared_ptr<Buffer> memory);
  /// Floating-point operations of one run of what is prepared.
  double flops() const;
  /// What the parameters are expected to look like.
  const std::vector<Layout>& parameters() const { return parameters_; }

  /// Runs one step; errors get its place.
  static void run_step(Thread& thread, const Step& step);

  /// The parts of `run`, for those who run the steps themselves.
  size_t segments() const { return segments_.size(); }
  /// Prepares the segment if it is not, and makes the thread point to its values.
  const std::vector<Step>& enter(Thread& thread, size_t segment);
  /// The steps of a segment that has been entered.
  const std::vector<Step>& steps(size_t segment) const { return segments_.at(segment).steps; }
  /// The segment that holds a node of the block.
  size_t segment_of(size_t node) const;
  /// The number of the first node of a segment.
  size_t first_node(size_t segment) const { return segments_.at(segment).first; }

 private:
  friend class Preparing;
  void prepare(size_t segment);

  struct Constant {
    ValueId id;
    std::vector<float> data;
  };
  struct Place {
    ValueId id;
    size_t at, floats;
  };
  struct Segment {
    size_t first = 0, last = 0;  // nodes of the block
    std::vector<Step> steps;
    size_t floats = 0;  // of memory
    std::shared_ptr<Buffer> memory;
    std::vector<Place> places;                   // in the memory
    std::vector<std::pair<Body*, size_t>> lent;  // parts of it, to bodies that run within one of the nodes
    std::vector<Constant> constants;
    std::vector<Layout> given;  // the layouts of open values for which it was prepared
    Scope values;               // all that it can see and has made
    bool ready = false;
  };

  Engine* engine_ = nullptr;
  const Block* block_ = nullptr;
  Scope scope_;  // values of enclosing blocks
  std::vector<Segment> segments_;
  std::vector<ValueId> open_;          // results whose sizes only running tells
  std::map<std::string, Part> parts_;  // axes of which it sees a part only
  std::vector<Layout> parameters_, results_;
  std::vector<ValueId> wholes_;  // the values in whose memory the results lie, and which are no larger
  bool transient_ = false;       // its memory is borrowed, or given by `use`
  float* borrowed_ = nullptr;    // from the body around it, when that is entered
};

/// On its thread's list of running bodies while it lives.
class Entry {
 public:
  Entry(Thread& thread, Body& body) : thread_(thread) { thread.running.push_back({&body, thread.tick, 0}); }
  ~Entry() { thread_.running.pop_back(); }
  Entry(const Entry&) = delete;

  /// The node that is run next.
  void stand_at(size_t node) { thread_.running.back().node = node; }

 private:
  Thread& thread_;
};

/// Turns blocks into bodies. Knows which values are in scope.
class Preparing {
 public:
  Preparing(Engine& engine, std::vector<ValueId> scope) : engine_(engine), scope_(std::move(scope)) {}

  /// The block, for parameters laid out as the engine's table of layouts says. Nothing is prepared before it is
  /// entered.
  std::unique_ptr<Body> body(const Block& block) const;
  /// The same, prepared now, so that the layouts of its results are known: the block has no open values. It has no
  /// memory yet: see `lend` and Body::use.
  std::unique_ptr<Body> ready_body(const Block& block) const;
  /// Gives a ready body, which runs within the node that is being prepared, a part of the memory of the body that the
  /// node is in: values that do not live at this node may share it.
  void lend(Body& body);

  Engine& engine() const { return engine_; }
  const Type& type(ValueId id) const { return engine_.program.type(id); }
  const std::vector<Axis>& axes(ValueId id) const { return type(id).axes; }
  const Layout& layout(ValueId id) const { return engine_.layouts[static_cast<size_t>(id)]; }
  const std::vector<ValueId>& scope() const { return scope_; }
  /// The block whose node is being prepared.
  const Block& block() const { return *block_; }
  /// The nodes that follow the one being prepared in its block.
  std::span<const Node> later() const { return std::span(block_->nodes).subspan(at_ + 1); }

  /// The sizes of a result of the node being prepared. What its type leaves open comes from the node's inputs,
  /// otherwise from the latest value in scope that has the axis; in a tile, tiled axes have the size of the part.
  std::vector<int64_t> sizes(const Type& type, const Node& node) const;

  /// The result gets memory of its own, contiguous, with these sizes.
  void allocate(ValueId result, std::vector<int64_t> sizes);
  void allocate(ValueId result, const Node& node) { allocate(result, sizes(type(result), node)); }
  /// The result lies in the memory of `of`, which therefore must stay as long as it is needed.
  void lies_in(ValueId result, ValueId of, Layout layout);
  /// The result is known now; elements in row-major order.
  void constant(ValueId result, std::vector<int64_t> sizes, std::vector<float> data);
  /// The elements of a constant of this body, or null.
  const float* known(ValueId id) const;
  /// The result, of which `asked` tells, may be in bfloat16: it is one that the next layer alone reads, and which it
  /// would round anyway. Elements lie where the layout says, counted in Bfloat16.
  void may_be_rounded(ValueId result, std::shared_ptr<bool> asked) { roundable_[result] = std::move(asked); }
  /// Asks for a value in bfloat16; false if that cannot be.
  bool ask_for_rounded(ValueId id);
  /// The result may be left in terms, if its only reader asks for them.
  void may_be_left_in_terms(ValueId result, std::shared_ptr<Terms> terms) { terms_[result] = std::move(terms); }
  /// Asks for a value in terms, laid out contiguously along its axes; null if that cannot be.
  std::shared_ptr<Terms> ask_for_terms(ValueId id);
  /// The only node that reads the value; null if several do, or the block gives it.
  const Node* only_reader(ValueId id) const;
  /// A value's elements contiguous in the order of `order`: where they lie, or copied before each use by calling
  /// `copy`.
  struct Operand {
    Run copy;                        // empty: nothing to be copied
    std::shared_ptr<Buffer> buffer;  // of the copy
    ValueId id;
    Layout layout;  // along `order`
    const float* data(Thread& thread) const { return buffer ? buffer->data() : thread.value(id); }
  };
  Operand operand(ValueId id, const std::vector<Axis>& order);

  /// Adds to the floating-point operations of one run of the node being prepared.
  void count(double flops) { flops_ += flops; }

  /// Axes of which this body sees a part only.
  const std::map<std::string, Part>& parts() const { return parts_; }
  void set_parts(std::map<std::string, Part> parts) { parts_ = std::move(parts); }

 private:
  friend class Body;
  ValueId find_axis(const std::string& name, const Node& node) const;
  std::unique_ptr<Body> unprepared(const Block& block) const;
  void place(Body::Segment& segment, const Body& body) const;
  ValueId owner(ValueId id) const;
  /// The owner, or the value itself if that is only a part of it.
  ValueId whole(ValueId id) const;

  Engine& engine_;
  std::vector<ValueId> scope_;
  std::map<std::string, Part> parts_;

  // Of the segment being prepared.
  struct Owned {
    ValueId id;
    size_t floats;
    size_t born;
    Body* body = nullptr;  // to which it is lent; then no value
  };
  std::vector<Owned> owned_;
  std::map<ValueId, ValueId> owner_;  // of values that lie in another's memory
  std::vector<Body::Constant> constants_;
  std::map<ValueId, std::shared_ptr<bool>> roundable_;
  std::map<ValueId, std::shared_ptr<Terms>> terms_;
  size_t at_ = 0;  // the node being prepared, of
  const Block* block_ = nullptr;
  double flops_ = 0;
};

/// Everything that a node reads from outside, its blocks included.
std::vector<ValueId> uses_of(const Node& node);
/// What a block reads of the values of enclosing blocks.
std::vector<ValueId> outer_uses(const Block& block);
/// Running the node again changes nothing.
bool repeatable(const Node& node);

/// The member that an index, a whole number, asks for. Error E0604 if there is none, as for NaN.
int64_t member_of(float index, int64_t members);

/// Bodies of one block for different sizes of its parameters; the latest few are kept.
class Variants {
 public:
  Variants(Preparing& preparing, const Block& block);
  /// The body for parameters of these layouts.
  Body& get(Engine& engine, const std::vector<Layout>& parameters);

 private:
  const Block* block_;
  Scope scope_;
  std::vector<std::unique_ptr<Body>> bodies_;  // latest used first
};

/// The closure of one node; each group of operations has its own file.
Run prepare_element(Preparing& preparing, const Node& node);  // unary, binary, select, cast
Run prepare_fused(Preparing& preparing, const Node& node);
Run prepare_reduce(Preparing& preparing, const Node& node);
Run prepare_shape(Preparing& preparing, const Node& node);
Run prepare_along(Preparing& preparing, const Node& node);  // quantile, top_k, cumsum ...
Run prepare_random(Preparing& preparing, const Node& node);
Run prepare_product(Preparing& preparing, const Node& node);  // linear, contract
Run prepare_group(Preparing& preparing, const Node& node);
Run prepare_control(Preparing& preparing, const Node& node);
Run prepare_tile(Preparing& preparing, const Node& node);
Run prepare_effect(Preparing& preparing, const Node& node);  // reads and changes states and memories
Run prepare_flow(Preparing& preparing, const Node& node);    // effects with blocks: repeat, every ...
Run prepare_simulate(Preparing& preparing, const Node& node);
Run prepare_descend(Preparing& preparing, const Node& node);
Run prepare_interact(Preparing& preparing, const Node& node);
Run prepare_play(Preparing& preparing, const Node& node);
Run prepare_evaluate(Preparing& preparing, const Node& node);

/// Copies an array from one layout to another of the same sizes.
std::function<void(const float* from, float* to)> strided_copy(const Layout& from, const Layout& to);
/// Copies a value, seen along the axes `order`, which may be more than its own, to memory laid out as `to`.
std::function<void(Thread&, float* to)> copier(const Preparing& preparing, ValueId id, const std::vector<Axis>& order,
                                               const Layout& to);

}  // namespace duet::plan
