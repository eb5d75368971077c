#include "runtime/kernels/bfloat16.h"

#include <bit>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "runtime/kernels/onednn.h"

namespace duet::kernels {

namespace {

dnnl_data_type_t type_of(bool bfloat16) {
  return bfloat16 ? dnnl_bf16 : dnnl_f32;
}

/// The layout of weights is chosen once for all products with them: oneDNN's choice for many rows.
onednn::MatmulArguments typical_product(int64_t k, int64_t n) {
  constexpr int64_t kRows = 256;
  return {onednn::matrix(kRows, k, k, 1, dnnl_bf16), onednn::matrix_of_any_layout(k, n, dnnl_bf16),
          onednn::matrix(kRows, n, n, 1, dnnl_bf16)};
}

dnnl_memory_desc_t packed_layout(int64_t k, int64_t n) {
  return onednn::Primitive::matmul(typical_product(k, n)).layout_of_b();
}

}  // namespace

bool bfloat16_is_fast() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

void to_bfloat16(const float* x, int64_t n, Bfloat16* out) {
  for (int64_t i = 0; i < n; ++i) {
    const auto word = std::bit_cast<uint32_t>(x[i]);
    const uint32_t rounded = word + 0x7fff + (word >> 16 & 1);  // half a unit, less a bit where that ties to even
    const bool nan = (word & 0x7fffffff) > 0x7f800000;
    out[i] = static_cast<Bfloat16>((nan ? word | 0x400000 : rounded) >> 16);
  }
}

void from_bfloat16(const Bfloat16* x, int64_t n, float* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = std::bit_cast<float>(static_cast<uint32_t>(x[i]) << 16);
}

struct PackedWeights::Storage {
  Storage(int64_t k, int64_t n)
      : k(k),
        n(n),
        layout(packed_layout(k, n)),
        rows(static_cast<size_t>(k * n)),
        packed(onednn::bytes(layout) / sizeof(Bfloat16)),
        reorder(onednn::Primitive::reorder(onednn::matrix(k, n, n, 1, dnnl_bf16), layout)) {}

  int64_t k, n;
  dnnl_memory_desc_t layout;
  std::vector<Bfloat16> rows;    // as given, rounded
  std::vector<Bfloat16> packed;  // in oneDNN's layout
  onednn::Primitive reorder;
};

PackedWeights::PackedWeights(int64_t k, int64_t n) : storage_(std::make_unique<Storage>(k, n)) {}
PackedWeights::~PackedWeights() = default;
PackedWeights::PackedWeights(PackedWeights&&) noexcept = default;
PackedWeights& PackedWeights::operator=(PackedWeights&&) noexcept = default;

void PackedWeights::pack(const float* w, int64_t ldb) {
  Storage& s = *storage_;
  for (int64_t i = 0; i < s.k; ++i) to_bfloat16(w + i * ldb, s.n, s.rows.data() + i * s.n);
  s.reorder.run({{s.rows.data()}, s.packed.data()});
}

int64_t PackedWeights::k() const {
  return storage_->k;
}
int64_t PackedWeights::n() const {
  return storage_->n;
}

struct PackedMatmul::Primitive {
  onednn::Primitive matmul;
};

PackedMatmul::PackedMatmul(const PackedShape& s) : shape_(s) {
  if (s.m < 1 || s.n < 1 || s.k < 1) throw std::invalid_argument("PackedMatmul: an empty matrix");
  if (s.lda < s.k || s.ldc < s.n)
    throw std::invalid_argument("PackedMatmul: a leading dimension is shorter than a row");
  const int64_t lda = s.bfloat16_in ? s.lda : s.k;  // the scratch space has no gaps
  primitive_ = std::make_unique<Primitive>(Primitive{onednn::Primitive::matmul(
      {onednn::matrix(s.m, s.k, lda, 1, dnnl_bf16), packed_layout(s.k, s.n),
       onednn::matrix(s.m, s.n, s.ldc, 1, type_of(s.bfloat16_out)), s.bias, false, s.activation})});
}
PackedMatmul::~PackedMatmul() = default;

std::shared_ptr<const PackedMatmul> PackedMatmul::make(const PackedShape& shape) {
  static std::mutex mutex;
  static std::vector<std::shared_ptr<const PackedMatmul>> known;
  const std::lock_guard lock(mutex);
  for (const auto& matmul : known)
    if (matmul->shape() == shape) return matmul;
  return known.emplace_back(std::make_shared<PackedMatmul>(shape));
}

int64_t PackedMatmul::scratch_size() const {
  return shape_.bfloat16_in ? 0 : shape_.m * shape_.k;
}

void PackedMatmul::run(const void* a, const PackedWeights& w, const float* bias, void* c, Bfloat16* scratch) const {
  if (w.k() != shape_.k || w.n() != shape_.n) throw std::invalid_argument("PackedMatmul: weights of another shape");
  if (!shape_.bfloat16_in) {
    const auto* rows = static_cast<const float*>(a);
    for (int64_t i = 0; i < shape_.m; ++i) to_bfloat16(rows + i * shape_.lda, shape_.k, scratch + i * shape_.k);
    a = scratch;
  }
  primitive_->matmul.run({{a, w.storage_->packed.data()}, c, shape_.bias ? bias : nullptr});
}

double PackedMatmul::flops() const {
  return 2.0 * static_cast<double>(shape_.m) * static_cast<double>(shape_.n) * static_cast<double>(shape_.k);
}

}  // namespace duet::kernels
