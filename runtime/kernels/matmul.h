#pragma once

#include <cstdint>
#include <memory>

namespace duet::kernels {

/// Applied to each element of a product.
enum class Activation : uint8_t { none, relu, swish, tanh, sigmoid };

/// What each element of a product is multiplied with at last: nothing, an element of a matrix F, or whether that is
/// above 0.
enum class Factor : uint8_t { none, value, positive };

/// C = activation(op(A) op(B) [+ bias] [+ C before]) or C = (op(A) op(B) [+ C before]) * F, op being nothing or a
/// transposition. Row-major; a leading dimension is the distance of two rows in elements, at least the length of a row.
struct MatmulShape {
  int64_t m = 0, n = 0, k = 0;        ///< op(A) is [m, k], op(B) [k, n], C [m, n]; all at least 1
  int64_t lda = 0, ldb = 0, ldc = 0;  ///< of A, B and C as they are stored
  bool transpose_a = false;           ///< A is stored as [k, m]
  bool transpose_b = false;           ///< B is stored as [n, k]
  bool bias = false;                  ///< a bias [n] is added to each row
  bool accumulate = false;            ///< the product is added to what C holds
  Activation activation = Activation::none;
  Factor factor = Factor::none;  ///< F is [m, n]; not with a bias or an activation
  int64_t ldf = 0;
  bool slope = false;  ///< the derivative of the activation, which is swish, is wanted too: [m, n], rows ldc apart
  /// If not 0: so many rows, one after the other, share a row of a bias [m / bias_rows, n], rows ld_bias apart. Not
  /// where the product is added to what C holds.
  int64_t bias_rows = 0;
  int64_t ld_bias = 0;

  bool operator==(const MatmulShape&) const = default;
};

/// A matrix product of a fixed shape in float32. The same call gives the same bits every time, in every thread.
class Matmul {
 public:
  /// The kernel for a shape: made once per process, then shared. Throws std::invalid_argument if a size is below 1,
  /// a leading dimension is too small, there are a factor and a bias or an activation, a slope of something else than
  /// swish, or rows of a bias that do not fit.
  static std::shared_ptr<const Matmul> make(const MatmulShape& shape);

  virtual ~Matmul() = default;

  /// `beside` is the bias or the factor F, if the shape has one; C is read only if it accumulates and overlaps nothing.
  /// `slope` is written if the shape has one. Uses the calling thread only and takes no memory; but where oneDNN has to
  /// do it (no AVX-512, m > 1 and n > 1), a thread's first call does, and each execution makes a small map of its
  /// arguments.
  virtual void run(const float* a, const float* b, const float* beside, float* c, float* slope = nullptr) const = 0;

  const MatmulShape& shape() const { return shape_; }
  /// 2 m n k.
  double flops() const;

 protected:
  explicit Matmul(const MatmulShape& shape) : shape_(shape) {}

 private:
  MatmulShape shape_;
};

}  // namespace duet::kernels
