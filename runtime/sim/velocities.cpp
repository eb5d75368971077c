#include "runtime/sim/velocities.h"

#include <algorithm>

namespace duet {
namespace {

std::vector<double> rows_of_three(int count) {
  return std::vector<double>(3 * static_cast<std::size_t>(count), 0.0);
}

void read_all(const mjModel& model, const mjData& data, mjtObj kind, int count, double* linear, double* angular) {
  for (int id = 0; id < count; ++id) {
    mjtNum velocity[6];  // angular, linear
    mj_objectVelocity(&model, &data, kind, id, velocity, 0);
    std::copy_n(velocity, 3, angular + 3 * id);
    std::copy_n(velocity + 3, 3, linear + 3 * id);
  }
}

}  // namespace

Velocities::Velocities(const mjModel& model)
    : body_linear_(rows_of_three(model.nbody)),
      body_angular_(rows_of_three(model.nbody)),
      site_linear_(rows_of_three(model.nsite)),
      site_angular_(rows_of_three(model.nsite)) {}

std::vector<QuantitySlot> Velocities::slots() {
  const int bodies = static_cast<int>(body_linear_.size() / 3), sites = static_cast<int>(site_linear_.size() / 3);
  return {{"xvelp", body_linear_.data(), bodies, 3, false},
          {"xvelr", body_angular_.data(), bodies, 3, false},
          {"site_xvelp", site_linear_.data(), sites, 3, false},
          {"site_xvelr", site_angular_.data(), sites, 3, false}};
}

void Velocities::read(const mjModel& model, const mjData& data) {
  read_all(model, data, mjOBJ_XBODY, model.nbody, body_linear_.data(), body_angular_.data());
  read_all(model, data, mjOBJ_SITE, model.nsite, site_linear_.data(), site_angular_.data());
}

std::vector<QuantitySlot> velocity_shapes(const mjModel& model) {
  std::vector<QuantitySlot> shapes = Velocities(model).slots();
  for (QuantitySlot& shape : shapes) shape.values = nullptr;
  return shapes;
}

}  // namespace duet
