#pragma once

#include <array>
#include <string>

#include "runtime/interp/body.h"

/// Transitions between memories and tensors. The fields are obs, action, reward, next_obs, alive, in this order.
namespace duet::interp {

using Fields = std::array<Tensor, 5>;

/// The transitions `rows` (index, any dims) of a memory; every field has the dims of `rows` first.
Fields gather(const Memory& memory, const Tensor& rows);

/// The observations only.
Tensor gather_obs(const Memory& memory, const Tensor& rows);

/// Gives fields, with `front` axes before their own, to values in the order of axes and of the kind these have.
class FieldsOut {
 public:
  FieldsOut(Preparing& preparing, const std::vector<ValueId>& ids, const std::vector<Axis>& front);
  void operator()(Engine& engine, const Fields& fields) const;

 private:
  std::vector<ValueId> ids_;
  std::vector<Alignment> aligns_;
  std::vector<Kind> kinds_;
};

Run prepare_sample(Preparing& preparing, const Node& node);
Run prepare_sample_starts(Preparing& preparing, const Node& node);
Run prepare_split(Preparing& preparing, const Node& node);
Run prepare_store(Preparing& preparing, const Node& node);

}  // namespace duet::interp
