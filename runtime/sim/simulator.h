#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sim/model.h"

struct mjModel_;  // MuJoCo's

namespace duet {

/// A readable array of the simulator, row-major; `values` stays valid, and follows the simulation, as long as the
/// simulator lives.
struct Quantity {
  std::span<const double> values;
  int rows = 0;
  int cols = 1;
};

/// What a simulator does beyond the usual.
struct SimulatorOptions {
  bool own_constants = false;   ///< Works on a copy of the model, whose constants can be written.
  bool contact_forces = false;  ///< Keeps the quantity `contact_force`.
  bool velocities = false;      ///< Keeps `xvelp`, `xvelr`, `site_xvelp` and `site_xvelr`.
  bool body_forces = true;      ///< Keeps `cacc`, `cfrc_int` and `cfrc_ext`, which a step does not need.
};

/// Computes the control for the next frame into `ctrl` (size nu).
using ControlLaw = std::function<void(std::span<double> ctrl)>;

/// One simulated robot. Not for two threads at once; several simulators may share a model. Nothing is allocated after
/// the constructor, but for error messages and the save() that returns a vector.
///
/// MuJoCo does not recompute positions after it has integrated: after step() qpos, qvel, act and time are new, all
/// other quantities belong to the start of the last frame (Euler) or to its last Runge-Kutta stage (RK4).
class Simulator {
 public:
  /// Starts in the model's initial state, as after reset(qpos0, 0). Throws Error E0503 if there is no memory.
  explicit Simulator(std::shared_ptr<const Model> model, SimulatorOptions options = {});
  ~Simulator();
  Simulator(Simulator&&) noexcept;
  Simulator& operator=(Simulator&&) noexcept;

  const Model& model() const;

  /// MuJoCo's own model as this simulator steps it; complete only where runtime/sim/mujoco_door.h is included.
  struct Native;
  Native native() const;

  /// Forgets everything, sets the state and computes all quantities; cfrc_ext is zero until the first step.
  /// Sizes nq and nv, else std::invalid_argument. Throws Error E0601 if a number is not finite or beyond 1e10.
  void reset(std::span<const double> qpos, std::span<const double> qvel);

  /// Forgets everything and goes on from a state in the midst of an episode, whose constraint solver starts from
  /// `qacc_warmstart`: the next step is bit for bit the one that was taken from there. Nothing else is computed, so
  /// that until that step all quantities but qpos, qvel and act are 0. Sizes nq, nv, nv, else std::invalid_argument;
  /// throws Error E0601 if a number of the state is not finite or beyond 1e10.
  void resume(std::span<const double> qpos, std::span<const double> qvel, std::span<const double> qacc_warmstart);

  /// Holds `ctrl` (size nu, not clipped here; MuJoCo clamps it to the actuators' ranges) for `frames` physics steps,
  /// then computes the contact and internal forces of bodies, if they are kept. Throws Error E0601 if the simulation becomes unstable or
  /// the control is not finite, E0611 if MuJoCo gives up; either leaves the model's initial state.
  void step(std::span<const double> ctrl, int frames);

  /// Like step(), with a control that `law` computes anew before each of the frames. What the law throws passes through
  /// and leaves the model's initial state.
  void step(int frames, const ControlLaw& law);

  /// Physics steps without control, after which all quantities are computed and the clock starts again.
  /// Throws as step() does.
  void settle(int frames);

  /// Writes elements of an array of the model, counted row by row; needs own_constants. Takes effect with
  /// finish_constants(). Throws Error E0616 for a mass, inertia, damping or the like below zero.
  void write_constant(std::string_view name, std::span<const int64_t> elements, std::span<const double> values);
  /// Recomputes what MuJoCo derives from the constants. The next call must be reset() or restore().
  void finish_constants();

  double time() const;                              ///< Seconds since reset.
  std::span<const double> qpos() const;             ///< nq
  std::span<const double> qvel() const;             ///< nv
  std::span<const double> ctrl() const;             ///< nu, as given to step()
  std::span<const double> qacc() const;             ///< nv
  std::span<const double> qacc_warmstart() const;   ///< nv; where the constraint solver starts
  std::span<const double> qfrc_actuator() const;    ///< nv
  std::span<const double> qfrc_constraint() const;  ///< nv
  std::span<const double> cfrc_ext() const;         ///< nbody x 6: torque, force
  std::span<const double> cinert() const;           ///< nbody x 10
  std::span<const double> cvel() const;             ///< nbody x 6: angular, linear
  std::span<const double> xpos() const;             ///< nbody x 3
  std::span<const double> xquat() const;            ///< nbody x 4: w first
  std::span<const double> xipos() const;            ///< nbody x 3: centres of mass
  std::span<const double> subtree_com() const;      ///< nbody x 3
  std::span<const double> site_xpos() const;        ///< nsite x 3
  std::span<const double> geom_xpos() const;        ///< ngeom x 3
  std::span<const double> sensordata() const;       ///< all sensors, one after the other

  /// Contacts found in the last frame.
  int contact_count() const;

  /// The quantity of that name: those of model().facts().quantities (those of SimulatorOptions only if they are kept).
  /// Throws Error E0506 with the nearest names.
  Quantity quantity(std::string_view name) const;

  /// Whether the quantity is a constant of the model, which only a reset can change.
  bool is_constant(std::string_view name) const;

  /// A constant of the model as it is in the file, whatever has been written since.
  Quantity nominal(std::string_view name) const;

  /// What MuJoCo warned of since reset() without stopping (a full contact buffer, a singular inertia); empty if
  /// nothing.
  std::string warnings() const;

  /// Number of doubles of a saved state.
  std::size_t state_size() const;

  /// Copies everything that the next step or a reader of quantities depends on: a simulator restored from it goes on
  /// bit for bit like this one. `out` has state_size() elements, else std::invalid_argument.
  void save(std::span<double> out) const;
  std::vector<double> save() const;

  /// The inverse of save(), of this or another simulator of the same model. Throws Error E0610 if the size is wrong.
  void restore(std::span<const double> state);

  /// Goes on from the state of another simulator of the same model with the same options, bit for bit as that would.
  /// Constants that were written are not taken over.
  void go_on_from(const Simulator& other);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duet
