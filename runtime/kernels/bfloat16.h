#pragma once

#include <cstdint>
#include <memory>

#include "runtime/kernels/matmul.h"

/// Matrix products of numbers rounded to bfloat16 (8 bits of mantissa), added up in float32: for planning with learned
/// models, where speed is worth more than the third digit.
namespace duet::kernels {

/// The upper half of a float32.
enum class Bfloat16 : uint16_t {};

/// True if this processor multiplies bfloat16 natively (avx512_bf16). Otherwise all works, slower than float32.
bool bfloat16_is_fast();

/// To the nearest, ties to even; a NaN stays one.
void to_bfloat16(const float* x, int64_t n, Bfloat16* out);
/// Exact.
void from_bfloat16(const Bfloat16* x, int64_t n, float* out);

/// A weight matrix [k, n] in bfloat16, laid out as the kernels like it.
class PackedWeights {
 public:
  /// Holds zeros until packed.
  PackedWeights(int64_t k, int64_t n);
  ~PackedWeights();
  PackedWeights(PackedWeights&&) noexcept;
  PackedWeights& operator=(PackedWeights&&) noexcept;

  /// Takes over w: [k, n] row-major, rows `ldb` elements apart. Takes no memory after the first call. Not while a
  /// product reads the weights.
  void pack(const float* w, int64_t ldb);

  int64_t k() const;
  int64_t n() const;

 private:
  friend class PackedMatmul;
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

/// C = activation(A W [+ bias]).
struct PackedShape {
  int64_t m = 0, n = 0, k = 0;
  int64_t lda = 0, ldc = 0;  ///< elements between rows of A and of C
  bool bias = false;
  Activation activation = Activation::none;
  bool bfloat16_in = false;   ///< A is Bfloat16 (the output of another product) rather than float
  bool bfloat16_out = false;  ///< C is Bfloat16 rather than float

  bool operator==(const PackedShape&) const = default;
};

class PackedMatmul {
 public:
  /// Made once per process, then shared.
  static std::shared_ptr<const PackedMatmul> make(const PackedShape& shape);

  explicit PackedMatmul(const PackedShape& shape);
  ~PackedMatmul();

  /// How many Bfloat16 the scratch space of `run` must hold: m * k, or 0 if A is Bfloat16 already.
  int64_t scratch_size() const;

  /// A is [m, k] and C [m, n], each float or Bfloat16 as the shape says; bias [n] is float. C and scratch overlap
  /// nothing. Safe to call from several threads at once, with scratch of their own.
  void run(const void* a, const PackedWeights& w, const float* bias, void* c, Bfloat16* scratch) const;

  const PackedShape& shape() const { return shape_; }
  /// 2 m n k.
  double flops() const;

 private:
  struct Primitive;
  PackedShape shape_;
  std::unique_ptr<Primitive> primitive_;
};

}  // namespace duet::kernels
