#include "runtime/kernels/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace duet::kernels {
namespace {

constexpr DrawKey kKey{1, 2, 3};

/// The z with P(|Z| <= bound) (2u - 1) = erf(z / sqrt 2), by bisection in double.
double exact(double u, double bound) {
  const double wanted = (2 * u - 1) * std::erf(bound / std::sqrt(2.0));
  double low = -bound, high = bound;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < wanted ? low : high) = middle;
  }
  return low;
}

TEST(TruncatedNormal, InvertsTheDistributionFunction) {
  for (const float bound : {0.1f, 1.0f, 2.0f, 4.0f}) {
    std::vector<float> u(20000), z(u.size());
    fill_uniform(kKey, 0, u);
    fill_truncated(kKey, 0, z, bound);
    for (size_t i = 0; i < z.size(); ++i) {
      const double expected = exact(u[i], bound);
      ASSERT_NEAR(z[i], expected, 1e-6 + 3 * 6e-8 * std::exp(expected * expected / 2)) << "u " << u[i];
      ASSERT_LE(std::abs(z[i]), bound);
    }
  }
}

TEST(TruncatedNormal, AnElementDependsOnItsIndexOnly) {
  std::vector<float> whole(1000), part(37);
  fill_truncated(kKey, 0, whole, 2);
  for (const size_t first : {0u, 1u, 500u, 963u}) {
    fill_truncated(kKey, first, part, 2);
    for (size_t i = 0; i < part.size(); ++i) EXPECT_EQ(part[i], whole[first + i]);
  }
}

}  // namespace
}  // namespace duet::kernels
