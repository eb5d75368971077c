#include "runtime/plan/multiply.h"
#include "runtime/kernels/bfloat16.h"

/// Products of matrices, and which kernels do them.
namespace duet::plan {

namespace {

using kernels::PackedMatmul;
using kernels::PackedWeights;

/// A matrix b as the kernel wants it. Most are weights, which stay the same over many products.
class Factor {
 public:
  const PackedWeights& packed(Engine& engine, const float* w, const kernels::MatmulShape& shape) {
    const States& states = engine.states;
    if (state_ >= 0 && w == from_ && states.version(state_) == version_) return *shared_;
    state_ = states.holder(w);
    if (state_ < 0) return pack_own(w, shape);
    shared_ = engine.packed_states.get(state_, w, shape.k, shape.n, shape.ldb);
    version_ = states.version(state_);
    from_ = w;
    return *shared_;
  }

 private:
  const PackedWeights& pack_own(const float* w, const kernels::MatmulShape& shape) {
    if (!own_) own_ = std::make_shared<PackedWeights>(shape.k, shape.n);
    own_->pack(w, shape.ldb);
    return *own_;
  }

  int64_t state_ = -1;  // that holds the weights
  const float* from_ = nullptr;
  uint64_t version_ = 0;
  std::shared_ptr<const PackedWeights> shared_;
  std::shared_ptr<PackedWeights> own_;  // of weights that were computed
};

}  // namespace

double flops(const kernels::MatmulShape& shape) {
  return 2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
}

Multiply multiply(const kernels::MatmulShape& shape) {
  return [kernel = kernels::Matmul::make(shape)](Thread&, int64_t, const Matrices& x) {
    kernel->run(x.a, x.b, x.bias, x.c);
  };
}

Multiply multiply_rounded(const kernels::MatmulShape& shape, size_t factors) {
  const auto kernel =
      PackedMatmul::make({shape.m, shape.n, shape.k, shape.lda, shape.ldc, shape.bias, shape.activation});
  std::vector<kernels::Bfloat16> scratch(static_cast<size_t>(kernel->scratch_size()));
  return [kernel, shape, scratch, factors = std::vector<Factor>(factors)](Thread& thread, int64_t factor,
                                                                          const Matrices& x) mutable {
    const PackedWeights& weights = factors[static_cast<size_t>(factor)].packed(thread.engine, x.b, shape);
    kernel->run(x.a, weights, x.bias, x.c, scratch.data());
  };
}

}  // namespace duet::plan
