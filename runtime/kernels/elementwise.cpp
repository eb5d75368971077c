#include "runtime/kernels/elementwise.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "runtime/kernels/copy_row.h"
#include "runtime/kernels/element_kernels.h"
#include "runtime/kernels/vector.h"

namespace duet::kernels {

namespace {

constexpr size_t kMaxRank = 16;        // after merging
constexpr int64_t kBuffer = 6144;      // floats of all registers together: 24 KiB, so that they stay in the L1 cache
constexpr int64_t kLongestTile = 512;  // longer ones gain nothing
constexpr size_t kMaxRegisters = 256;  // what a uint8_t can name

int64_t rounded_up(int64_t n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(std::string("Elementwise: ") + message);
}

}  // namespace

std::optional<ElementOp> element_op(Op op) {
  switch (op) {
#define DUET_SAME(name) \
  case Op::name:        \
    return ElementOp::name;
    DUET_SAME(constant)
    DUET_SAME(neg)
    DUET_SAME(logical_not)
    DUET_SAME(abs)
    DUET_SAME(exp)
    DUET_SAME(log)
    DUET_SAME(sqrt)
    DUET_SAME(square)
    DUET_SAME(sin)
    DUET_SAME(cos)
    DUET_SAME(tanh)
    DUET_SAME(asin)
    DUET_SAME(acos)
    DUET_SAME(atan)
    DUET_SAME(relu)
    DUET_SAME(swish)
    DUET_SAME(sigmoid)
    DUET_SAME(softplus)
    DUET_SAME(floor)
    DUET_SAME(sign)
    DUET_SAME(is_finite)
    DUET_SAME(add)
    DUET_SAME(sub)
    DUET_SAME(mul)
    DUET_SAME(div)
    DUET_SAME(pow)
    DUET_SAME(minimum)
    DUET_SAME(maximum)
    DUET_SAME(atan2)
    DUET_SAME(less)
    DUET_SAME(less_equal)
    DUET_SAME(equal)
    DUET_SAME(not_equal)
    DUET_SAME(logical_and)
    DUET_SAME(logical_or)
    DUET_SAME(select)
#undef DUET_SAME
    case Op::stop:
      return ElementOp::copy;
    default:
      return std::nullopt;
  }
}

int operand_count(ElementOp op) {
  if (op == ElementOp::constant) return 0;
  if (op == ElementOp::select) return 3;
  return op >= ElementOp::add ? 2 : 1;
}

Elementwise::Elementwise(std::vector<Instruction> code, int inputs, std::vector<uint8_t> output_registers,
                         std::vector<int64_t> sizes, std::vector<std::vector<int64_t>> input_strides,
                         std::vector<std::vector<int64_t>> output_strides)
    : sizes_(std::move(sizes)) {
  require(inputs >= 0 && input_strides.size() == static_cast<size_t>(inputs), "one list of strides per input");
  require(output_strides.size() == output_registers.size(), "one list of strides per output");
  for (size_t i = 0; i < input_strides.size(); ++i)
    inputs_.push_back({static_cast<uint8_t>(i), std::move(input_strides[i])});
  for (size_t i = 0; i < output_strides.size(); ++i)
    outputs_.push_back({output_registers[i], std::move(output_strides[i])});
  for (const Instruction& instruction : code) steps_.push_back({element_kernel(instruction.op), instruction, -1});
  check();
  for (const int64_t size : sizes_) size_ *= size;
  order_dimensions();
  merge_dimensions();
  choose_tiles();
  hoist_constants();
  mark_operands();
  mark_targets();
}

void Elementwise::check() {
  std::array<bool, kMaxRegisters> written{};
  require(inputs_.size() <= kMaxRegisters, "more inputs than registers");
  std::fill_n(written.begin(), inputs_.size(), true);
  registers_ = static_cast<int>(inputs_.size());
  for (Step& step : steps_) {
    Instruction& i = step.instruction;
    int read = operand_count(i.op);
    for (uint8_t* operand : {&i.a, &i.b, &i.c}) {
      require(read <= 0 || written[*operand], "a register is read before it is written");
      if (read-- <= 0) *operand = 0;  // ignored, but looked up
    }
    written[i.to] = true;
    registers_ = std::max(registers_, i.to + 1);
  }
  for (const Operand& input : inputs_) require(input.strides.size() == sizes_.size(), "one stride per dimension");
  for (const Operand& output : outputs_) {
    require(written[output.reg], "an output is never written");
    require(output.strides.size() == sizes_.size(), "one stride per dimension");
    for (size_t d = 0; d < sizes_.size(); ++d)
      require(sizes_[d] <= 1 || output.strides[d] != 0, "an output repeats itself");
  }
}

/// Sorts the dimensions by how far the first output moves along them, the shortest way last, and drops those of size 1.
void Elementwise::order_dimensions() {
  std::vector<size_t> order;
  for (size_t d = 0; d < sizes_.size(); ++d)
    if (sizes_[d] != 1) order.push_back(d);
  if (!outputs_.empty()) {
    const std::vector<int64_t> way = outputs_.front().strides;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return way[a] > way[b]; });
  }
  const auto reorder = [&](std::vector<int64_t>& numbers) {
    std::vector<int64_t> sorted;
    for (const size_t d : order) sorted.push_back(numbers[d]);
    numbers = std::move(sorted);
  };
  reorder(sizes_);
  for (Operand& input : inputs_) reorder(input.strides);
  for (Operand& output : outputs_) reorder(output.strides);
}

