#include "runtime/kernels/peak.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "runtime/core/sanitizer.h"
#include "runtime/kernels/matmul.h"

namespace duet::kernels {
namespace {

TEST(Peak, ALargeProductComesNear) {
#ifndef NDEBUG
  GTEST_SKIP() << "a speed of an optimised build";
#endif
  if (kAddressSanitizer || kThreadSanitizer) GTEST_SKIP() << "a sanitizer makes it slow";
  const std::vector<float> a(256 * 256, 1), b(256 * 256, 1);
  std::vector<float> c(256 * 256);
  const auto matmul = Matmul::make({256, 256, 256, 256, 256, 256});
  const double peak = measure_peak(1);
  double shortest = 1e9;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    matmul->run(a.data(), b.data(), nullptr, c.data());
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, spent.count());
  }
  // Clocks wander by a few per cent between two measurements. A peak that is too high, such as of work that the
  // compiler has dropped, leaves the product far below.
  EXPECT_GT(matmul->flops() / shortest, 0.7 * peak);
  EXPECT_LT(matmul->flops() / shortest, 1.1 * peak);
  EXPECT_EQ(c[0], 256);
}

}  // namespace
}  // namespace duet::kernels
