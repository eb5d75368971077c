#include "runtime/kernels/element_kernels.h"

#include <cmath>
#include <stdexcept>

#include "runtime/kernels/vector_math.h"

namespace duet::kernels {

namespace {

/// 1 where the mask is set, else 0.
DUET_VECTOR Floats truth(Ints mask) {
  return floats_of(mask & bits_of(all(1.0f)));
}

/// The first of the two that is NaN, else their minimum; likewise the maximum.
DUET_VECTOR Floats minimum(Floats a, Floats b) {
  const Floats least = a < b ? a : b;  // b if either is NaN
  return a == a ? least : a;
}
DUET_VECTOR Floats maximum(Floats a, Floats b) {
  const Floats most = a > b ? a : b;
  return a == a ? most : a;
}

DUET_VECTOR Floats sign(Floats x) {
  return truth(x > 0.0f) - truth(x < 0.0f);
}

void fill(const float*, const float*, const float*, float value, float* to, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) store(to + i, all(value));
}

/// A loop over registers for a function of one, two or three of them (a lambda without captures).
template <auto function>
void unary(const float* a, const float*, const float*, float, float* to, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) store(to + i, function(load(a + i)));
}
template <auto function>
void binary(const float* a, const float* b, const float*, float, float* to, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) store(to + i, function(load(a + i), load(b + i)));
}
void select(const float* a, const float* b, const float* c, float, float* to, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) store(to + i, load(a + i) != 0.0f ? load(b + i) : load(c + i));
}

/// The same, element by element, for functions of the C library.
template <auto function>
void unary_by_element(const float* a, const float*, const float*, float, float* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = function(a[i]);
}
template <auto function>
void binary_by_element(const float* a, const float* b, const float*, float, float* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = function(a[i], b[i]);
}

/// Sine or cosine: angles too large for the vector function, infinities and NaN are left to the C library.
template <int quarters, auto exact>
void trigonometric(const float* a, const float*, const float*, float, float* to, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes) {
    const Floats x = load(a + i);
    const Ints far = ~(math::abs(x) <= math::kLargestAngle);
    store(to + i, math::sine_ahead(x, quarters));
    int32_t any = 0;
    for (int lane = 0; lane < kLanes; ++lane) any |= far[lane];
    for (int lane = 0; any != 0 && lane < kLanes; ++lane)
      if (far[lane] != 0) to[i + lane] = exact(x[lane]);
  }
}

#define DUET_UNARY(expression) unary<[](Floats x) { return expression; }>
#define DUET_BINARY(expression) binary<[](Floats a, Floats b) { return expression; }>
#define DUET_LIBRARY_UNARY(expression) unary_by_element<[](float x) { return expression; }>
#define DUET_LIBRARY_BINARY(expression) binary_by_element<[](float a, float b) { return expression; }>

}  // namespace

ElementKernel element_kernel(ElementOp op) {
  switch (op) {
    case ElementOp::constant:
      return fill;
    case ElementOp::copy:
      return DUET_UNARY(x);
    case ElementOp::neg:
      return DUET_UNARY(-x);
    case ElementOp::logical_not:
      return DUET_UNARY(truth(x == 0.0f));
    case ElementOp::abs:
      return DUET_UNARY(math::abs(x));
    case ElementOp::exp:
      return DUET_UNARY(math::exp(x));
    case ElementOp::log:
      return DUET_UNARY(math::log(x));
    case ElementOp::sqrt:
      return DUET_UNARY(math::sqrt(x));
    case ElementOp::square:
      return DUET_UNARY(x * x);
    case ElementOp::sin:
      return trigonometric<0, [](float x) { return std::sin(x); }>;
    case ElementOp::cos:
      return trigonometric<1, [](float x) { return std::cos(x); }>;
    case ElementOp::tanh:
      return DUET_UNARY(math::tanh(x));
    case ElementOp::asin:
      return DUET_LIBRARY_UNARY(std::asin(x));
    case ElementOp::acos:
      return DUET_LIBRARY_UNARY(std::acos(x));
    case ElementOp::atan:
      return DUET_LIBRARY_UNARY(std::atan(x));
    case ElementOp::relu:
      return DUET_UNARY(x <= 0.0f ? Floats{} : x);
    case ElementOp::swish:
      return DUET_UNARY(math::swish(x));
    case ElementOp::sigmoid:
      return DUET_UNARY(math::sigmoid(x));
    case ElementOp::softplus:
      return DUET_UNARY(math::softplus(x));
    case ElementOp::floor:
      return DUET_UNARY(math::floor(x));
    case ElementOp::sign:
      return DUET_UNARY(sign(x));
    case ElementOp::is_finite:
      return DUET_UNARY(truth((bits_of(x) & 0x7f800000) != 0x7f800000));
    case ElementOp::truncate:
      return DUET_UNARY(math::truncate(x));
    case ElementOp::nonzero:
      return DUET_UNARY(truth(x != 0.0f));
    case ElementOp::add:
      return DUET_BINARY(a + b);
    case ElementOp::sub:
      return DUET_BINARY(a - b);
    case ElementOp::mul:
      return DUET_BINARY(a * b);
    case ElementOp::div:
      return DUET_BINARY(a / b);
    case ElementOp::pow:
      return DUET_LIBRARY_BINARY(std::pow(a, b));
    case ElementOp::minimum:
      return DUET_BINARY(minimum(a, b));
    case ElementOp::maximum:
      return DUET_BINARY(maximum(a, b));
    case ElementOp::atan2:
      return DUET_LIBRARY_BINARY(std::atan2(a, b));
    case ElementOp::less:
      return DUET_BINARY(truth(a < b));
    case ElementOp::less_equal:
      return DUET_BINARY(truth(a <= b));
    case ElementOp::equal:
      return DUET_BINARY(truth(a == b));
    case ElementOp::not_equal:
      return DUET_BINARY(truth(a != b));
    case ElementOp::logical_and:
      return DUET_BINARY(truth((a != 0.0f) & (b != 0.0f)));
    case ElementOp::logical_or:
      return DUET_BINARY(truth((a != 0.0f) | (b != 0.0f)));
    case ElementOp::select:
      return select;
  }
  throw std::logic_error("element_kernel: not an operation");
}

}  // namespace duet::kernels