/// Makes one dimension of two neighbours wherever every operand walks through both evenly. At least one remains.
void Elementwise::merge_dimensions() {
  const auto every_operand = [&](auto test) {
    return std::all_of(inputs_.begin(), inputs_.end(), test) && std::all_of(outputs_.begin(), outputs_.end(), test);
  };
  const auto erase = [](std::vector<int64_t>& numbers, size_t d) {
    numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(d));
  };
  for (size_t d = sizes_.size(); d-- > 1;) {
    const bool even =
        every_operand([&](const Operand& operand) { return operand.strides[d - 1] == operand.strides[d] * sizes_[d]; });
    if (!even) continue;
    sizes_[d] *= sizes_[d - 1];
    erase(sizes_, d - 1);
    for (Operand& input : inputs_) erase(input.strides, d - 1);
    for (Operand& output : outputs_) erase(output.strides, d - 1);
  }
  if (sizes_.empty()) {
    sizes_.push_back(1);
    for (Operand& input : inputs_) input.strides.push_back(1);
    for (Operand& output : outputs_) output.strides.push_back(1);
  }
  require(sizes_.size() <= kMaxRank, "too many dimensions");
}

/// A tile takes whole inner dimensions while at least two of their runs fit, then a piece of the next one, such that
/// most tiles fill whole vectors.
void Elementwise::choose_tiles() {
  capacity_ = std::min(kLongestTile, kBuffer / std::max(registers_, 1)) / kLanes * kLanes;
  cut_ = sizes_.size() - 1;
  while (cut_ > 0 && inner_ * sizes_[cut_] * 2 <= capacity_) inner_ *= sizes_[cut_--];
  chunk_ = std::clamp<int64_t>(capacity_ / std::max<int64_t>(inner_, 1), 1, std::max<int64_t>(sizes_[cut_], 1));
  const int64_t whole = kLanes / std::gcd(inner_, int64_t{kLanes});
  if (chunk_ > whole) chunk_ -= chunk_ % whole;
}

