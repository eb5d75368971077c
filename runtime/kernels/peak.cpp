#include "runtime/kernels/peak.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/kernels/vector.h"

namespace duet::kernels {

namespace {

/// Chains of dependent multiply-adds side by side: more than the latency (4 cycles) times the units (2), fewer than
/// the registers (16 or 32).
constexpr int kChains = 12;
constexpr int kRounds = 20000;

/// kRounds multiply-adds on each chain. They depend on numbers that the compiler does not know, and rounding keeps it
/// from merging them.
template <size_t... chain>
float multiply_and_add(std::index_sequence<chain...>, Floats factor, Floats term) {
  std::tuple<decltype(chain, Floats())...> sum;  // named registers: an array would live in memory
  ((std::get<chain>(sum) = all(static_cast<float>(chain))), ...);
  for (int round = 0; round < kRounds; ++round) ((std::get<chain>(sum) = std::get<chain>(sum) * factor + term), ...);
  return sum_of_lanes((std::get<chain>(sum) + ...));
}

double measure_one() {
  using Clock = std::chrono::steady_clock;
  constexpr auto chains = std::make_index_sequence<kChains>();
  volatile float factor = 0.999f, term = 0.001f;
  [[maybe_unused]] volatile float result = 0;
  double best = 0;
  for (const auto end = Clock::now() + std::chrono::milliseconds(200); Clock::now() < end;) {
    const auto start = Clock::now();
    result = multiply_and_add(chains, all(factor), all(term));
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
