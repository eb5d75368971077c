#include "runtime/kernels/peak.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/kernels/vector.h"

namespace duet::kernels {

namespace {

/// Chains of dependent multiply-adds side by side: more than the latency (4 cycles) times the units (2), fewer than
/// the registers (16 or 32).
constexpr int kChains = 12;
constexpr int kRounds = 20000;

// Registers of 64, 32 and 16 bytes. (As template arguments the types themselves would lose their size.)
struct Wide {
  using Register = float __attribute__((vector_size(64)));
};
struct Middle {
  using Register = float __attribute__((vector_size(32)));
};
struct Narrow {
  using Register = float __attribute__((vector_size(16)));
};

/// kRounds multiply-adds on each chain. They depend on numbers that the compiler does not know, and rounding keeps it
/// from merging them.
template <typename Width>
DUET_VECTOR float multiply_and_add(float factor, float term) {
  typename Width::Register sum[kChains] = {};
  // Each starts from another number: the compiler would keep only one of equal chains.
  unrolled<kChains>([&](auto i) __attribute__((always_inline)) { sum[i] += static_cast<float>(i); });
  for (int round = 0; round < kRounds; ++round)
    unrolled<kChains>([&](auto i) __attribute__((always_inline)) { sum[i] = sum[i] * factor + term; });
  unrolled<kChains - 1>([&](auto i) __attribute__((always_inline)) { sum[0] += sum[i + 1]; });
  return sum[0][0];
}

using Work = float (*)(float factor, float term);
struct Measurable {
  Work work;
  int lanes;
};

/// The widest registers of this processor, whatever the program around is compiled for.
#if defined(__x86_64__)
__attribute__((target("avx512f,fma"))) float work_avx512(float factor, float term) {
  return multiply_and_add<Wide>(factor, term);
}
__attribute__((target("avx2,fma"))) float work_avx2(float factor, float term) {
  return multiply_and_add<Middle>(factor, term);
}
Measurable widest() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return {work_avx512, 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {work_avx2, 8};
  return {multiply_and_add<Narrow>, 4};
}
#else
Measurable widest() {
  return {multiply_and_add<Narrow>, 4};
}
#endif

double measure_one() {
  using Clock = std::chrono::steady_clock;
  const Measurable machine = widest();
  volatile float factor = 0.999f, term = 0.001f;
  [[maybe_unused]] volatile float result = 0;
  double best = 0;
  for (const auto end = Clock::now() + std::chrono::milliseconds(200); Clock::now() < end;) {
    const auto start = Clock::now();
    result = machine.work(factor, term);
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    best = std::max(best, 2.0 * kChains * kRounds * machine.lanes / spent.count());
  }
  return best;
}

}  // namespace

double measure_peak(int threads) {
  std::vector<double> each(static_cast<size_t>(threads));
  std::vector<std::thread> others;
  for (size_t i = 1; i < each.size(); ++i) others.emplace_back([&each, i] { each[i] = measure_one(); });
  if (!each.empty()) each[0] = measure_one();
  for (std::thread& other : others) other.join();
  double total = 0;
  for (const double one : each) total += one;
  return total;
}

}  // namespace duet::kernels
