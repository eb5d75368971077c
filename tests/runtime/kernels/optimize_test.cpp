#include "runtime/kernels/optimize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "runtime/core/random.h"

namespace duet::kernels {
namespace {

std::vector<float> normals(size_t n, uint64_t site) {
  std::vector<float> x(n);
  fill_normal({1, site, 0}, 0, x);
  return x;
}

TEST(Optimize, AdamFollowsThePaper) {
  const size_t n = 103;
  std::vector<float> p = normals(n, 1), m(n), v(n);
  std::vector<double> exact_p(p.begin(), p.end()), exact_m(n), exact_v(n);
  const double rate = 0.01, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.001;
  for (int t = 1; t <= 20; ++t) {
    const std::vector<float> g = normals(n, static_cast<uint64_t>(t) + 1);
    const double correction1 = 1 - std::pow(beta1, t), correction2 = 1 - std::pow(beta2, t);
    adam(p.data(), m.data(), v.data(), {g.data()}, static_cast<int64_t>(n),
         {static_cast<float>(rate), static_cast<float>(beta1), static_cast<float>(beta2), static_cast<float>(epsilon),
          static_cast<float>(decay), static_cast<float>(correction1), static_cast<float>(correction2)});
    for (size_t i = 0; i < n; ++i) {
      const double gradient = g[i] + decay * exact_p[i];
      exact_m[i] = beta1 * exact_m[i] + (1 - beta1) * gradient;
      exact_v[i] = beta2 * exact_v[i] + (1 - beta2) * gradient * gradient;
      exact_p[i] -= rate * (exact_m[i] / correction1) / (std::sqrt(exact_v[i] / correction2) + epsilon);
    }
  }
  // Twenty steps of at most `rate`, each with a few roundings and 1 - beta2 in float32 (relative error 6e-5 / 2).
  for (size_t i = 0; i < n; ++i) EXPECT_NEAR(p[i], exact_p[i], 20 * rate * 5e-5);
}

TEST(Optimize, DescendAndTrack) {
  std::vector<float> p = {1, 2}, slow = {1, -1};
  const std::vector<float> g = {4, -4}, fast = {3, 5};
  EXPECT_TRUE(descend(p.data(), {g.data()}, 2, 0.25f, 0.5f));
  EXPECT_EQ(p, (std::vector<float>{1 - 0.25f * 4.5f, 2 + 0.25f * 3}));
  track(slow.data(), fast.data(), 2, 0.75f);
  EXPECT_EQ(slow, (std::vector<float>{1.5f, 0.5f}));
}

TEST(Optimize, AddsTermsUpInTheirOrder) {
  constexpr int64_t n = 2500;  // several parts, the last one not full
  const std::vector<float> x = normals(3 * n, 1);
  std::vector<float> sum(n), expected(n);
  for (size_t i = 0; i < n; ++i) expected[i] = (x[i] + x[n + i]) + x[2 * n + i];
  add_up({x.data(), 3, n}, n, sum.data());
  EXPECT_EQ(sum, expected);
  std::vector<float> p = normals(n, 2), m = normals(n, 3), v(n, 0.5f), q = p, m2 = m, v2 = v;
  const Adam settings{0.1f, 0.9f, 0.99f, 1e-8f, 0.01f, 0.1f, 0.01f};
  EXPECT_TRUE(adam(p.data(), m.data(), v.data(), {x.data(), 3, n}, n, settings));
  EXPECT_TRUE(adam(q.data(), m2.data(), v2.data(), {sum.data()}, n, settings));
  EXPECT_EQ(p, q);
  EXPECT_EQ(m, m2);
  EXPECT_EQ(v, v2);
}

TEST(Optimize, AGradientThatIsNotFiniteChangesNothing) {
  std::vector<float> p = {1, 2}, m = {0, 0}, v = {0, 0};
  const float huge = std::numeric_limits<float>::max();
  const std::vector<float> terms = {1, huge, 1, huge};  // finite, but not their sum
  EXPECT_FALSE(adam(p.data(), m.data(), v.data(), {terms.data(), 2, 2}, 2, {0.1f, 0.9f, 0.99f, 1e-8f, 0, 0.1f, 0.1f}));
  EXPECT_FALSE(descend(p.data(), {terms.data(), 2, 2}, 2, 0.1f, 0));
  EXPECT_EQ(p, (std::vector<float>{1, 2}));
  EXPECT_EQ(m, (std::vector<float>{0, 0}));
}

TEST(Optimize, AllFiniteLooksAtEveryElement) {
  std::vector<float> x = normals(50, 1);
  EXPECT_TRUE(all_finite(x.data(), 50));
  EXPECT_TRUE(all_finite(x.data(), 0));
  for (const float odd : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    for (const size_t i : {0u, 17u, 49u}) {
      std::vector<float> y = x;
      y[i] = odd;
      EXPECT_FALSE(all_finite(y.data(), 50));
    }
  }
}

}  // namespace
}  // namespace duet::kernels