/// Constants whose register nothing else writes are filled in once per run.
void Elementwise::hoist_constants() {
  const auto hoisted = [&](const Step& step) {
    if (step.instruction.op != ElementOp::constant || step.instruction.to < inputs_.size()) return false;
    const auto same = [&](const Step& other) { return other.instruction.to == step.instruction.to; };
    return std::count_if(steps_.begin(), steps_.end(), same) == 1;
  };
  for (const Step& step : steps_)
    if (hoisted(step)) once_.push_back(step);
  const auto is_once = [&](const Step& step) {
    return std::any_of(once_.begin(), once_.end(),
                       [&](const Step& other) { return other.instruction.to == step.instruction.to; });
  };
  steps_.erase(std::remove_if(steps_.begin(), steps_.end(), is_once), steps_.end());
}

void Elementwise::mark_operands() {
  const auto is_output = [&](uint8_t reg) {
    return std::any_of(outputs_.begin(), outputs_.end(), [&](const Operand& output) { return output.reg == reg; });
  };
  for (Operand& input : inputs_) {
    // An input that is an output too is copied first: its memory may be that of another output.
    input.direct = is_contiguous(input) && !is_output(input.reg);
    const bool still = std::all_of(input.strides.begin(), input.strides.begin() + static_cast<std::ptrdiff_t>(cut_) + 1,
                                   [](int64_t stride) { return stride == 0; });
    input.invariant = still && !is_written(input.reg);
  }
  for (Operand& output : outputs_) output.direct = is_contiguous(output);
}

/// An instruction writes straight to the memory of an output if it is the last to write its register, and if no input,
/// whose memory that may be, is read in place afterwards.
void Elementwise::mark_targets() {
  const auto reads_in_place = [&](const Step& step) {
    const Instruction& i = step.instruction;
    const std::array<uint8_t, 3> operands{i.a, i.b, i.c};
    return std::any_of(operands.begin(), operands.begin() + operand_count(i.op),
                       [&](uint8_t reg) { return reg < inputs_.size() && inputs_[reg].direct; });
  };
  std::array<bool, kMaxRegisters> settled{};
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const uint8_t reg = step->instruction.to;
    for (size_t i = 0; !settled[reg] && step->output < 0 && i < outputs_.size(); ++i)
      if (outputs_[i].reg == reg && outputs_[i].direct) step->output = static_cast<int>(i);
    settled[reg] = true;
    if (reads_in_place(*step)) return;
  }
}

bool Elementwise::is_written(uint8_t reg) const {
  return std::any_of(steps_.begin(), steps_.end(), [&](const Step& step) { return step.instruction.to == reg; });
}

/// True if the elements of a tile lie side by side.
bool Elementwise::is_contiguous(const Operand& operand) const {
  int64_t expected = 1;
  for (size_t d = sizes_.size(); d-- > cut_;) {
    if (sizes_[d] != 1 && operand.strides[d] != expected) return false;
    expected *= sizes_[d];
  }
  return true;
}

/// The registers of one run, on the stack of its thread.
class Elementwise::Tile {
 public:
  using Index = std::array<int64_t, kMaxRank>;

  Tile(const Elementwise& program, const float* const* inputs, float* const* outputs)
      : program_(program), inputs_(inputs), outputs_(outputs) {
    std::fill_n(source_.begin(), program_.registers_, nullptr);
    const int64_t longest = rounded_up(program_.chunk_ * program_.inner_);
    for (const Step& step : program_.once_) {
      float* to = slot(step.instruction.to);
      step.kernel(nullptr, nullptr, nullptr, step.instruction.value, to, longest);
      source_[step.instruction.to] = to;
    }
  }

  /// The tile that begins at `index` of the outer dimensions and takes `count` steps of the one that is cut.
  void run(const Index& index, int64_t count) {
    count_ = count;
    n_ = count * program_.inner_;
    whole_ = n_ % kLanes == 0;
    for (size_t i = 0; i < program_.inputs_.size(); ++i) bring_in(program_.inputs_[i], inputs_[i], index);
    const int64_t padded = rounded_up(n_);
    for (const Step& step : program_.steps_) {
      const Instruction& i = step.instruction;
      float* to = target(step, index);
      step.kernel(source_[i.a], source_[i.b], source_[i.c], i.value, to, padded);
      source_[i.to] = to;
    }
    for (size_t i = 0; i < program_.outputs_.size(); ++i) bring_out(program_.outputs_[i], outputs_[i], index);
    first_ = false;
  }

