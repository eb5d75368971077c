#include "runtime/interp/draws.h"

#include <cmath>

namespace duet::interp {

Tensor draw_uniform(DrawKey key, at::IntArrayRef sizes) {
  Tensor x = at::empty(sizes, at::kFloat);
  fill_uniform(key, 0, std::span<float>(x.data_ptr<float>(), static_cast<size_t>(x.numel())));
  return x;
}

Tensor draw_normal(DrawKey key, at::IntArrayRef sizes) {
  Tensor x = at::empty(sizes, at::kFloat);
  fill_normal(key, 0, std::span<float>(x.data_ptr<float>(), static_cast<size_t>(x.numel())));
  return x;
}

Tensor draw_truncated(DrawKey key, at::IntArrayRef sizes, double bound) {
  // u in [0, 1) -> z with erf(z / sqrt 2) = (2u - 1) * erf(bound / sqrt 2).
  const double mass = std::erf(bound / std::sqrt(2.0));
  Tensor x = draw_uniform(key, sizes).mul_(2 * mass).sub_(mass).erfinv_().mul_(std::sqrt(2.0));
  return x.clamp_(-bound, bound);
}

Tensor draw_indices(DrawKey key, int64_t n, int64_t count, uint64_t first) {
  Tensor x = at::empty({count}, at::kLong);
  fill_indices(key, first, n, std::span<int64_t>(x.data_ptr<int64_t>(), static_cast<size_t>(count)));
  return x;
}

Tensor draw_order(DrawKey key, int64_t n) {
  const std::vector<int64_t> order = permutation(key, n);
  return at::from_blob(const_cast<int64_t*>(order.data()), {n}, at::kLong).clone();
}

}  // namespace duet::interp
