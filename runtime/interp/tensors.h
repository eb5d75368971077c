#pragma once

#include <vector>

#include "runtime/interp/interpreter.h"
#include "runtime/interp/torch.h"
#include "runtime/program/program.h"

/// Tensors of LibTorch seen as values of the language: the dims of a tensor follow exactly the axes of its type.
namespace duet::interp {

using at::Tensor;

/// real: float32, boolean: bool, index: int64.
at::ScalarType dtype_of(Kind kind);

/// The tensor with the elements of `kind`; itself if it has them already.
Tensor to_kind(const Tensor& x, Kind kind);

/// Lines a tensor whose dims are `from` up with `to`: a permuted view with a dim of size 1 for each axis of `to` that
/// `from` lacks. Every axis of `from` must be in `to` (std::logic_error). Worked out once, applied often.
class Alignment {
 public:
  Alignment(const std::vector<Axis>& from, const std::vector<Axis>& to);
  Tensor operator()(const Tensor& x) const;
  /// True if the view has dims of size 1 that stand for missing axes.
  bool adds_axes() const { return adds_; }

 private:
  std::vector<int64_t> order_;      // empty: as it is
  std::vector<int64_t> unsqueeze_;  // where dims of size 1 go in, ascending
  bool adds_ = false;
};

/// An alignment for element-wise use, where missing axes in front may stay missing: LibTorch broadcasts those itself.
class BroadcastAlignment {
 public:
  BroadcastAlignment(const std::vector<Axis>& from, const std::vector<Axis>& to);
  Tensor operator()(const Tensor& x) const { return plain_ ? x : full_(x); }

 private:
  bool plain_;
  Alignment full_;
};

/// Positions of the axes called `names` in `axes`; a name that is not there is a std::logic_error.
std::vector<int64_t> positions(const std::vector<Axis>& axes, const std::vector<std::string>& names);
int64_t position(const std::vector<Axis>& axes, const std::string& name);

/// The axes of `axes` that are not called one of `names`.
std::vector<Axis> without(const std::vector<Axis>& axes, const std::vector<std::string>& names);
std::vector<Axis> joined(std::vector<Axis> a, const std::vector<Axis>& b);

/// Sizes that tensors lined up by Alignment broadcast to.
std::vector<int64_t> broadcast_sizes(const std::vector<Tensor>& aligned);

/// What LibTorch found as the derivative towards `x`, as a tensor of its own: it leaves zeros out, or allocates none.
Tensor derivative_of(const Tensor& x, const Tensor& found);

/// True if no element is NaN or infinite.
bool all_finite(const Tensor& x);

/// A tensor as plain numbers, and back. `type` names the axes; unknown sizes are taken from the tensor.
TensorData to_data(const Tensor& x, Type type);
Tensor from_data(const TensorData& data);

}  // namespace duet::interp
