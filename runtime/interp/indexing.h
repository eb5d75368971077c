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

}  // namespace duet::interp
