#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "compiler/graph/builder.h"

namespace duet::test {

/// Chance, and the values of a program that is being composed at random.
class RandomValues {
 protected:
  using Axes = std::vector<Axis>;
  using Names = std::vector<std::string>;

  RandomValues(unsigned seed, int64_t most) : most_(most), generator_(seed), builder_(program_) {}

  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(generator_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(generator_); }
  template <class T>
  T any_of(std::initializer_list<T> all) {
    return all.begin()[below(all.size())];
  }

  template <class T>
  std::vector<T> shuffled(std::vector<T> all) {
    std::ranges::shuffle(all, generator_);
    return all;
  }

  Axes some_axes(Axes all) {
    all = shuffled(std::move(all));
    all.resize(below(std::min<size_t>(all.size(), 3) + 1));
    return all;
  }

  const Axes& axes(ValueId x) const { return program_.type(x).axes; }
  const Axis& axis_of(ValueId x) { return axes(x)[below(axes(x).size())]; }
  ValueId any() { return values_[below(values_.size())]; }
  /// A real value that fulfils a condition, the latest ones more often.
  template <class Condition>
  std::optional<ValueId> find(const Condition& condition) {
    std::vector<ValueId> fitting;
    for (const ValueId id : values_)
      if (program_.type(id).kind == Kind::real && condition(id)) fitting.push_back(id);
    if (fitting.empty()) return {};
    const size_t last = std::min<size_t>(fitting.size(), 4);
    return chance(0.5) ? fitting[fitting.size() - 1 - below(last)] : fitting[below(fitting.size())];
  }

  std::optional<ValueId> real() {
    return find([](ValueId) { return true; });
  }

  std::optional<ValueId> with_axes() {
    return find([&](ValueId id) { return !axes(id).empty(); });
  }

  /// One without any rounding in it.
  std::optional<ValueId> exact_with_axes() {
    return find([&](ValueId id) { return exact_.count(id) && !axes(id).empty(); });
  }

  /// One whose axes have the sizes of those of `x`, where both have them, and not too many together.
  std::optional<ValueId> beside(ValueId x) {
    return find([&](ValueId id) {
      const auto all = merge_axes(axes(x), axes(id));
      return all && Type{Kind::real, *all}.elements() <= most_;
    });
  }

  void keep(ValueId id) { values_.push_back(id); }
  void keep(ValueId id, bool exact) {
    if (exact) exact_.insert(id);
    keep(id);
  }

  bool exact(ValueId id) const { return exact_.count(id) > 0; }
  ValueId noise(Axes axes, const std::string& distribution = "normal") {
    Attributes attributes{{"distribution", distribution}, {"site", ++sites_}};
    if (distribution == "truncated") attributes["bound"] = 1.5;
    const ValueId id = builder_.emit1(Op::noise, {}, {Kind::real, std::move(axes)}, {}, std::move(attributes));
    exact_.insert(id);
    return id;
  }

  ValueId scaled(ValueId x, double factor) { return builder_.binary(Op::mul, x, builder_.constant(factor, {}), {}); }
  std::string fresh_axis() { return "n" + std::to_string(++fresh_); }
  ValueId scalar(ValueId x) {
    Names names;
    for (const Axis& axis : axes(x)) names.push_back(axis.name);
    return names.empty() ? x : builder_.reduce(Op::mean, x, names, {});
  }

  int64_t most_;  // elements of a value
  std::mt19937 generator_;
  Program program_;
  Builder builder_;
  Axes universe_;                // that values have from the start
  std::vector<ValueId> values_;  // in sight
  std::set<ValueId> exact_;      // that no rounding has touched
  int64_t sites_ = 0;
  int fresh_ = 0;
};

}  // namespace duet::test
