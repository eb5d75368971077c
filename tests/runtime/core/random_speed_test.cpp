#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "runtime/core/random.h"
#include "runtime/core/sanitizer.h"

namespace duet {
namespace {

/// Nanoseconds per number: the best of several tries, since another process may hold the core.
template <typename Fill>
double nanoseconds(size_t count, Fill fill) {
  double best = 1e9;
  for (uint64_t tick = 0; tick < 20; ++tick) {
    const auto start = std::chrono::steady_clock::now();
    fill(DrawKey{1, 2, tick});
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / static_cast<double>(count));
  }
  return best;
}

TEST(RandomSpeed, NormalsAreCheapBesideAPlanner) {
#ifndef NDEBUG
  GTEST_SKIP() << "a speed of an optimised build";
#endif
  if (kAddressSanitizer || kThreadSanitizer) GTEST_SKIP() << "a sanitizer makes it slow";
  std::vector<float> single(1 << 16);
  std::vector<double> fine(1 << 14);
  const double uniform = nanoseconds(single.size(), [&](DrawKey key) { fill_uniform(key, 0, single); });
  const double normal = nanoseconds(single.size(), [&](DrawKey key) { fill_normal(key, 0, single); });
  const double normal64 = nanoseconds(fine.size(), [&](DrawKey key) { fill_normal(key, 0, fine); });
  std::printf("ns per number: uniform %.2f, normal %.2f, normal in double %.2f\n", uniform, normal, normal64);
  EXPECT_LT(normal, 6.0);
}

}  // namespace
}  // namespace duet
