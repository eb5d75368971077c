#include "runtime/sim/simulator.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/near_names.h"
#include "runtime/sim/unstable.h"

namespace duet {
namespace {

std::span<const double> view(const double* values, int count) {
  return {values, static_cast<std::size_t>(count)};
}

void require_size(std::size_t got, int wanted, const char* what) {
  if (got == static_cast<std::size_t>(wanted)) return;
  throw std::invalid_argument(std::string("Simulator: ") + what + " has " + std::to_string(got) + " numbers, not " +
                              std::to_string(wanted));
}

}  // namespace

struct Simulator::Impl {
  explicit Impl(std::shared_ptr<const Model> shared)
      : model(std::move(shared)), m(model->native().model.get()), data(mj_makeData(m)), d(data.get()) {
    if (!d) throw Error("E0503", "there is no memory for a simulation of '" + model->path() + "'");
    slots = quantity_slots(*m, d);
    slots.push_back({kContactCount, &contacts, 1, 1, false});
    list_state();
  }

  /// Every array that outlives a step: the quantities, and the inputs of MuJoCo that are none.
  void list_state() {
    const auto add = [this](double* values, int count) {
      if (count > 0) state.emplace_back(values, static_cast<std::size_t>(count));
    };
    for (const QuantitySlot& slot : slots) {
      if (!slot.constant) add(const_cast<double*>(slot.values), slot.rows * slot.cols);
    }
    add(d->qacc_warmstart, m->nv);
    add(d->qfrc_applied, m->nv);
    add(d->xfrc_applied, 6 * m->nbody);
    add(d->mocap_pos, 3 * m->nmocap);
    add(d->mocap_quat, 4 * m->nmocap);
    add(d->userdata, m->nuserdata);
    for (const std::span<double>& part : state) state_size += part.size();
  }

  /// The model's initial state, all quantities computed.
  void start() {
    mj_resetData(m, d);
    mj_forward(m, d);
    contacts = d->ncon;
  }

  /// Throws E0601 if MuJoCo met a bad number, or if the state it leaves holds one.
  void check(double began) {
    std::string fault = describe_instability(*m, *d);
    if (fault.empty()) fault = describe_bad_state(*m, *d);
    if (fault.empty()) return;
    start();
    throw unstable_error(fault, began);
  }

