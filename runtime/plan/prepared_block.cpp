#include "runtime/plan/prepared_block.h"

#include <algorithm>
#include <stdexcept>

namespace duet {

namespace {

bool same_block(const Block& a, const Block& b);

bool same_node(const Node& a, const Node& b) {
  return a.op == b.op && a.inputs == b.inputs && a.results == b.results && a.attributes == b.attributes &&
         std::ranges::equal(a.blocks, b.blocks, same_block);
}

bool same_block(const Block& a, const Block& b) {
  return a.parameters == b.parameters && a.results == b.results && std::ranges::equal(a.nodes, b.nodes, same_node);
}

}  // namespace

PreparedBlock::PreparedBlock(plan::Engine& engine, const Block& block, const std::vector<std::vector<int64_t>>& sizes)
    : engine_(engine), block_(block), sizes_(sizes) {
  if (sizes.size() != block.parameters.size()) throw std::logic_error("a block got too few or many arguments");
  engine.make_room();
  for (size_t i = 0; i < sizes.size(); ++i) {
    const plan::Layout layout = plan::contiguous_layout(sizes[i]);
    engine.layout(block.parameters[i]) = layout;
    elements_.push_back(static_cast<size_t>(layout.elements()));
    inputs_.emplace_back(elements_.back());
  }
  body_ = plan::Preparing(engine, {}).body(block_);
  for (const ValueId id : block.results) in_order_.emplace_back(engine.program.type(id).axes);
  outputs_.resize(block.results.size());
}

bool PreparedBlock::is_of(const Block& block, const std::vector<std::vector<int64_t>>& sizes) const {
  return sizes == sizes_ && same_block(block, block_);
}

void PreparedBlock::run() {
  plan::Thread& thread = engine_.main;
  for (size_t i = 0; i < inputs_.size(); ++i) thread.point(block_.parameters[i], inputs_[i].data());
  const plan::TickScope tick(thread);
  body_->run(thread);
  for (size_t i = 0; i < outputs_.size(); ++i)
    outputs_[i] = in_order_[i](thread.value(block_.results[i]), body_->result(i));
}

}  // namespace duet
