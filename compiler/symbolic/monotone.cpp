#include "compiler/symbolic/monotone.h"

#include <algorithm>
#include <cmath>

namespace duet::symbolic {

namespace {

constexpr double kFar = 20;  // sigmoid(20) still differs from 1 in double precision
constexpr int kSteps = 211;

double inside(const Ends& ends, double share) {
  const double low = std::isfinite(ends.low) ? ends.low : std::isfinite(ends.high) ? ends.high - 2 * kFar : -kFar;
  const double high = std::isfinite(ends.high) ? ends.high : std::isfinite(ends.low) ? ends.low + 2 * kFar : kFar;
  return low + (high - low) * share;
}

/// The value where the function approaches an end: the limit it seems to have, or infinite.
double limit(const TermPtr& slope, double end, double from, const Values& values) {
  std::vector<double> seen;
  for (const double factor : {1e3, 1e6, 1e9, 1e12}) {
    const double x = std::isfinite(end) ? end + (from - end) / factor : from + std::copysign(factor, end);
    const double y = evaluate(slope, x, values);
    if (std::isfinite(y)) seen.push_back(y);
  }
  if (seen.size() < 4) return end > from ? HUGE_VAL : -HUGE_VAL;  // it outgrows double precision
  const double before = std::abs(seen[2] - seen[1]), last = std::abs(seen[3] - seen[2]);
  if (last > 0.3 * before && last > 0) return end > from ? HUGE_VAL : -HUGE_VAL;
  return seen[3];
}

}  // namespace

std::vector<double> places(const Ends& ends) {
  if (!(ends.low < ends.high)) return {};
  std::vector<double> all;
  // The shares are no simple fractions, so that kinks are seldom hit.
  for (int i = 0; i < kSteps; ++i) all.push_back(inside(ends, (i + 0.4142) / kSteps));
  const double near = inside(ends, 0.4142) - inside(ends, 0);
  for (const double small : {1e-1, 1e-2, 1e-3, 1e-4}) {
    if (std::isfinite(ends.low)) all.push_back(ends.low + small * near * 0.01);
    if (std::isfinite(ends.high)) all.push_back(ends.high - small * near * 0.01);
    for (const double x : {-small, small})
      if (x > ends.low && x < ends.high) all.push_back(x);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::optional<Counterexample> falls(const TermPtr& slope, const Ends& ends, const Values& values) {
  std::optional<double> before, value_before;
  for (const double x : places(ends)) {
    const double y = evaluate(slope, x, values);
    if (!std::isfinite(y)) return Counterexample{before.value_or(x), x, value_before.value_or(y), y};
    if (before && !(y > *value_before)) return Counterexample{*before, x, *value_before, y};
    before = x;
    value_before = y;
  }
  return std::nullopt;
}

Ends range_of(const TermPtr& slope, const Ends& ends, const Values& values) {
  const double middle = inside(ends, 0.5);
  return {limit(slope, ends.low, middle, values), limit(slope, ends.high, middle, values)};
}

}  // namespace duet::symbolic
