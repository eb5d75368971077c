// Derivatives of loops. The loop forward saves the carries that every step began with; the loop backward goes through
// the steps from the last to the first, computes each again from what was saved (under the same tick: the same draws)
// and passes derivatives on from its results to what it read.
#include <algorithm>

#include "compiler/passes/copy_block.h"
#include "compiler/passes/reverse.h"

namespace duet {

namespace {

class ScanAdjoint {
 public:
  ScanAdjoint(Reverse& reverse, Node& node)
      : reverse_(reverse),
        emit_(reverse.emit),
        builder_(reverse.emit.builder()),
        node_(node),
        body_(node.blocks[0]),
        copy_(builder_.program()),
        axis_(node.text("axis")),
        from_(node.integer("from")),
        count_(node.integer("count")),
        carries_(static_cast<size_t>(node.integer("carries"))) {
    inside_ = axis_ + "'";
    for (size_t i = 0; i < carries_; ++i)
      while (emit_.type(body_.parameters[1 + i]).has(inside_)) inside_ += "'";
  }

  void run() {
    save_carries();
    find_arriving();
    Block block = backward();
    emit_loop(std::move(block));
  }

 private:
  /// One kind of things that the loop backward takes along: inputs of the node, parameters of its block.
  struct Ports {
    std::vector<ValueId> inputs, parameters;
    void add(ValueId input, ValueId parameter) {
      inputs.push_back(input);
      parameters.push_back(parameter);
    }
    size_t size() const { return inputs.size(); }
  };

  /// The derivative towards an output, along the steps or (`stacked` false) the same for all.
  struct Arriving {
    ValueId result;  // of the forward block
    ValueId derivative;
    bool stacked;
  };

  bool clashes(const Type& carry) const { return carry.has(axis_); }

  /// Every step of the loop forward gives out the carries that it began with. In these, an axis called like that of
  /// the steps gets another name.
  void save_carries() {
    for (size_t i = 0; i < carries_; ++i) {
      ValueId id = body_.parameters[1 + i];
      if (clashes(emit_.type(id))) {
        OpenBlock renaming(builder_);
        id = builder_.rename(id, axis_, inside_, node_.span);
        body_.nodes.push_back(std::move(builder_.block().nodes.back()));
      }
      body_.results.push_back(id);
      Type type = emit_.type(id);
      type.axes.insert(type.axes.begin(), {axis_, count_});
      builder_.program().values.push_back({std::move(type), {}});
      saved_.push_back(static_cast<ValueId>(builder_.program().values.size() - 1));
    }
  }

  void find_arriving() {
    for (size_t i = carries_; i < node_.results.size(); ++i)
      if (const auto g = reverse_.of(node_.results[i])) {
        const bool stacked = emit_.type(*g).has(axis_);
        arriving_.push_back({body_.results[i], stacked ? from_steps(*g) : *g, stacked});
      }
    node_.results.insert(node_.results.end(), saved_.begin(), saved_.end());
  }

  /// What has an element for each step, moved to where the slices of this loop are.
  ValueId from_steps(ValueId stacked) {
    if (from_ == 0) return stacked;
    Type type = emit_.type(stacked);
    type.axes[static_cast<size_t>(type.find(axis_))].size = from_ + count_;
    return builder_.emit1(Op::pad, {stacked}, type, emit_.span, {{"axis", axis_}, {"before", from_}});
  }

  ValueId sequence(ValueId input) {
    const ValueId slice = builder_.parameter(emit_.type(input).without(axis_));
    sequences_.add(input, slice);
    return slice;
  }

  Block backward() {
    // What only a slice of is read is moved before the block is opened.
    std::vector<ValueId> saved;
    for (const ValueId id : saved_) saved.push_back(from_steps(id));
    OpenBlock open(builder_);
    step_ = builder_.parameter(emit_.type(body_.parameters[0]));
    copy_.map(body_.parameters[0], step_);
    for (size_t i = 0; i < carries_; ++i) {
      ValueId carry = sequence(saved[i]);
      if (clashes(emit_.type(body_.parameters[1 + i]))) carry = builder_.rename(carry, inside_, axis_, node_.span);
      stands_for(body_.parameters[1 + i], carry);
    }
    for (size_t i = carries_; i < node_.inputs.size(); ++i)
      stands_for(body_.parameters[1 + i], sequence(node_.inputs[i]));
    std::vector<Node> nodes = std::move(builder_.block().nodes);
    builder_.block().nodes.clear();
    for (Node& node : copy_.nodes(body_.nodes)) nodes.push_back(std::move(node));
    reverse_.activity().mark(nodes);
    Reverse inner(builder_, reverse_.activity());
    inner.emit.span = node_.span;
    seed(inner);
    inner.walk(nodes);
    inner.emit.span = node_.span;
    const std::vector<ValueId> results = gather(inner);
    Block block = open.close();
    nodes.insert(nodes.end(), std::make_move_iterator(block.nodes.begin()), std::make_move_iterator(block.nodes.end()));
    block.nodes = std::move(nodes);
    block.results = results;
    block.parameters = {step_};
    for (const Ports* ports : {&leaving_, &sums_, &sequences_})
      block.parameters.insert(block.parameters.end(), ports->parameters.begin(), ports->parameters.end());
    return block;
  }

