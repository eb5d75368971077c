#include "runtime/kernels/matmul.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "runtime/kernels/onednn.h"
#include "runtime/kernels/tiled_matmul.h"
#include "runtime/kernels/vector_math.h"
#include "runtime/kernels/vector_matmul.h"

namespace duet::kernels {

namespace {

/// By oneDNN, for processors that no kernel of our own is made for.
class GeneralMatmul final : public Matmul {
 public:
  explicit GeneralMatmul(const MatmulShape& shape) : Matmul(shape), primitive_(make_primitive(shape)) {}

  void run(const float* a, const float* b, const float* beside, float* c, float* slope) const override {
    if (shape().bias_rows > 0) spread_bias(beside, c);
    primitive_.run({{a, b}, c, shape().bias && shape().bias_rows == 0 ? beside : nullptr});
    if (shape().factor != Factor::none) apply_factor(beside, c);
    if (shape().slope) activate(c, slope);
  }

 private:
  static onednn::Primitive make_primitive(const MatmulShape& s) {
    const auto stored = [](int64_t rows, int64_t columns, int64_t ld, bool transposed) {
      return onednn::matrix(rows, columns, transposed ? 1 : ld, transposed ? ld : 1);
    };
    return onednn::Primitive::matmul({stored(s.m, s.k, s.lda, s.transpose_a), stored(s.k, s.n, s.ldb, s.transpose_b),
                                      stored(s.m, s.n, s.ldc, false), s.bias && s.bias_rows == 0,
                                      s.accumulate || s.bias_rows > 0, s.slope ? Activation::none : s.activation});
  }

  /// The product is then added to it.
  void spread_bias(const float* bias, float* c) const {
    const MatmulShape& s = shape();
    for (int64_t i = 0; i < s.m; ++i, c += s.ldc) std::copy_n(bias + i / s.bias_rows * s.ld_bias, s.n, c);
  }

  void apply_factor(const float* f, float* c) const {
    const MatmulShape& s = shape();
    for (int64_t i = 0; i < s.m; ++i, f += s.ldf, c += s.ldc) {
      if (s.factor == Factor::value)
        for (int64_t j = 0; j < s.n; ++j) c[j] *= f[j];
      else
        for (int64_t j = 0; j < s.n; ++j) c[j] = f[j] > 0 ? c[j] : 0;
    }
  }

  void activate(float* c, float* slope) const {
    const MatmulShape& s = shape();
    for (int64_t i = 0; i < s.m; ++i, c += s.ldc, slope += s.ldc) {
      for (int64_t j = 0; j < s.n; j += kLanes) {
        Floats derivative;
        store_up_to(c + j, math::swish_with_slope(load_up_to(c + j, s.n - j), derivative), s.n - j);
        store_up_to(slope + j, derivative, s.n - j);
      }
    }
  }

  onednn::Primitive primitive_;
};

void check_rows_of_bias(const MatmulShape& s) {
  if (!s.bias || s.accumulate) throw std::invalid_argument("Matmul: rows of a bias without one, or of a sum");
  if (s.bias_rows < 1 || s.m % s.bias_rows != 0 || s.ld_bias < s.n)
    throw std::invalid_argument("Matmul: the rows of the bias do not fit");
}

void check(const MatmulShape& s) {
  if (s.m < 1 || s.n < 1 || s.k < 1) throw std::invalid_argument("Matmul: an empty matrix");
  if (s.lda < (s.transpose_a ? s.m : s.k) || s.ldb < (s.transpose_b ? s.k : s.n) || s.ldc < s.n)
    throw std::invalid_argument("Matmul: a leading dimension is shorter than a row");
  if (s.slope && s.activation != Activation::swish)
    throw std::invalid_argument("Matmul: a slope of another activation");
  if (s.bias_rows != 0) check_rows_of_bias(s);
  if (s.factor == Factor::none) return;
  if (s.bias) throw std::invalid_argument("Matmul: both a bias and a factor");
  if (s.activation != Activation::none) throw std::invalid_argument("Matmul: both an activation and a factor");
  if (s.ldf < s.n) throw std::invalid_argument("Matmul: a row of the factor is too short");
}

std::shared_ptr<const Matmul> made(const MatmulShape& shape) {
  const bool plain = shape.factor == Factor::none && !shape.slope && shape.bias_rows == 0;
  if (plain && DotMatmul::suits(shape)) return std::make_shared<DotMatmul>(shape);
  if (plain && OneRowMatmul::suits(shape)) return std::make_shared<OneRowMatmul>(shape);
  if (plain && OneColumnMatmul::suits(shape)) return std::make_shared<OneColumnMatmul>(shape);
  if (TiledMatmul::available()) return std::make_shared<TiledMatmul>(shape);
  return std::make_shared<GeneralMatmul>(shape);
}

}  // namespace

std::shared_ptr<const Matmul> Matmul::make(const MatmulShape& shape) {
  check(shape);
  static std::mutex mutex;
  static std::vector<std::shared_ptr<const Matmul>> known;
  const std::lock_guard lock(mutex);
  for (const auto& matmul : known)
    if (matmul->shape() == shape) return matmul;
  return known.emplace_back(made(shape));
}

double Matmul::flops() const {
  return 2.0 * static_cast<double>(shape_.m) * static_cast<double>(shape_.n) * static_cast<double>(shape_.k);
}

}  // namespace duet::kernels
