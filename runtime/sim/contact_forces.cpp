#include "runtime/sim/contact_forces.h"

#include <algorithm>

namespace duet {

ContactForces::ContactForces(int geoms) : geoms_(static_cast<std::size_t>(geoms)), values_(geoms_ * geoms_, 0.0) {
  touching_.reserve(256);
}

void ContactForces::read(const mjModel& model, const mjData& data) {
  const auto at = [this](int a, int b) -> double& {
    return values_[static_cast<std::size_t>(a) * geoms_ + static_cast<std::size_t>(b)];
  };
  for (const auto& [a, b] : touching_) at(a, b) = at(b, a) = 0.0;
  if (!known_) std::fill(values_.begin(), values_.end(), 0.0);
  known_ = true;
  touching_.clear();
  for (int i = 0; i < data.ncon; ++i) {
    const mjContact& contact = data.contact[i];
    mjtNum force[6];
    mj_contactForce(&model, &data, i, force);
    at(contact.geom1, contact.geom2) += force[0];
    at(contact.geom2, contact.geom1) = at(contact.geom1, contact.geom2);
    touching_.emplace_back(contact.geom1, contact.geom2);
  }
}

}  // namespace duet
