#pragma once

#include <cmath>
#include <limits>

#include "runtime/kernels/vector.h"
#include "runtime/kernels/vector_math.h"

/// What reductions gather, lane by lane (private to reduce.cpp). Each is made from the first numbers of its lanes, then
/// takes them (the first ones too) with their positions in ascending order. Elements that fill up a register are
/// `neutral`. `lane` gives the result of one lane, `result` that of all lanes together; n is the count of numbers.
namespace duet::kernels {

/// The sum, or the mean, in double precision.
template <bool mean>
class SumOf {
 public:
  explicit SumOf(Floats) {}
  static float neutral(float) { return 0; }

  DUET_VECTOR void add(Floats x, Ints) {
    lower_ += lower_half(x);
    upper_ += upper_half(x);
  }
  DUET_VECTOR void merge(const SumOf& other) {
    lower_ += other.lower_;
    upper_ += other.upper_;
  }
  float lane(int i, int64_t n) const { return finish(at(i), n); }
  float result(int64_t n) const {
    double sum = 0;
    for (int i = 0; i < kLanes; ++i) sum += at(i);
    return finish(sum, n);
  }

 private:
  double at(int i) const { return i < kLanes / 2 ? lower_[i] : upper_[i - kLanes / 2]; }
  static float finish(double sum, int64_t n) { return static_cast<float>(mean ? sum / static_cast<double>(n) : sum); }

  Doubles lower_{}, upper_{};
};

/// The standard deviation, divided by n. Distances are from the first number: the formula with the sum of squares then
/// loses nothing, unlike with distances from zero (Chan, Golub and LeVeque 1983).
class DeviationOf {
 public:
  explicit DeviationOf(Floats first) : first_lower_(lower_half(first)), first_upper_(upper_half(first)) {}
  static float neutral(float first) { return first; }

  DUET_VECTOR void add(Floats x, Ints) {
    const Doubles lower = lower_half(x) - first_lower_, upper = upper_half(x) - first_upper_;
    lower_ += lower;
    upper_ += upper;
    lower_squares_ += lower * lower;
    upper_squares_ += upper * upper;
  }
  DUET_VECTOR void merge(const DeviationOf& other) {
    lower_ += other.lower_;
    upper_ += other.upper_;
    lower_squares_ += other.lower_squares_;
    upper_squares_ += other.upper_squares_;
  }
  float lane(int i, int64_t n) const { return finish(at(lower_, upper_, i), at(lower_squares_, upper_squares_, i), n); }
  float result(int64_t n) const {
    double sum = 0, squares = 0;
    for (int i = 0; i < kLanes; ++i) {
      sum += at(lower_, upper_, i);
      squares += at(lower_squares_, upper_squares_, i);
    }
    return finish(sum, squares, n);
  }

 private:
  static double at(Doubles lower, Doubles upper, int i) { return i < kLanes / 2 ? lower[i] : upper[i - kLanes / 2]; }
  static float finish(double sum, double squares, int64_t n) {
    const double variance = (squares - sum * sum / static_cast<double>(n)) / static_cast<double>(n);
    return static_cast<float>(std::sqrt(variance < 0 ? 0 : variance));  // a NaN is not below 0
  }

  Doubles first_lower_, first_upper_;
  Doubles lower_{}, upper_{}, lower_squares_{}, upper_squares_{};
};

/// The least number (sign 1) or the largest (sign -1); the first NaN if there is one.
template <int sign>
class ExtremeOf {
 public:
  explicit ExtremeOf(Floats first) : best_(first) {}
  static float neutral(float first) { return first; }

  DUET_VECTOR void add(Floats x, Ints) {
    const Ints better = (sign > 0 ? x < best_ : x > best_) | (x != x);
    best_ = better ? x : best_;
  }
  DUET_VECTOR void merge(const ExtremeOf& other) { add(other.best_, Ints{}); }
  float lane(int i, int64_t) const { return best_[i]; }
  float result(int64_t) const {
    float best = best_[0];
    for (int i = 1; i < kLanes; ++i) {
      const float x = best_[i];
      if ((sign > 0 ? x < best : x > best) || std::isnan(x)) best = x;
    }
    return best;
  }

 private:
  Floats best_;
};

/// The position of that number, of equals the first.
template <int sign>
class PlaceOf {
 public:
  explicit PlaceOf(Floats first) : best_(first) {}
  static float neutral(float first) { return first; }

  DUET_VECTOR void add(Floats x, Ints position) {
    const Ints better = (sign > 0 ? x < best_ : x > best_) | ((x != x) & (best_ == best_));
    best_ = better ? x : best_;
    place_ = better ? position : place_;
  }
  DUET_VECTOR void merge(const PlaceOf& other) {
    const Floats x = other.best_;
    const Ints equal = (x == best_) | ((x != x) & (best_ != best_));
    const Ints better =
        (sign > 0 ? x < best_ : x > best_) | ((x != x) & (best_ == best_)) | (equal & (other.place_ < place_));
    best_ = better ? x : best_;
    place_ = better ? other.place_ : place_;
  }
  float lane(int i, int64_t) const { return static_cast<float>(place_[i]); }
  float result(int64_t) const {
    PlaceOf all_lanes = *this;
    for (int width = kLanes / 2; width > 0; width /= 2) {
      PlaceOf shifted = all_lanes;
      for (int i = 0; i < width; ++i) {
        shifted.best_[i] = all_lanes.best_[i + width];
        shifted.place_[i] = all_lanes.place_[i + width];
      }
      all_lanes.merge(shifted);
    }
    return all_lanes.lane(0, 0);
  }

 private:
  Floats best_;
  Ints place_{};
};

}  // namespace duet::kernels