 private:
  float* slot(uint8_t reg) { return buffer_ + reg * program_.capacity_; }

  int64_t offset(const Operand& operand, const Index& index) const {
    int64_t sum = 0;
    for (size_t d = 0; d <= program_.cut_; ++d) sum += index[d] * operand.strides[d];
    return sum;
  }

  void bring_in(const Operand& input, const float* memory, const Index& index) {
    const float* from = memory + offset(input, index);
    if (input.direct && whole_) {
      source_[input.reg] = from;
      return;
    }
    if (input.invariant && !first_ && source_[input.reg] == slot(input.reg)) return;
    float* to = slot(input.reg);
    if (!whole_) store(to + rounded_up(n_) - kLanes, Floats{});  // no stray numbers behind the last element
    gather(input, program_.cut_, count_, from, to);
    source_[input.reg] = to;
  }

  float* target(const Step& step, const Index& index) {
    if (step.output < 0 || !whole_) return slot(step.instruction.to);
    const auto output = static_cast<size_t>(step.output);
    return outputs_[output] + offset(program_.outputs_[output], index);
  }

  void bring_out(const Operand& output, float* memory, const Index& index) {
    float* to = memory + offset(output, index);
    if (source_[output.reg] != to) scatter(output, program_.cut_, count_, source_[output.reg], to);
  }

  /// Strided memory, from dimension d inwards, into a register; returns where the register goes on.
  float* gather(const Operand& input, size_t d, int64_t count, const float* from, float* to) const {
    const int64_t stride = input.strides[d];
    if (d + 1 == program_.sizes_.size() || input.direct) {
      const int64_t length = input.direct ? n_ : count;
      copy_row(from, input.direct ? 1 : stride, to, length);
      return to + length;
    }
    const int64_t inside = program_.sizes_[d + 1];
    if (d + 2 == program_.sizes_.size()) {
      const int64_t step = input.strides[d + 1];
      for (int64_t i = 0; i < count; ++i, to += inside) copy_row(from + i * stride, step, to, inside);
      return to;
    }
    for (int64_t i = 0; i < count; ++i) to = gather(input, d + 1, inside, from + i * stride, to);
    return to;
  }

  /// The way back.
  const float* scatter(const Operand& output, size_t d, int64_t count, const float* from, float* to) const {
    const int64_t stride = output.strides[d];
    if (d + 1 == program_.sizes_.size() || output.direct) {
      const int64_t length = output.direct ? n_ : count;
      spread_row(from, to, output.direct ? 1 : stride, length);
      return from + length;
    }
    for (int64_t i = 0; i < count; ++i) from = scatter(output, d + 1, program_.sizes_[d + 1], from, to + i * stride);
    return from;
  }

  const Elementwise& program_;
  const float* const* inputs_;
  float* const* outputs_;
  int64_t count_ = 0, n_ = 0;
  bool whole_ = false;  // n is a multiple of the vector length
  bool first_ = true;
  std::array<const float*, kMaxRegisters> source_;  // where each register in use is
  alignas(kVectorBytes) float buffer_[kBuffer];
};

void Elementwise::run(const float* const* inputs, float* const* outputs) const {
  if (size_ == 0) return;
  Tile tile(*this, inputs, outputs);
  Tile::Index index{};
  const auto advance = [&] {
    for (size_t d = cut_; d-- > 0; index[d] = 0)
      if (++index[d] < sizes_[d]) return true;
    return false;
  };
  do {
    for (int64_t& at = index[cut_] = 0; at < sizes_[cut_]; at += chunk_)
      tile.run(index, std::min(chunk_, sizes_[cut_] - at));
  } while (advance());
}

}  // namespace duet::kernels
