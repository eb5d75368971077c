#include "runtime/kernels/random.h"

#include <algorithm>
#include <cmath>

#include "runtime/kernels/vector.h"
#include "runtime/kernels/vector_math.h"

namespace duet::kernels {

namespace {

/// sqrt(2) times the inverse error function, for |x| < 1, from (1 - x)(1 + x). Polynomials in -log(1 - x^2) for the
/// middle and in its square root for the tails: M. Giles, "Approximating the erfinv function", GPU Computing Gems,
/// Jade edition, 2011, table 5 (single precision); relative error below 4e-7.
DUET_VECTOR Floats root_two_erfinv(Floats x) {
  const Floats w = -math::log((1.0f - x) * (1.0f + x));
  const Floats a = w - 2.5f;
  Floats middle = all(2.81022636e-08f);
  middle = middle * a + 3.43273939e-07f;
  middle = middle * a - 3.5233877e-06f;
  middle = middle * a - 4.39150654e-06f;
  middle = middle * a + 0.00021858087f;
  middle = middle * a - 0.00125372503f;
  middle = middle * a - 0.00417768164f;
  middle = middle * a + 0.246640727f;
  middle = middle * a + 1.50140941f;
  const Floats b = math::sqrt(w) - 3.0f;
  Floats tail = all(-0.000200214257f);
  tail = tail * b + 0.000100950558f;
  tail = tail * b + 0.00134934322f;
  tail = tail * b - 0.00367342844f;
  tail = tail * b + 0.00573950773f;
  tail = tail * b - 0.0076224613f;
  tail = tail * b + 0.00943887047f;
  tail = tail * b + 1.00167406f;
  tail = tail * b + 2.83297682f;
  return (w < 5.0f ? middle : tail) * (x * 1.41421356f);
}

}  // namespace

void fill_truncated(DrawKey key, uint64_t first, std::span<float> out, float bound) {
  fill_uniform(key, first, out);
  // u in [0, 1) -> z with erf(z / sqrt 2) = (2u - 1) erf(bound / sqrt 2).
  const double mass = std::erf(bound / std::sqrt(2.0));
  const auto span = static_cast<float>(2 * mass), least = static_cast<float>(mass);
  const auto count = static_cast<int64_t>(out.size());
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t n = count - i;
    const Floats z = root_two_erfinv(load_up_to(out.data() + i, n) * span - least);
    const Floats not_above = z > bound ? all(bound) : z;
    store_up_to(out.data() + i, not_above < -bound ? all(-bound) : not_above, n);
  }
}

}  // namespace duet::kernels
