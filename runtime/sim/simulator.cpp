#include "runtime/sim/simulator.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/sim/contact_forces.h"
#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/near_names.h"
#include "runtime/sim/unstable.h"
#include "runtime/sim/velocities.h"

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

ModelArray find_array(const mjModel& m, std::string_view name) {
  for (const ModelArray& array : model_arrays(m))
    if (name == array.name) return array;
  throw std::logic_error("Simulator: the model has no array " + std::string(name));
}

bool never_negative(std::string_view name) {
  constexpr std::array kNames = {"body_mass",     "body_inertia",     "geom_friction",
                                 "dof_damping",   "dof_armature",     "dof_frictionloss",
                                 "jnt_stiffness", "tendon_stiffness", "tendon_damping"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

struct Simulator::Impl {
  Impl(std::shared_ptr<const Model> shared, SimulatorOptions options)
      : model(std::move(shared)),
        own(options.own_constants ? mj_copyModel(nullptr, model->native().model.get()) : nullptr),
        m(own ? own.get() : model->native().model.get()),
        data(mj_makeData(m)),
        d(data.get()),
        body_forces(options.body_forces) {
    if (!d || (options.own_constants && !own))
      throw Error("E0503", "there is no memory for a simulation of '" + model->path() + "'");
    slots = quantity_slots(*m, d);
    slots.push_back({kContactCount, &contacts, 1, 1, false});
    if (options.contact_forces) {
      forces.emplace(m->ngeom);
      slots.push_back({kContactForce, forces->values(), m->ngeom, m->ngeom, false});
    }
    if (options.velocities) {
      velocities.emplace(*m);
      for (const QuantitySlot& slot : velocities->slots()) slots.push_back(slot);
    }
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

  /// What mj_resetData leaves, as far as anything can depend on it, but for qpos. MuJoCo clears all of mjData,
  /// megabytes of constraint matrices and contacts that a step writes before it reads them: as long as ten steps of a
  /// small robot.
  void clear() {
    if (m->nmocap > 0) return mj_resetData(m, d);  // mocap bodies start where constants say, which may have changed
    load(blank);
    std::fill(std::begin(d->warning), std::end(d->warning), mjWarningStat{});
    d->ne = d->nf = d->nefc = d->ncon = 0;
  }

  void save(std::span<double> out) const {
    double* next = out.data();
    for (const std::span<double>& part : state) next = std::copy(part.begin(), part.end(), next);
  }

  void load(std::span<const double> from) {
    const double* next = from.data();
    for (const std::span<double>& part : state) {
      std::copy(next, next + part.size(), part.begin());
      next += part.size();
    }
    if (forces) forces->overwritten();
  }

  void copy(const Impl& other) {
    if (other.state_size != state_size) throw std::logic_error("Simulator: the other one is of another kind");
    for (std::size_t i = 0; i < state.size(); ++i) std::ranges::copy(other.state[i], state[i].begin());
    if (forces) forces->overwritten();
  }

  /// The model's initial state, all quantities computed.
  void start() {
    mj_resetData(m, d);
    if (blank.empty()) {
      blank.resize(state_size);
      save(blank);
    }
    mj_forward(m, d);
    read_own();
  }

  /// Fills the quantities that are not MuJoCo's.
  void read_own() {
    contacts = d->ncon;
    if (forces) forces->read(*m, *d);
    if (velocities) velocities->read(*m, *d);
  }

  /// Physics steps, each after `prepare`.
  template <class Prepare>
  void advance(int frames, Prepare prepare) {
    const double began = d->time;
    clear_instability(*d);
    try {
      for (int frame = 0; frame < frames; ++frame) {
        prepare();
        mj_step(m, d);
      }
      if (body_forces) mj_rnePostConstraint(m, d);
    } catch (...) {
      start();
      throw;
    }
    check(began);
    read_own();
  }

  /// Forgets everything and sets the state; no quantity is computed. Throws E0601 if a number is bad.
  void set_state(std::span<const double> qpos, std::span<const double> qvel) {
    require_size(qpos.size(), m->nq, "qpos");
    require_size(qvel.size(), m->nv, "qvel");
    clear();
    std::copy(qpos.begin(), qpos.end(), d->qpos);
    std::copy(qvel.begin(), qvel.end(), d->qvel);
    check(0.0);
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
  MjModelPtr own;  ///< The copy whose constants can be written, if there is one.
  const mjModel* m;
  MjDataPtr data;
  mjData* d;
  bool body_forces;
  double contacts = 0.0;  ///< d->ncon as a number that scripts can read.
  std::optional<ContactForces> forces;
  std::optional<Velocities> velocities;
  std::vector<QuantitySlot> slots;
  std::vector<std::span<double>> state;
  std::size_t state_size = 0;
  std::vector<double> blank;  ///< The state just after mj_resetData.
};

Simulator::Simulator(std::shared_ptr<const Model> model, SimulatorOptions options) {
  install_mujoco_handlers();
  impl_ = std::make_unique<Impl>(std::move(model), options);
  impl_->start();
}
Simulator::~Simulator() = default;
Simulator::Simulator(Simulator&&) noexcept = default;
Simulator& Simulator::operator=(Simulator&&) noexcept = default;

const Model& Simulator::model() const {
  return *impl_->model;
}

Simulator::Native Simulator::native() const {
  return {*impl_->m};
}

void Simulator::reset(std::span<const double> qpos, std::span<const double> qvel) {
  Impl& s = *impl_;
  s.set_state(qpos, qvel);
  try {
    mj_forward(s.m, s.d);
  } catch (const Error&) {
    mj_resetData(s.m, s.d);
    throw;
  }
  s.read_own();
}

void Simulator::resume(std::span<const double> qpos, std::span<const double> qvel,
                       std::span<const double> qacc_warmstart) {
  Impl& s = *impl_;
  require_size(qacc_warmstart.size(), s.m->nv, "qacc_warmstart");
  s.set_state(qpos, qvel);
  std::copy(qacc_warmstart.begin(), qacc_warmstart.end(), s.d->qacc_warmstart);
  s.read_own();
}

void Simulator::step(std::span<const double> ctrl, int frames) {
  Impl& s = *impl_;
  require_size(ctrl.size(), s.m->nu, "ctrl");
  std::copy(ctrl.begin(), ctrl.end(), s.d->ctrl);
  s.advance(frames, [] {});
}

void Simulator::step(int frames, const ControlLaw& law) {
  Impl& s = *impl_;
  const std::span<double> ctrl(s.d->ctrl, static_cast<std::size_t>(s.m->nu));
  s.advance(frames, [&] { law(ctrl); });
}

void Simulator::settle(int frames) {
  Impl& s = *impl_;
  std::fill(s.d->ctrl, s.d->ctrl + s.m->nu, 0.0);
  s.advance(frames, [] {});
  s.d->time = 0.0;
  mj_forward(s.m, s.d);
  s.read_own();
}

void Simulator::write_constant(std::string_view name, std::span<const int64_t> elements,
                               std::span<const double> values) {
  Impl& s = *impl_;
  if (!s.own) throw std::logic_error("Simulator: its constants are shared");
  require_size(values.size(), static_cast<int>(elements.size()), "the constant");
  const ModelArray array = find_array(*s.own, name);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (never_negative(name) && values[i] < 0.0)
      throw Error("E0616", "`" + std::string(name) + "` would become " + std::to_string(values[i]),
                  "masses, inertias, frictions, stiffnesses and dampings are not negative");
    array.values[elements[i]] = values[i];
  }
  // A body, geom or site that was in the frame of its parent need not be any more.
  const auto forget = [&](mjtByte* flags, int count) { std::fill(flags, flags + count, mjtByte{0}); };
  if (name.starts_with("geom_pos") || name.starts_with("geom_quat")) forget(s.own->geom_sameframe, s.own->ngeom);
  if (name.starts_with("body_ipos")) forget(s.own->body_sameframe, s.own->nbody);
  if (name.starts_with("site_pos") || name.starts_with("site_quat")) forget(s.own->site_sameframe, s.own->nsite);
}

void Simulator::finish_constants() {
  Impl& s = *impl_;
  if (!s.own) throw std::logic_error("Simulator: its constants are shared");
  mj_setConst(s.own.get(), s.d);
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

bool Simulator::is_constant(std::string_view name) const {
  return std::any_of(impl_->slots.begin(), impl_->slots.end(),
                     [&](const QuantitySlot& slot) { return name == slot.name && slot.constant; });
}

Quantity Simulator::nominal(std::string_view name) const {
  const mjModel& m = *impl_->model->native().model;
  if (name == "qpos0") return {view(m.qpos0, m.nq), m.nq, 1};
  const ModelArray array = find_array(m, name);
  return {view(array.values, array.rows * array.cols), array.rows, array.cols};
}

std::string Simulator::warnings() const {
  return describe_warnings(*impl_->d);
}

std::size_t Simulator::state_size() const {
  return impl_->state_size;
}

void Simulator::save(std::span<double> out) const {
  require_size(out.size(), static_cast<int>(impl_->state_size), "the state");
  impl_->save(out);
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
  s.load(state);
}

void Simulator::go_on_from(const Simulator& other) {
  impl_->copy(*other.impl_);
}

}  // namespace duet
