#include <stdexcept>

#include "runtime/kernels/elementwise.h"
#include "runtime/plan/body.h"
#include "runtime/plan/trap.h"

/// Element-wise operations: one alone, or a chain of them in one pass.
namespace duet::plan {

namespace {

using kernels::ElementOp;
using kernels::Elementwise;
using kernels::Instruction;

/// Writes nodes as a program for registers. Inputs get the first registers, in the order in which they are met.
class Tape {
 public:
  explicit Tape(const Preparing& preparing) : preparing_(preparing) {}

  /// To be called for every value that is read from outside, before the first `add`.
  void read(ValueId id) {
    if (registers_.count(id)) return;
    inputs_.push_back(id);
    registers_[id] = next();
  }

  void add(const Node& node) {
    const ValueId out = node.results.at(0);
    const Kind kind = preparing_.type(out).kind;
    if (node.op == Op::constant)
      return write(out, {ElementOp::constant, 0, 0, 0, 0, static_cast<float>(node.real("value"))});
    if (node.op == Op::rename || node.op == Op::expand) {  // the same number at the same place
      registers_[out] = of(node.inputs.at(0));
      return;
    }
    if (node.op == Op::cast) return cast(out, node.inputs.at(0), kind);
    const auto op = kernels::element_op(node.op);
    if (!op) throw std::logic_error(std::string(info(node.op).name) + " is not element-wise");
    Instruction instruction{*op};
    if (!node.inputs.empty()) instruction.a = of(node.inputs[0]);
    if (node.inputs.size() > 1) instruction.b = of(node.inputs[1]);
    if (node.inputs.size() > 2) instruction.c = of(node.inputs[2]);
    write(out, instruction);
    // A quotient of indices is an index again.
    if (kind == Kind::index && (node.op == Op::div || node.op == Op::pow)) convert(out, out, ElementOp::truncate);
    if (kind == Kind::boolean && info(node.op).group == OpGroup::shape) convert(out, out, ElementOp::nonzero);
  }

  uint8_t of(ValueId id) const { return registers_.at(id); }
  const std::vector<ValueId>& inputs() const { return inputs_; }
  const std::vector<Instruction>& code() const { return code_; }

 private:
  uint8_t next() {
    if (count_ == 256) throw std::logic_error("a fused chain has more than 256 values");
    return static_cast<uint8_t>(count_++);
  }
  void write(ValueId out, Instruction instruction) {
    instruction.to = next();
    registers_[out] = instruction.to;
    code_.push_back(instruction);
  }
  void convert(ValueId out, ValueId in, ElementOp op) { write(out, {op, 0, of(in)}); }
  void cast(ValueId out, ValueId in, Kind kind) {
    const Kind from = preparing_.type(in).kind;
    if (kind == Kind::index && from == Kind::real) return convert(out, in, ElementOp::truncate);
    if (kind == Kind::boolean && from != Kind::boolean) return convert(out, in, ElementOp::nonzero);
    convert(out, in, ElementOp::copy);
  }

  const Preparing& preparing_;
  std::vector<ValueId> inputs_;
  std::map<ValueId, uint8_t> registers_;
  std::vector<Instruction> code_;
  int count_ = 0;
};

/// Nothing is computed that costs: constants and copies are free.
double cost(const std::vector<Instruction>& code) {
  double n = 0;
  for (const Instruction& instruction : code)
    n += instruction.op != ElementOp::constant && instruction.op != ElementOp::copy;
  return n;
}

using Strides = std::vector<std::vector<int64_t>>;  // of each operand

/// Of values seen along the axes of another.
Strides operand_strides(const Preparing& preparing, const std::vector<ValueId>& ids, ValueId whole) {
  Strides strides;
  for (const ValueId id : ids)
    strides.push_back(aligned_strides(preparing.layout(id), preparing.axes(id), preparing.axes(whole)));
  return strides;
}

Run element_step(Preparing& preparing, const Node& node, const Tape& tape, const std::vector<ValueId>& results,
                 const std::vector<uint8_t>& registers) {
  for (const ValueId id : results) preparing.allocate(id, node);
  const Strides in = operand_strides(preparing, tape.inputs(), results.at(0));
  const Strides out = operand_strides(preparing, results, results[0]);
  const Elementwise kernel(tape.code(), static_cast<int>(tape.inputs().size()), registers,
                           preparing.layout(results[0]).sizes, in, out);
  preparing.count(static_cast<double>(kernel.size()) * cost(tape.code()));
  std::vector<const float*> from(tape.inputs().size());
  std::vector<float*> to(results.size());
  return [kernel, inputs = tape.inputs(), results, from, to](Thread& thread) mutable {
    for (size_t i = 0; i < inputs.size(); ++i) from[i] = thread.value(inputs[i]);
    for (size_t i = 0; i < results.size(); ++i) to[i] = thread.value(results[i]);
    kernel.run(from.data(), to.data());
  };
}

/// A chain with every value of it in memory, so that the node which made a NaN can be named.
Run chain_in_the_open(const Preparing& preparing, const Node& node, const Tape& tape) {
  const Strides in = operand_strides(preparing, tape.inputs(), node.results.at(0));
  const Layout whole = contiguous_layout(preparing.layout(node.results[0]).sizes);
  std::vector<uint8_t> registers;
  for (const Node& inner : node.blocks[0].nodes) registers.push_back(tape.of(inner.results[0]));
  return [=, chain = &node.blocks[0], code = tape.code(), inputs = tape.inputs()](Thread& thread) {
    const size_t n = registers.size();
    std::vector<std::vector<float>> values(n, std::vector<float>(static_cast<size_t>(whole.elements())));
    std::vector<const float*> from;
    std::vector<float*> to;
    for (const ValueId id : inputs) from.push_back(thread.value(id));
    for (size_t i = 0; i < n; ++i) {
      const ValueId id = chain->nodes[i].results[0];
      to.push_back(values[i].data());
      thread.point(id, values[i].data());
      thread.engine.layout(id) = whole;
    }
    Elementwise(code, static_cast<int>(inputs.size()), registers, whole.sizes, in, Strides(n, whole.strides))
        .run(from.data(), to.data());
    find_culprit_within(thread, *chain);
  };
}

}  // namespace

Run prepare_element(Preparing& preparing, const Node& node) {
  Tape tape(preparing);
  for (const ValueId id : node.inputs) tape.read(id);
  tape.add(node);
  return element_step(preparing, node, tape, node.results, {tape.of(node.results.at(0))});
}

Run prepare_fused(Preparing& preparing, const Node& node) {
  const Block& block = node.blocks.at(0);
  Tape tape(preparing);
  for (const ValueId id : outer_uses(block)) tape.read(id);
  for (const Node& inner : block.nodes) tape.add(inner);
  std::vector<uint8_t> registers;
  for (const ValueId id : block.results) registers.push_back(tape.of(id));
  const Run run = element_step(preparing, node, tape, node.results, registers);
  return [run, open = chain_in_the_open(preparing, node, tape)](Thread& thread) {
    if (thread.engine.tracing) open(thread);  // first: a result may take the place of an input
    run(thread);
  };
}

}  // namespace duet::plan
