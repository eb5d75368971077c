#include "runtime/kernels/peak.h"

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

/// One multiply-add per chain and round. The empty statements make the compiler believe that each sum is used, so that
/// it neither drops nor merges rounds; they cost no instruction.
void multiply_and_add(Floats (&sum)[kChains], Floats factor, Floats term) {
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) {
      sum[i] = sum[i] * factor + term;
      asm volatile("" : "+x"(sum[i]));
    }
  }
}

double measure_one() {
  using Clock = std::chrono::steady_clock;
  Floats sum[kChains];
  for (Floats& x : sum) x = all(1.0f);
  multiply_and_add(sum, all(0.999f), all(0.001f));  // the clock speeds up
  double best = 0;
  for (const auto end = Clock::now() + std::chrono::milliseconds(200); Clock::now() < end;) {
    const auto start = Clock::now();
    multiply_and_add(sum, all(0.999f), all(0.001f));
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    best = std::max(best, 2.0 * kChains * kRounds * kLanes / spent.count());
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
