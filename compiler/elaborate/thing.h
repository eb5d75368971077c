#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/syntax/ast.h"
#include "runtime/program/program.h"

/// What names and expressions mean while a script is elaborated into a graph. Most things exist only at compile time;
/// a Tensor is a value of the graph.
namespace duet {

class Scope;
using ScopePtr = std::shared_ptr<Scope>;

struct Poison {};  // something that has already been reported
struct Number {
  double value = 0;
};  // known at compile time; NaN where it depends on a robot not chosen yet
struct Tensor {
  ValueId id = -1;
};
struct Text {
  std::string text;
};
struct AxisName {
  std::string name;
};  // `obs`, `action`: an axis used as an argument
struct Builtin {
  std::string name;
};

/// A number that changes during a run, such as ramp(epoch, 0..40, 5..15): computed anew wherever it is used.
struct Schedule {
  const ast::Expr* x = nullptr;  // what it follows, in `scope`
  std::shared_ptr<Scope> scope;
  double from = 0, to = 0, low = 0, high = 0;
};

struct Interval;  // a..b
struct List;      // [a, b, c], not yet joined into a vector
struct Tuple;
struct Reduction;  // sum[H], quantile[candidate]
struct Distribution;
struct Architecture;
struct Fields;    // a batch: named fields
struct DataRows;  // part of a memory
struct Function;  // a user's function or method, with the scope it closes over
struct Net;
struct ModuleInstance;
struct ModuleChoice;  // world[k], perturbed(agent, pi = z)
struct PlannerInstance;
struct Optimizer;
struct MemoryRef {
  int64_t id = -1;
};
struct Mixture;  // mix(real: 0.05, ...)
struct RobotRef {};
struct VariableRef {
  int64_t state = -1;
};

using Thing =
    std::variant<Poison, Number, Tensor, Text, AxisName, Builtin, Schedule, std::shared_ptr<const Interval>,
                 std::shared_ptr<const List>, std::shared_ptr<const Tuple>, std::shared_ptr<const Reduction>,
                 std::shared_ptr<const Distribution>, std::shared_ptr<const Architecture>,
                 std::shared_ptr<const Fields>, std::shared_ptr<const DataRows>, std::shared_ptr<const Function>,
                 std::shared_ptr<const Net>, std::shared_ptr<ModuleInstance>, std::shared_ptr<const ModuleChoice>,
                 std::shared_ptr<PlannerInstance>, std::shared_ptr<const Optimizer>, MemoryRef,
                 std::shared_ptr<const Mixture>, RobotRef, VariableRef>;

struct Interval {
  Thing from, to;
};
struct List {
  std::vector<Thing> items;
  std::vector<Span> spans;
};
struct Tuple {
  std::vector<Thing> items;
};

struct Reduction {
  std::string name;
  std::vector<std::string> axes;
  std::vector<Span> spans;
};

struct Distribution {
  enum class Kind { gaussian, uniform, truncated, squashed_gaussian, coloured, categorical, pick, thinned };
  Kind kind;
  // gaussian, truncated, coloured, squashed_gaussian (before squashing): mean and deviation; uniform: low and high;
  // categorical: weights (a); pick: candidates (a); thinned: the input of a network (a) that drops units at random
  ValueId a = -1, b = -1;
  double bound = 0;             // truncated: cut at this many deviations
  std::string axis;             // categorical, pick: the axis drawn along
  std::string along;            // coloured: the axis along which its elements hang together
  double beta = 0;              // coloured: power falls with frequency^beta
  ValueId low = -1, high = -1;  // squashed_gaussian: the range after squashing
  ValueId log_variance = -1;    // gaussian given by its log-variance, where known
  std::shared_ptr<const Net> net;  // thinned: that network
  std::optional<ValueId> member;   // thinned: which members of it
};

struct Architecture {
  std::vector<int64_t> hidden;
  std::string activation;
  bool layer_norm = false;       // standardises the units of each hidden layer before the activation
  std::optional<double> dropout;  // the chance of a hidden unit to be dropped by a draw; nothing: no draws
  bool truncated_start = false;  // weights start as a normal cut at two deviations (else uniform in 1/sqrt(inputs))
  // A distribution over the outputs, if wrapped in one.
  std::optional<Distribution::Kind> head;
  double low_log = 0, high_log = 0;  // bounds of the log-variance (gaussian) or log-deviation (squashed_gaussian)
};

struct Fields {
  std::map<std::string, Thing> fields;
};

struct DataRows {
  ValueId rows = -1;
  int64_t memory = -1;
};

/// How the networks of a module are to be used.
struct NetUse {
  std::optional<ValueId> member;          // world[k]: which member
  std::map<const Net*, ValueId> offsets;  // perturbed(agent, pi = z): what is added to their parameters
};

struct Function {
  std::string name;
  const std::vector<ast::Parameter>* parameters = nullptr;
  const ast::Expr* value = nullptr;
  const ast::Block* body = nullptr;
  bool draws = false;  // defined with `~`
  ScopePtr scope;
  std::shared_ptr<ModuleInstance> owner;     // the module a method belongs to
  std::shared_ptr<PlannerInstance> planner;  // `plan.act`, `plan.explore`: has no parameters of its own
  NetUse use;                                // world[k].step, perturbed(agent, pi = z).act: the nets of the module
};

struct NetLayer {
  int64_t weight = -1, bias = -1;
};
struct Net {
  std::string name;        // "agent.q"
  std::vector<Axis> axes;  // `twin: 2`
  std::vector<std::string> inputs;
  Axis output;  // name "" for a scalar output
  Architecture architecture;
  std::vector<NetLayer> layers;
  const ModuleInstance* owner = nullptr;
  std::vector<int64_t> parameters() const {
    std::vector<int64_t> ids;
    for (const NetLayer& layer : layers) ids.insert(ids.end(), {layer.weight, layer.bias});
    return ids;
  }
};

struct Normalizer {
  int64_t mean = -1, deviation = -1;
};

struct ModuleInstance {
  std::string name;
  const ast::Module* definition = nullptr;
  ScopePtr scope;
  std::map<std::string, std::shared_ptr<const Net>> nets;
  std::map<std::string, std::pair<std::string, double>> slow;  // slow net -> source, rate
  std::map<std::string, int64_t> variables;
  std::map<std::string, Normalizer> normalizers;
  std::map<std::string, const ast::Method*> methods;
};

struct ModuleChoice {
  std::shared_ptr<ModuleInstance> module;
  NetUse use;
};

struct PlannerInstance {
  std::string name;
  const ast::Planner* definition = nullptr;
  ScopePtr scope;                                           // parameters bound
  std::vector<std::pair<std::string, Schedule>> schedules;  // parameters that change during the run
  Span span;
};

struct Optimizer {
  std::string name;
  Thing rate;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  std::vector<double> decay;
};

struct Mixture {
  std::vector<int64_t> memories;
  std::vector<Thing> shares;
  int64_t batch = 0;
};

/// Names and axes in a piece of script. Lookups go outwards.
class Scope : public std::enable_shared_from_this<Scope> {
 public:
  explicit Scope(ScopePtr parent = nullptr) : parent_(std::move(parent)) {}

