#include "runtime/plan/multiply.h"

#include "runtime/kernels/bfloat16.h"
#include "runtime/kernels/nonzero_rows.h"

/// Products of matrices, and which kernels do them.
namespace duet::plan {

namespace {

using kernels::Bfloat16;
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

/// The kernel for what is in bfloat16 now; made when it is first needed.
class Kernels {
 public:
  Kernels(const kernels::MatmulShape& s, RoundedForm form)
      : shape_{s.m, s.n, s.k, s.lda, s.ldc, s.bias, s.activation}, form_(std::move(form)) {}

  const PackedMatmul& get(bool tracing) {
    shape_.bfloat16_in = form_.a && !tracing;
    shape_.bfloat16_out = form_.c && *form_.c && !tracing;
    auto& kernel = made_[shape_.bfloat16_in ? 1 : 0][shape_.bfloat16_out ? 1 : 0];
    if (!kernel) kernel = PackedMatmul::make(shape_);
    return *kernel;
  }

 private:
  kernels::PackedShape shape_;
  RoundedForm form_;
  std::shared_ptr<const PackedMatmul> made_[2][2];
};

const void* address(const float* value, int64_t at, bool rounded) {
  return rounded ? static_cast<const void*>(reinterpret_cast<const Bfloat16*>(value) + at) : value + at;
}

void* address(float* value, int64_t at, bool rounded) {
  return rounded ? static_cast<void*>(reinterpret_cast<Bfloat16*>(value) + at) : value + at;
}

}  // namespace

double flops(const kernels::MatmulShape& shape) {
  return 2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
}

Multiply multiply(const kernels::MatmulShape& shape) {
  return [kernel = kernels::Matmul::make(shape)](Thread&, int64_t, const Matrices& x) {
    kernel->run(x.a.value + x.a.at, x.b, x.beside, x.c.value + x.c.at, x.slope);
  };
}

Multiply multiply_nonzero_rows(const kernels::MatmulShape& shape) {
  return [kernel = kernels::NonzeroRowsMatmul(shape)](Thread&, int64_t, const Matrices& x) mutable {
    kernel.run(x.a.value + x.a.at, x.b, x.beside, x.c.value + x.c.at);
  };
}

Multiply multiply_rounded(const kernels::MatmulShape& shape, size_t factors, RoundedForm form) {
  return [shape, kernels = Kernels(shape, std::move(form)), factors = std::vector<Factor>(factors),
          scratch = std::vector<Bfloat16>()](Thread& thread, int64_t factor, const Matrices& x) mutable {
    const PackedMatmul& kernel = kernels.get(thread.engine.tracing);
    scratch.resize(std::max(scratch.size(), static_cast<size_t>(kernel.scratch_size())));
    kernel.run(address(x.a.value, x.a.at, kernel.shape().bfloat16_in),
               factors[static_cast<size_t>(factor)].packed(thread.engine, x.b, shape), x.beside,
               address(x.c.value, x.c.at, kernel.shape().bfloat16_out), scratch.data());
  };
}

}  // namespace duet::plan
