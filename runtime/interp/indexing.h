#pragma once

#include "runtime/interp/tensors.h"

namespace duet::interp {

/// Element i of x along one axis, where i is an index whose own axes are lined up by name with those of x.
class Taking {
 public:
  Taking(const std::vector<Axis>& x, const std::vector<Axis>& i, const std::string& axis,
         const std::vector<Axis>& result);
  /// The dims of the result follow `result`.
  Tensor operator()(const Tensor& x, const Tensor& i) const;

 private:
  Tensor together(const Tensor& x, const Tensor& i) const;

  enum class How { one, apart, together } how_;
  int64_t dim_;               // of the axis in x
  Alignment x_, i_, result_;  // for `together`: to the result's axes and the axis last; for the others: of the result
};

/// The adjoint of Taking: y added to zeros at element i along an axis, in the row-major order of i.
class Putting {
 public:
  Putting(const std::vector<Axis>& y, const std::vector<Axis>& i, const std::string& axis,
          const std::vector<Axis>& result);
  /// `size` is that of the axis in the result; the dims of the result follow `result`.
  Tensor operator()(const Tensor& y, const Tensor& i, int64_t size) const;

 private:
  std::vector<Axis> outer_, own_;  // the axes of the result but for `axis`, and those that only the index has
  bool together_;                  // the index shares axes with the result
  Alignment y_, i_, result_;       // y to outer and own; i to those or to own; outer and the axis to the result
};

}  // namespace duet::interp
