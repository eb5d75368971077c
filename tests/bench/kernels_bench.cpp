// How fast the kernels are: products against the peak of this machine, and nanoseconds per element of the rest.
// Each figure is the best of several tries, since another process may hold the core.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/kernels/bfloat16.h"
#include "runtime/kernels/elementwise.h"
#include "runtime/kernels/matmul.h"
#include "runtime/kernels/optimize.h"
#include "runtime/kernels/peak.h"
#include "runtime/kernels/random.h"
#include "runtime/kernels/reduce.h"

namespace duet::kernels {
namespace {

constexpr DrawKey kKey{1, 2, 3};

/// Nanoseconds of one call.
template <typename Function>
double nanoseconds(int calls, Function call) {
  double best = 1e18;
  for (int attempt = 0; attempt < 15; ++attempt) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) call();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / calls);
  }
  return best;
}

int calls_for(double flops) {
  return static_cast<int>(std::max(1.0, 2e7 / (flops + 1e4)));
}

std::vector<float> normals(int64_t n) {
  std::vector<float> x(static_cast<size_t>(n));
  fill_normal(kKey, 0, x);
  return x;
}

double time_product(const MatmulShape& shape) {
  const std::vector<float> a = normals(shape.m * shape.k), b = normals(shape.k * shape.n), bias = normals(shape.n);
  std::vector<float> c(static_cast<size_t>(shape.m * shape.n));
  const auto matmul = Matmul::make(shape);
  return nanoseconds(calls_for(matmul->flops()), [&] { matmul->run(a.data(), b.data(), bias.data(), c.data()); });
}

double time_packed(const PackedShape& shape) {
  const std::vector<float> a = normals(shape.m * shape.k), b = normals(shape.k * shape.n), bias = normals(shape.n);
  const auto matmul = PackedMatmul::make(shape);
  PackedWeights weights(shape.k, shape.n);
  weights.pack(b.data(), shape.n);
  std::vector<Bfloat16> half(a.size()), c(static_cast<size_t>(shape.m * shape.n));
  to_bfloat16(a.data(), static_cast<int64_t>(a.size()), half.data());
  return nanoseconds(calls_for(matmul->flops()),
                     [&] { matmul->run(half.data(), weights, bias.data(), c.data(), nullptr); });
}

void print_products(double peak) {
  std::printf("\n%-18s %9s %9s %9s %9s %10s   GFLOP/s (share of the peak) and us\n", "m x n x k", "A B", "A^T B",
              "A B^T", "swish", "bf16 swish");
  constexpr int64_t kSizes[][3] = {{420, 200, 200}, {108, 200, 200}, {256, 256, 256}, {200, 256, 200},
                                   {24, 200, 200},  {420, 200, 23},  {420, 18, 200},  {256, 1, 256},
                                   {1, 256, 17},    {1, 256, 256},   {1, 6, 256}};
  for (const auto& [m, n, k] : kSizes) {
    const double flops = 2.0 * static_cast<double>(m * n * k);
    MatmulShape plain{m, n, k, k, n, n}, a_transposed = plain, b_transposed = plain, swish = plain;
    a_transposed.transpose_a = true;
    a_transposed.lda = m;
    b_transposed.transpose_b = true;
    b_transposed.ldb = k;
    swish.bias = true;
    swish.activation = Activation::swish;
    const double times[] = {time_product(plain), time_product(a_transposed), time_product(b_transposed),
                            time_product(swish), time_packed({m, n, k, k, n, true, Activation::swish, true, true})};
    std::printf("%4ld x %3ld x %3ld   ", static_cast<long>(m), static_cast<long>(n), static_cast<long>(k));
    for (const double time : times) std::printf(" %4.0f %3.0f%%", flops / time, 100 * flops / time / peak);
    std::printf("  ");
    for (const double time : times) std::printf(" %7.2f", time / 1e3);
    std::printf("\n");
  }
}

void print_policy() {
  const double total = time_product({1, 256, 17, 17, 256, 256, false, false, true, false, Activation::relu}) +
                       time_product({1, 256, 256, 256, 256, 256, false, false, true, false, Activation::relu}) +
                       time_product({1, 6, 256, 256, 6, 6, false, false, true, false, Activation::tanh});
  std::printf("\na policy 17-256-256-6 on one state: %.2f us\n", total / 1e3);
}

