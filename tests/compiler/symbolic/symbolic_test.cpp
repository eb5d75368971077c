// Terms in one variable: derivatives against finite differences, inverses against what they invert, domains and growth
// against what is known of the functions.

#include <gtest/gtest.h>

#include <cmath>

#include "compiler/symbolic/derivative.h"
#include "compiler/symbolic/domain.h"
#include "compiler/symbolic/inverse.h"
#include "compiler/symbolic/monotone.h"
#include "compiler/symbolic/normal_form.h"

namespace duet::symbolic {
namespace {

const TermPtr x = variable();

TermPtr n(double value) {
  return number(value);
}
TermPtr f(Op op, const TermPtr& a) {
  return unary(op, a);
}

constexpr int64_t kLow = 7, kHigh = 8;
const TermPtr lo = given(kLow, "lo"), hi = given(kHigh, "hi");
const Values kEnds = {{kLow, -0.5}, {kHigh, 2}};

TermPtr entropy() {
  return x * f(Op::log, x);
}
TermPtr fermi() {
  return (x - lo) * f(Op::log, x - lo) + (hi - x) * f(Op::log, hi - x);
}
TermPtr power_of_size(double p) {
  return power(f(Op::abs, x), n(p)) / n(p);
}

TEST(Symbolic, DerivativesAreFiniteDifferences) {
  const std::vector<TermPtr> all = {entropy(),
                                    fermi(),
                                    power_of_size(1.5),
                                    f(Op::exp, n(2) * x) - f(Op::sqrt, x),
                                    f(Op::sin, x) * f(Op::cos, x),
                                    f(Op::tanh, x) / (n(1) + x * x),
                                    power(n(2), x),
                                    f(Op::sigmoid, x) + f(Op::softplus, -x),
                                    f(Op::atan, x * x),
                                    f(Op::asin, x * n(0.5)) + f(Op::acos, x * n(0.3)),
                                    power(x, x),
                                    f(Op::square, x) / (x + n(3)),
                                    -x - (n(4) - x)};
  for (const TermPtr& term : all)
    for (const double at : {0.2, 0.7, 1.3}) {
      const double h = 1e-5;
      const double slope = (evaluate(term, at + h, kEnds) - evaluate(term, at - h, kEnds)) / (2 * h);
      // Central differences err by h^2 times a third derivative, below 100 here.
      EXPECT_NEAR(evaluate(derivative(term), at, kEnds), slope, 2e-8 + 1e-8 * std::abs(slope)) << to_string(term);
    }
}

TEST(Symbolic, SlopesAreWrittenAsPeopleDo) {
  const auto slope = [](const TermPtr& term) { return to_string(as_term(as_sum(derivative(term)))); };
  EXPECT_EQ(slope(n(0.5) * power(x, n(2))), "x");
  EXPECT_EQ(slope(x * x / n(2)), "x");
  EXPECT_EQ(slope(entropy()), "log(x) + 1");
  EXPECT_EQ(slope(fermi()), "log(x - lo) - log(hi - x)");
  EXPECT_EQ(slope(power(x, n(4))), "4 * x^3");
  EXPECT_EQ(slope(x * x * x), "3 * x^2");
}

/// The first candidate that inverts the slope of a potential.
TermPtr inverse_of(const TermPtr& potential, const Values& values = kEnds) {
  const TermPtr slope = as_term(as_sum(derivative(potential)));
  const Ends ends = evaluate(domain_of(potential), values);
  for (const TermPtr& candidate : inverse_candidates(slope))
    if (inverts(candidate, slope, ends, values)) return candidate;
  return nullptr;
}

TEST(Symbolic, ElementarySlopesAreInverted) {
  const TermPtr e = f(Op::exp, x), e_minus = f(Op::exp, -x);
  const std::vector<std::pair<TermPtr, std::string>> known = {
      {n(0.5) * x * x, "y"},
      {n(3) * x * x + x, "(y - 1) / 6"},
      {entropy(), "exp(y - 1)"},
      {n(2) * entropy() + n(5) * x, "exp((y - 7) / 2)"},
      {fermi(), "lo + (hi - lo) * sigmoid(y)"},
      {power(x, n(4)), "sign(y / 4) * abs(y / 4)^0.333333"},
      {power_of_size(1.5), "sign(y) * abs(y)^2"},
      {e + e_minus, "sign(y / 2) * log(abs(y / 2) + sqrt(abs(y / 2)^2 + 1))"},
      {-f(Op::log, x), "-(1 / y)"}};
  for (const auto& [potential, inverse] : known) {
    const TermPtr found = inverse_of(potential);
    ASSERT_TRUE(found) << to_string(potential);
    EXPECT_EQ(to_string(found, "y"), inverse) << to_string(potential);
  }
}

TEST(Symbolic, EveryInverseThatIsGivenInverts) {
  // Increasing functions of every kind that is undone, affine inside and outside.
  const TermPtr u = n(2) * x + n(0.3);
  std::vector<TermPtr> slopes = {f(Op::exp, u),
                                 f(Op::tanh, u),
                                 f(Op::sigmoid, u),
                                 f(Op::softplus, u),
                                 f(Op::atan, u),
                                 u,
                                 power(n(3), u),
                                 f(Op::log, f(Op::exp, u)),
                                 power(u, n(3)),
                                 -(n(1) / f(Op::exp, u)),
                                 f(Op::exp, u) - f(Op::exp, -u)};
  for (const TermPtr& inner : slopes) {
    const TermPtr slope = n(3) * inner - n(1);
    const Ends near{-1.5, 1.5};  // where tanh and its like are steep enough for double precision
    bool found = false;
    for (const TermPtr& candidate : inverse_candidates(slope)) found = found || inverts(candidate, slope, near, {});
    EXPECT_TRUE(found) << to_string(slope);
  }
}

TEST(Symbolic, OtherSlopesHaveNoInverse) {
  EXPECT_FALSE(inverse_of(x * x + power(x, n(4))));
  EXPECT_FALSE(inverse_of(entropy() + x * x));
  // A candidate of another branch is refused: x^2 grows for positive x only.
  EXPECT_FALSE(inverts(f(Op::sqrt, x), power(x, n(2)), {-1, 1}, {}));
  EXPECT_TRUE(inverts(f(Op::sqrt, x), power(x, n(2)), {0, 1}, {}));
}

TEST(Symbolic, DomainsAreWhatLogarithmsAndRootsAskFor) {
  EXPECT_EQ(to_string(domain_of(entropy())), "0 < x");
  EXPECT_EQ(to_string(domain_of(fermi())), "lo < x < hi");
  EXPECT_EQ(to_string(domain_of(x * x)), "all x");
  EXPECT_EQ(to_string(domain_of(f(Op::sqrt, n(1) - n(2) * x))), "x < 0.5");
  EXPECT_EQ(to_string(domain_of(power(x, n(1.5)))), "0 < x");
  EXPECT_EQ(to_string(domain_of(power(x, n(3)))), "all x");
  const Ends ends = evaluate(domain_of(fermi()), kEnds);
  EXPECT_EQ(ends.low, -0.5);
  EXPECT_EQ(ends.high, 2);
}

TEST(Symbolic, GrowthIsSeenAndSoAreFalls) {
  const auto falls_at = [](const TermPtr& potential) {
    return falls(derivative(potential), evaluate(domain_of(potential), kEnds), kEnds);
  };
  for (const TermPtr& convex : {entropy(), fermi(), power_of_size(1.2), x * x, power(x, n(4)), f(Op::softplus, x)})
    EXPECT_FALSE(falls_at(convex)) << to_string(convex);
  for (const TermPtr& not_convex : {power_of_size(0.5), f(Op::sin, x), -entropy(), power(x, n(3)), f(Op::abs, x), x,
                                    x * x - power(x, n(4)) * n(0.001)}) {
    const auto found = falls_at(not_convex);
    ASSERT_TRUE(found) << to_string(not_convex);
    EXPECT_LT(found->a, found->b);
    EXPECT_GE(found->at_a, found->at_b) << to_string(not_convex);
  }
}

TEST(Symbolic, BoundsOfSlopesAreSeen) {
  const auto range = [](const TermPtr& potential) {
    return range_of(derivative(potential), evaluate(domain_of(potential), kEnds), kEnds);
  };
  for (const TermPtr& steep : {entropy(), fermi(), power_of_size(1.1), x * x, f(Op::exp, x) + f(Op::exp, -x)}) {
    EXPECT_TRUE(std::isinf(range(steep).low)) << to_string(steep);
    EXPECT_TRUE(std::isinf(range(steep).high)) << to_string(steep);
  }
  EXPECT_NEAR(range(f(Op::softplus, x)).low, 0, 1e-9);
  EXPECT_NEAR(range(f(Op::softplus, x)).high, 1, 1e-9);
  EXPECT_NEAR(range(f(Op::exp, x)).low, 0, 1e-9);
  EXPECT_NEAR(range(-f(Op::log, x)).high, 0, 1e-9);
  EXPECT_NEAR(range(f(Op::sqrt, n(1) + x * x)).high, 1, 1e-9);
}

}  // namespace
}  // namespace duet::symbolic