  void stands_for(ValueId parameter, ValueId now) {
    copy_.map(parameter, now);
    if (reverse_.wants(parameter)) reverse_.activity().add(now);
  }

  /// The derivatives towards what a step gives: carried over from the later steps, or those of its outputs.
  void seed(Reverse& inner) {
    for (size_t i = 0; i < carries_; ++i) {
      if (!reverse_.wants(body_.parameters[1 + i])) continue;
      const ValueId g = builder_.parameter(emit_.type(body_.parameters[1 + i]));
      leaving_.add(node_.results[i], g);
      inner.add(copy_(body_.results[i]), g);
    }
    for (const Arriving& it : arriving_)
      inner.add(copy_(it.result), it.stacked ? sequence(it.derivative) : it.derivative);
  }

  /// The results of a step backward: the derivatives towards its carries, the sums towards what all steps read, and
  /// the derivatives towards its slices.
  std::vector<ValueId> gather(Reverse& inner) {
    std::vector<ValueId> results;
    for (size_t i = 0; i < carries_; ++i) {
      if (!reverse_.wants(body_.parameters[1 + i])) continue;
      starts_.push_back(node_.inputs[i]);
      results.push_back(inner.total(copy_(body_.parameters[1 + i])));
    }
    for (const ValueId outer : free_values(body_)) {
      const auto g = inner.of(outer);
      if (!g) continue;
      const ValueId sum = builder_.parameter(emit_.type(outer));
      sums_.add(outer, sum);
      results.push_back(inner.emit.arrange(inner.emit.add(sum, *g), emit_.type(outer)));
    }
    for (size_t i = carries_; i < node_.inputs.size(); ++i) {
      const ValueId slice = copy_(body_.parameters[1 + i]);
      if (!inner.of(slice)) continue;
      sliced_.push_back(node_.inputs[i]);
      results.push_back(inner.total(slice));
    }
    return results;
  }

  void emit_loop(Block block) {
    std::vector<ValueId> inputs;
    for (const ValueId result : leaving_.inputs) inputs.push_back(reverse_.total(result));
    for (const ValueId outer : sums_.inputs) inputs.push_back(emit_.spread(emit_.number(0), outer));
    inputs.insert(inputs.end(), sequences_.inputs.begin(), sequences_.inputs.end());
    const size_t carried = leaving_.size() + sums_.size();
    std::vector<Type> types;
    for (size_t i = 0; i < block.results.size(); ++i) {
      types.push_back(emit_.type(block.results[i]));
      if (i >= carried) types.back().axes.insert(types.back().axes.begin(), {axis_, count_});
    }
    Attributes attributes = node_.attributes;
    if (attributes.erase("reverse") == 0) attributes["reverse"] = int64_t{1};
    attributes["carries"] = static_cast<int64_t>(carried);
    attributes["sequences"] = static_cast<int64_t>(sequences_.size());
    std::vector<Block> blocks;
    blocks.push_back(std::move(block));
    const std::vector<ValueId> results =
        builder_.emit(Op::scan, inputs, types, node_.span, attributes, std::move(blocks));
    size_t next = 0;
    for (const ValueId start : starts_) reverse_.add(start, results[next++]);
    for (const ValueId outer : sums_.inputs) reverse_.add(outer, results[next++]);
    for (const ValueId whole : sliced_) reverse_.add(whole, emit_.pad(results[next++], axis_, from_, whole));
  }

  Reverse& reverse_;
  Emitter& emit_;
  Builder& builder_;
  Node& node_;
  Block& body_;
  Copier copy_;
  const std::string axis_;
  const int64_t from_, count_;
  const size_t carries_;
  std::string inside_;  // the name that an axis called `axis_` has in saved carries
  std::vector<ValueId> saved_;
  std::vector<Arriving> arriving_;
  ValueId step_ = -1;
  Ports leaving_, sums_, sequences_;
  std::vector<ValueId> starts_, sliced_;  // inputs of the loop forward that get the results
};

}  // namespace

void adjoint_scan(Reverse& reverse, Node& node) {
  if (node.integer("count") > 0) return ScanAdjoint(reverse, node).run();
  for (size_t i = 0; i < static_cast<size_t>(node.integer("carries")); ++i)
    if (const auto g = reverse.of(node.results[i])) reverse.add(node.inputs[i], *g);
}

/// An iteration is a scan without sequences; its steps have the same ticks.
void adjoint_iterate(Reverse& reverse, Node& node) {
  std::string axis = "iteration";
  for (const ValueId id : node.inputs)
    while (reverse.emit.type(id).has(axis)) axis += "'";
  node.op = Op::scan;
  node.attributes = {{"axis", axis},
                     {"from", int64_t{0}},
                     {"count", node.integer("count")},
                     {"carries", static_cast<int64_t>(node.inputs.size())},
                     {"sequences", int64_t{0}}};
  adjoint_scan(reverse, node);
}

}  // namespace duet
