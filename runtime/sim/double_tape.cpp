#include "runtime/sim/double_tape.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "runtime/core/error.h"
#include "runtime/core/hash.h"

namespace duet {
namespace {

// Least and largest let a NaN through, so that it is not hidden.
double least(double a, double b) {
  return std::isnan(a) || a < b ? a : b;
}
double largest(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}
double sign(double x) {
  return std::isnan(x) ? x : static_cast<double>((x > 0) - (x < 0));
}
double sigmoid(double x) {
  const double e = std::exp(-std::abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}
double softplus(double x) {
  return largest(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

}  // namespace

DoubleTape::DoubleTape(const Program& program, const Block& block) : code_(compile_tape(program, block)) {}

std::span<double> DoubleTape::parameter(std::size_t i) {
  const TapeRange range = code_.parameters.at(i);
  return {code_.slots.data() + range.begin, range.size};
}

void DoubleTape::read(std::size_t i, std::span<double> out) const {
  const std::vector<uint32_t>& slots = code_.results[i];
  if (out.size() != slots.size()) throw std::invalid_argument("DoubleTape::read: wrong size");
  for (std::size_t e = 0; e < slots.size(); ++e) out[e] = code_.slots[slots[e]];
}

void DoubleTape::run(DrawKey key) {
  for (const TapeInstruction& instruction : code_.instructions) execute(instruction, key);
}

template <class F>
void DoubleTape::each(const TapeInstruction& in, F function) {
  double* const slots = code_.slots.data();
  const uint32_t* const a = code_.pool.data() + in.operands[0];
  for (uint32_t i = 0; i < in.count; ++i) slots[in.out + i] = function(slots[a[i]]);
}

template <class F>
void DoubleTape::each_pair(const TapeInstruction& in, F function) {
  double* const slots = code_.slots.data();
  const uint32_t* const a = code_.pool.data() + in.operands[0];
  const uint32_t* const b = code_.pool.data() + in.operands[1];
  for (uint32_t i = 0; i < in.count; ++i) slots[in.out + i] = function(slots[a[i]], slots[b[i]]);
}

void DoubleTape::execute(const TapeInstruction& in, DrawKey key) {
  switch (in.op) {
    case Op::neg:
      return each(in, [](double x) { return -x; });
    case Op::logical_not:
      return each(in, [](double x) { return double(x == 0); });
    case Op::abs:
      return each(in, [](double x) { return std::abs(x); });
    case Op::exp:
      return each(in, [](double x) { return std::exp(x); });
    case Op::log:
      return each(in, [](double x) { return std::log(x); });
    case Op::sqrt:
      return each(in, [](double x) { return std::sqrt(x); });
    case Op::square:
      return each(in, [](double x) { return x * x; });
    case Op::sin:
      return each(in, [](double x) { return std::sin(x); });
    case Op::cos:
      return each(in, [](double x) { return std::cos(x); });
    case Op::tanh:
      return each(in, [](double x) { return std::tanh(x); });
    case Op::asin:
      return each(in, [](double x) { return std::asin(x); });
    case Op::acos:
      return each(in, [](double x) { return std::acos(x); });
    case Op::atan:
      return each(in, [](double x) { return std::atan(x); });
    case Op::relu:
      return each(in, [](double x) { return largest(x, 0.0); });
    case Op::swish:
      return each(in, [](double x) { return x * sigmoid(x); });
    case Op::sigmoid:
      return each(in, sigmoid);
    case Op::softplus:
      return each(in, softplus);
    case Op::floor:
      return each(in, [](double x) { return std::floor(x); });
    case Op::sign:
      return each(in, sign);
    case Op::is_finite:
      return each(in, [](double x) { return double(std::isfinite(x)); });
    case Op::cast:
      return each(in, [](double x) { return std::trunc(x); });
    case Op::add:
      return each_pair(in, [](double a, double b) { return a + b; });
    case Op::sub:
      return each_pair(in, [](double a, double b) { return a - b; });
    case Op::mul:
      return each_pair(in, [](double a, double b) { return a * b; });
    case Op::div:
      return each_pair(in, [](double a, double b) { return a / b; });
    case Op::pow:
      return each_pair(in, [](double a, double b) { return std::pow(a, b); });
    case Op::atan2:
      return each_pair(in, [](double a, double b) { return std::atan2(a, b); });
    case Op::minimum:
      return each_pair(in, least);
    case Op::maximum:
      return each_pair(in, largest);
    case Op::less:
      return each_pair(in, [](double a, double b) { return double(a < b); });
    case Op::less_equal:
      return each_pair(in, [](double a, double b) { return double(a <= b); });
    case Op::equal:
      return each_pair(in, [](double a, double b) { return double(a == b); });
    case Op::not_equal:
      return each_pair(in, [](double a, double b) { return double(a != b); });
    case Op::logical_and:
      return each_pair(in, [](double a, double b) { return double(a != 0 && b != 0); });
    case Op::logical_or:
      return each_pair(in, [](double a, double b) { return double(a != 0 || b != 0); });
    case Op::select: {
      const uint32_t* const c = code_.pool.data() + in.operands[0];
      for (uint32_t i = 0; i < in.count; ++i) {
        const uint32_t chosen = code_.slots[c[i]] != 0 ? in.operands[1] : in.operands[2];
        code_.slots[in.out + i] = code_.slots[code_.pool[chosen + i]];
      }
      return;
    }
    case Op::take:
      return execute_take(in);
    case Op::noise:
      return execute_noise(in, key);
    default:
      return execute_reduction(in);
  }
}

void DoubleTape::execute_reduction(const TapeInstruction& in) {
  const double* const slots = code_.slots.data();
  for (uint32_t i = 0; i < in.count; ++i) {
    const uint32_t* const x = code_.pool.data() + in.operands[0] + i * in.width;
    double sum = 0.0, best = in.width ? slots[x[0]] : 0.0;
    uint32_t best_at = 0;
    if (in.op == Op::sum || in.op == Op::mean || in.op == Op::std) {
      for (uint32_t j = 0; j < in.width; ++j) sum += slots[x[j]];
      const double mean = sum / in.width;
      if (in.op == Op::mean) sum = mean;
      if (in.op == Op::std) {
        double squares = 0.0;
        for (uint32_t j = 0; j < in.width; ++j) squares += (slots[x[j]] - mean) * (slots[x[j]] - mean);
        sum = std::sqrt(squares / in.width);
      }
      code_.slots[in.out + i] = sum;
      continue;
    }
    const bool down = in.op == Op::min || in.op == Op::argmin;
    for (uint32_t j = 1; j < in.width && !std::isnan(best); ++j) {
      const double next = slots[x[j]];
      if (!(std::isnan(next) || (down ? next < best : next > best))) continue;
      best = next;
      best_at = j;
    }
    code_.slots[in.out + i] = in.op == Op::min || in.op == Op::max ? best : static_cast<double>(best_at);
  }
}

void DoubleTape::execute_take(const TapeInstruction& in) {
  for (uint32_t i = 0; i < in.count; ++i) {
    const double index = std::trunc(code_.slots[code_.pool[in.operands[0] + i]]);
    if (!(index >= 0 && index < in.width)) {
      throw Error("E0604", "index " + std::to_string(index) + " is outside an axis of size " + std::to_string(in.width),
                  {}, in.span);
    }
    code_.slots[in.out + i] = code_.slots[code_.pool[in.operands[1] + i * in.width + static_cast<uint32_t>(index)]];
  }
}

void DoubleTape::execute_noise(const TapeInstruction& in, DrawKey key) {
  const std::span<double> out(code_.slots.data() + in.out, in.count);
  key.site = mix64(mix64(key.site) + in.site);
  if (in.normal) {
    fill_normal(key, 0, out);
  } else {
    fill_uniform(key, 0, out);
  }
}

int64_t DoubleTape::bad_source(const TapeInstruction& in, uint32_t i) const {
  const auto search = [&](int operand, uint32_t first, uint32_t count) -> int64_t {
    const uint32_t* const x = code_.pool.data() + in.operands[operand] + first;
    for (uint32_t j = 0; j < count; ++j)
      if (!std::isfinite(code_.slots[x[j]])) return x[j];
    return -1;
  };
  const auto chooser = [&] { return code_.slots[code_.pool[in.operands[0] + i]]; };
  if (in.op == Op::select) return search(chooser() != 0 ? 1 : 2, i, 1);
  if (in.op == Op::take) return search(1, i * in.width + static_cast<uint32_t>(chooser()), 1);
  for (int k = 0; k < in.operand_count; ++k)
    if (const int64_t slot = search(k, i * in.width, in.width); slot >= 0) return slot;
  return -1;
}

Span DoubleTape::culprit(std::size_t i) const {
  const std::vector<uint32_t>& result = code_.results[i];
  const auto first =
      std::find_if(result.begin(), result.end(), [&](uint32_t slot) { return !std::isfinite(code_.slots[slot]); });
  if (first == result.end()) return {};
  Span span;
  int64_t slot = *first;
  // Backwards from the bad element, always to a bad element that it was made of.
  for (auto in = code_.instructions.rbegin(); in != code_.instructions.rend() && slot >= 0; ++in) {
    if (slot < in->out || slot >= in->out + in->count) continue;
    if (in->span.known()) span = in->span;
    slot = bad_source(*in, static_cast<uint32_t>(slot - in->out));
  }
  return span;
}

}  // namespace duet