  /// Forgets all names, here and in the scopes within. A function holds the scope in which it has a name: without this,
  /// neither would ever be given back.
  void forget_names() {
    for (const std::weak_ptr<Scope>& inner : inner_)
      if (const ScopePtr scope = inner.lock()) scope->forget_names();
    names_.clear();
  }

  void bind(const std::string& name, Thing thing, Span span = {}) { names_[name] = {std::move(thing), span}; }
  void bind_axis(const Axis& axis) { axes_[axis.name] = axis.size; }

  const Thing* find(const std::string& name) const {
    if (const auto it = names_.find(name); it != names_.end()) return &it->second.first;
    return parent_ ? parent_->find(name) : nullptr;
  }
  Span place(const std::string& name) const {
    if (const auto it = names_.find(name); it != names_.end()) return it->second.second;
    return parent_ ? parent_->place(name) : Span{};
  }
  std::optional<int64_t> axis(const std::string& name) const {
    if (const auto it = axes_.find(name); it != axes_.end()) return it->second;
    return parent_ ? parent_->axis(name) : std::nullopt;
  }
  void all_names(std::vector<std::string>& out) const {
    for (const auto& [name, thing] : names_) out.push_back(name);
    if (parent_) parent_->all_names(out);
  }
  void all_axes(std::vector<std::string>& out) const {
    for (const auto& [name, size] : axes_) out.push_back(name);
    if (parent_) parent_->all_axes(out);
  }

 private:
  friend ScopePtr nested(ScopePtr parent);

  ScopePtr parent_;
  std::vector<std::weak_ptr<Scope>> inner_;
  std::map<std::string, std::pair<Thing, Span>> names_;
  std::map<std::string, int64_t> axes_;
};

inline ScopePtr nested(ScopePtr parent) {
  const auto scope = std::make_shared<Scope>(parent);
  parent->inner_.push_back(scope);
  return scope;
}

}  // namespace duet