  std::shared_ptr<const Model> model;
  const mjModel* m;
  MjDataPtr data;
  mjData* d;
  double contacts = 0.0;  ///< d->ncon as a number that scripts can read.
  std::vector<QuantitySlot> slots;
  std::vector<std::span<double>> state;
  std::size_t state_size = 0;
};

Simulator::Simulator(std::shared_ptr<const Model> model) {
  install_mujoco_handlers();
  impl_ = std::make_unique<Impl>(std::move(model));
  impl_->start();
}
Simulator::~Simulator() = default;
Simulator::Simulator(Simulator&&) noexcept = default;
Simulator& Simulator::operator=(Simulator&&) noexcept = default;

const Model& Simulator::model() const {
  return *impl_->model;
}

const mjModel_& Simulator::native_model() const {
  return *impl_->m;
}

void Simulator::reset(std::span<const double> qpos, std::span<const double> qvel) {
  Impl& s = *impl_;
  require_size(qpos.size(), s.m->nq, "qpos");
  require_size(qvel.size(), s.m->nv, "qvel");
  mj_resetData(s.m, s.d);
  std::copy(qpos.begin(), qpos.end(), s.d->qpos);
  std::copy(qvel.begin(), qvel.end(), s.d->qvel);
  s.check(0.0);
  try {
    mj_forward(s.m, s.d);
  } catch (const Error&) {
    mj_resetData(s.m, s.d);
    throw;
  }
  s.contacts = s.d->ncon;
}

void Simulator::step(std::span<const double> ctrl, int frames) {
  Impl& s = *impl_;
  require_size(ctrl.size(), s.m->nu, "ctrl");
  const double began = s.d->time;
  clear_instability(*s.d);
  std::copy(ctrl.begin(), ctrl.end(), s.d->ctrl);
  try {
    for (int frame = 0; frame < frames; ++frame) mj_step(s.m, s.d);
    mj_rnePostConstraint(s.m, s.d);
  } catch (const Error&) {
    s.start();
    throw;
  }
  s.check(began);
  s.contacts = s.d->ncon;
}

double Simulator::time() const {
  return impl_->d->time;
}
std::span<const double> Simulator::qpos() const {
  return view(impl_->d->qpos, impl_->m->nq);
}
std::span<const double> Simulator::qvel() const {
  return view(impl_->d->qvel, impl_->m->nv);
}
std::span<const double> Simulator::ctrl() const {
  return view(impl_->d->ctrl, impl_->m->nu);
}
std::span<const double> Simulator::qacc() const {
  return view(impl_->d->qacc, impl_->m->nv);
}
std::span<const double> Simulator::qacc_warmstart() const {
  return view(impl_->d->qacc_warmstart, impl_->m->nv);
}
std::span<const double> Simulator::qfrc_actuator() const {
  return view(impl_->d->qfrc_actuator, impl_->m->nv);
}
std::span<const double> Simulator::qfrc_constraint() const {
  return view(impl_->d->qfrc_constraint, impl_->m->nv);
}
std::span<const double> Simulator::cfrc_ext() const {
  return view(impl_->d->cfrc_ext, 6 * impl_->m->nbody);
}
std::span<const double> Simulator::cinert() const {
  return view(impl_->d->cinert, 10 * impl_->m->nbody);
}
std::span<const double> Simulator::cvel() const {
  return view(impl_->d->cvel, 6 * impl_->m->nbody);
}
std::span<const double> Simulator::xpos() const {
  return view(impl_->d->xpos, 3 * impl_->m->nbody);
}
std::span<const double> Simulator::xquat() const {
  return view(impl_->d->xquat, 4 * impl_->m->nbody);
}
std::span<const double> Simulator::xipos() const {
  return view(impl_->d->xipos, 3 * impl_->m->nbody);
}
std::span<const double> Simulator::subtree_com() const {
  return view(impl_->d->subtree_com, 3 * impl_->m->nbody);
}
std::span<const double> Simulator::site_xpos() const {
  return view(impl_->d->site_xpos, 3 * impl_->m->nsite);
}
std::span<const double> Simulator::geom_xpos() const {
  return view(impl_->d->geom_xpos, 3 * impl_->m->ngeom);
}
std::span<const double> Simulator::sensordata() const {
  return view(impl_->d->sensordata, impl_->m->nsensordata);
}

int Simulator::contact_count() const {
  return static_cast<int>(impl_->contacts);
}

Quantity Simulator::quantity(std::string_view name) const {
  for (const QuantitySlot& slot : impl_->slots) {
    if (name == slot.name) return {view(slot.values, slot.rows * slot.cols), slot.rows, slot.cols};
  }
  std::vector<std::string> known;
  for (const QuantitySlot& slot : impl_->slots) known.emplace_back(slot.name);
  throw Error("E0506", "the simulator has no quantity '" + std::string(name) + "'", help_near_names(name, known));
}

std::string Simulator::warnings() const {
  return describe_warnings(*impl_->d);
}

std::size_t Simulator::state_size() const {
  return impl_->state_size;
}

void Simulator::save(std::span<double> out) const {
  require_size(out.size(), static_cast<int>(impl_->state_size), "the state");
  double* next = out.data();
  for (const std::span<double>& part : impl_->state) next = std::copy(part.begin(), part.end(), next);
}

std::vector<double> Simulator::save() const {
  std::vector<double> out(impl_->state_size);
  save(out);
  return out;
}

void Simulator::restore(std::span<const double> state) {
  Impl& s = *impl_;
  if (state.size() != s.state_size) {
    throw Error("E0610",
                "a saved state of the simulator has " + std::to_string(state.size()) + " numbers, but '" +
                    s.model->path() + "' needs " + std::to_string(s.state_size),
                "it belongs to another robot, or the model file has changed since it was saved");
  }
  const double* next = state.data();
  for (const std::span<double>& part : s.state) {
    std::copy(next, next + part.size(), part.begin());
    next += part.size();
  }
}

}  // namespace duet