void print_element(std::string_view name, double time, int64_t elements) {
  std::printf("%-36.*s %6.3f\n", static_cast<int>(name.size()), name.data(), time / static_cast<double>(elements));
}

double time_program(const Elementwise& program, int inputs) {
  const std::vector<float> x = normals(program.size());
  std::vector<float> out(x.size());
  const std::vector<const float*> from(static_cast<size_t>(inputs), x.data());
  float* to = out.data();
  return nanoseconds(50, [&] { program.run(from.data(), &to); });
}

void print_elementwise() {
  std::printf("\n%-36s %6s\n", "element by element", "ns");
  constexpr int64_t n = 8192;
  for (const Op op : {Op::add, Op::div, Op::sqrt, Op::exp, Op::log, Op::tanh, Op::sigmoid, Op::swish, Op::softplus,
                      Op::sin, Op::pow, Op::atan2}) {
    const int inputs = operand_count(*element_op(op));
    const auto last = static_cast<uint8_t>(inputs);
    const Elementwise program({{*element_op(op), last, 0, 1, 0, 0}}, inputs, {last}, {n},
                              std::vector<std::vector<int64_t>>(last, {1}), {{1}});
    print_element(info(op).name, time_program(program, inputs), n);
  }
  const Elementwise bias({{ElementOp::add, 2, 0, 1, 0, 0}}, 2, {2}, {420, 18}, {{18, 1}, {0, 1}}, {{18, 1}});
  print_element("[420, 18] + [18]", time_program(bias, 2), bias.size());
  const Elementwise scale({{ElementOp::mul, 2, 0, 1, 0, 0}}, 2, {2}, {420, 18}, {{18, 1}, {1, 0}}, {{18, 1}});
  print_element("[420, 18] * [420]", time_program(scale, 2), scale.size());
  const Elementwise sample({{ElementOp::exp, 3, 1, 0, 0, 0},
                            {ElementOp::mul, 3, 3, 2, 0, 0},
                            {ElementOp::add, 3, 3, 0, 0, 0},
                            {ElementOp::tanh, 3, 3, 0, 0, 0}},
                           3, {3}, {n}, {{1}, {1}, {1}}, {{1}});
  print_element("tanh(mean + exp(log std) * noise)", time_program(sample, 3), n);
}

void print_reductions() {
  std::vector<float> out(1000);
  const std::vector<float> x = normals(420 * 200);
  const auto print = [&](const char* name, const Reduction& reduction, int64_t elements) {
    print_element(name, nanoseconds(20, [&] { reduction.run(x.data(), out.data()); }), elements);
  };
  print("sum of rows of [420, 200]", {Op::sum, {420, 200}, {200, 1}, {false, true}}, 420 * 200);
  print("sum of columns of [420, 200]", {Op::sum, {420, 200}, {200, 1}, {true, false}}, 420 * 200);
  print("sum of rows of [420, 6]", {Op::sum, {420, 6}, {6, 1}, {false, true}}, 420 * 6);
  print("max of rows of [420, 200]", {Op::max, {420, 200}, {200, 1}, {false, true}}, 420 * 200);
}

void print_rest() {
  constexpr int64_t n = 1 << 16;
  std::vector<float> x(n), m(n), v(n), p(n);
  print_element("uniform numbers", nanoseconds(5, [&] { fill_uniform(kKey, 0, x); }), n);
  print_element("normal numbers", nanoseconds(5, [&] { fill_normal(kKey, 0, x); }), n);
  print_element("truncated normal numbers", nanoseconds(5, [&] { fill_truncated(kKey, 0, x, 2); }), n);
  const Adam settings{1e-3f, 0.9f, 0.999f, 1e-8f, 0, 0.1f, 0.001f};
  print_element("adam", nanoseconds(5, [&] { adam(p.data(), m.data(), v.data(), {x.data()}, n, settings); }), n);
}

void print_all() {
  const double peak = measure_peak(1);
  std::printf("peak of one thread %.0f GFLOP/s, of two %.0f; bfloat16 is %s\n", peak, measure_peak(2),
              bfloat16_is_fast() ? "fast" : "slow");
  print_products(peak);
  print_policy();
  print_elementwise();
  print_reductions();
  print_rest();
}

}  // namespace
}  // namespace duet::kernels

int main() {
  duet::kernels::print_all();
}
