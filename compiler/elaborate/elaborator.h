#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/elaborate/linear_maps.h"
#include "compiler/elaborate/thing.h"
#include "compiler/graph/builder.h"
#include "compiler/sema/library.h"
#include "compiler/sema/robot_script.h"
#include "compiler/symbolic/domain.h"
#include "compiler/symbolic/term.h"
#include "runtime/sim/facts.h"

/// Elaboration: evaluates the compile-time part of a script and appends the rest to a program, node by node.
/// Types are checked here, on the user's spans. Private to compiler/elaborate; the door is elaborate.h.
namespace duet {

/// Thrown after a diagnostic was added; caught where elaboration can go on.
struct Failed {};

/// A function or method of a script, which sees the names of `scope`.
std::shared_ptr<Function> function_of(const ast::Method& method, const std::string& name, const ScopePtr& scope);

/// The function that a binding with parameters defines.
std::shared_ptr<Function> function_of(const ast::Binding& binding, const std::string& name, const ScopePtr& scope);

/// An argument: what it means and where it was written.
struct Meaning {
  Thing thing;
  Span span;
};

struct CallArguments {
  std::vector<Meaning> positional;
  std::vector<std::pair<ast::Name, Meaning>> named;
  std::vector<std::pair<ast::Name, Meaning>> weighted;
};

/// A setting from the command line or a script: `agent.lr` -> 1e-3.
struct Setting {
  std::string key;
  const ast::Expr* value = nullptr;
  Span place;  // of the key, or where it has none of the value
  bool used = false;
};

/// The potential of a mirror step, taken apart. Givens of its terms are values of the graph.
struct Potential {
  std::string name;
  symbolic::TermPtr slope, curvature, inverse;  // without inverse: by iteration
  symbolic::Domain domain;
};

/// The values of the graph that occur in a term of a potential.
std::vector<ValueId> givens(const symbolic::TermPtr& term);

class Elaborator {
 public:
  Elaborator(const SourceMap& sources, const Library& library, Program& program, Diagnostics& diagnostics);
  ~Elaborator() { top_->forget_names(); }
  Elaborator(const Elaborator&) = delete;

  // --- the whole (elaborate.cpp, algorithms.cpp, robots.cpp) ---
  /// `settings` that begin with `robot.` replace parameters of the robot.
  void robot(const ast::Item& item, const ModelFacts* facts, const std::string& mjcf_path,
             std::vector<Setting>& settings);
  void stand_in_robot();
  /// What `--set` can name of the robot: `robot.speed` ...
  std::vector<std::string> robot_settings() const;
  void algorithm(const ast::Item& item, std::vector<Setting>& settings);

  // --- expressions (expressions.cpp) ---
  Thing evaluate(const ast::Expr& expr, const ScopePtr& scope);
  /// Evaluates and reports instead of throwing; Poison after an error.
  Thing try_evaluate(const ast::Expr& expr, const ScopePtr& scope);
  ValueId tensor(const ast::Expr& expr, const ScopePtr& scope);
  ValueId tensor(const Thing& thing, Span span);
  ValueId scalar(const ast::Expr& expr, const ScopePtr& scope, const std::string& what);
  double number(const ast::Expr& expr, const ScopePtr& scope, const std::string& what);
  int64_t whole(const ast::Expr& expr, const ScopePtr& scope, const std::string& what);
  double number_of(const Thing& thing, Span span, const std::string& what);
  /// A position along an axis of `size` elements, counted from the end if negative; nothing if it is not known yet.
  std::optional<int64_t> position(const ast::Expr& expr, const ScopePtr& scope, int64_t size);
  int64_t whole_of(const Thing& thing, Span span, const std::string& what);
  const Thing& lookup(const std::string& name, Span span, const ScopePtr& scope);
  /// Binds what `binding` says in `scope`. A draw without declared axes has those of `drawn`.
  void bind(const ast::Binding& binding, const ScopePtr& scope, const std::vector<Axis>& drawn = {});
  void bind_value(const ast::Binding& binding, const ScopePtr& scope, const std::vector<Axis>& drawn);
  ScopePtr with(const std::vector<ast::Binding>& bindings, const ScopePtr& scope);
  Axis axis(const ast::Axis& axis, const ScopePtr& scope);
  std::vector<Axis> axes(const std::vector<ast::Axis>& axes, const ScopePtr& scope);

  Program& program() { return program_; }
  Builder& builder() { return builder_; }
  ScopePtr top() const { return top_; }
  const std::vector<std::pair<Span, std::string>>& typed() const { return typed_; }
  const std::vector<ParameterValue>& parameter_values() const { return parameter_values_; }
  ScopePtr algorithm_scope() const { return algorithm_scope_; }
  void statement(const ast::Statement& statement, const ScopePtr& scope);
  void bind_instance(const ast::Instance& instance, const ScopePtr& scope, std::vector<Setting>& settings);
  /// Checks a definition by itself, with stand-ins for what only a caller gives.
  void check_definition(const ast::Item& item);
  void check_methods(const std::shared_ptr<ModuleInstance>& module);

 private:
  friend struct RolloutBuilder;
  friend class Interactive;

  // --- reporting ---
  DiagnosticBuilder error(const std::string& code, Span span, const std::string& message);
  [[noreturn]] void fail(DiagnosticBuilder&) { throw Failed{}; }
  [[noreturn]] void fail(DiagnosticBuilder&&) { throw Failed{}; }
  std::string type_name(const Thing& thing) const;
  std::string kind_name(const Thing& thing) const;
  /// Remembers a type for `explain --stage types`.
  void note_type(Span span, const std::string& name, const Thing& thing);

  // --- expressions.cpp ---
  Thing evaluate_name(const ast::Expr& expr, const ScopePtr& scope);
  Thing evaluate_unary(const ast::Expr& expr, const ScopePtr& scope);
  Thing evaluate_binary(const ast::Expr& expr, const ScopePtr& scope);
  Thing evaluate_conditional(const ast::Expr& expr, const ScopePtr& scope);
  Thing evaluate_field(const ast::Expr& expr, const ScopePtr& scope);
  Thing evaluate_list(const ast::Expr& expr, const ScopePtr& scope);
  ValueId use(ValueId id);
  Thing binary(const std::string& op, const Meaning& a, const Meaning& b, Span span);
  ValueId binary_values(Op op, ValueId a, ValueId b, Span a_span, Span b_span, Span span);
  /// Makes the unnamed vector axis of one operand take the name of the other's vector axis.
  void line_up(ValueId& a, ValueId& b, Span a_span, Span b_span, Span span);
  ValueId join(const List& list, Span span);
  std::optional<std::string> vector_axis(const Type& type) const;
  /// The value as a vector along `axis` (an unnamed vector axis is renamed); its other axes stay.
  ValueId as_vector(ValueId id, const Axis& axis, Span span, const std::string& what);
  void check_scalar(ValueId id, Span span, const std::string& what);

  // --- indexing.cpp ---
  Thing evaluate_index(const ast::Expr& expr, const ScopePtr& scope);
  Thing index_tensor(ValueId x, const ast::Expr& expr, const ScopePtr& scope);
  ValueId select_along(ValueId x, const std::string& axis, const ast::Selector& selector, const ScopePtr& scope);
  ValueId select_named(ValueId x, const std::string& name, Span span);
  Reduction reduction(const std::string& name, const ast::Expr& expr);

  // --- calls.cpp ---
  Thing evaluate_call(const ast::Expr& expr, const ScopePtr& scope);
  Thing zero_of(const CallArguments& args, Span span);
  CallArguments arguments(const ast::Expr& expr, const ScopePtr& scope);
  Thing call_builtin(const std::string& name, const CallArguments& args, const ast::Expr& expr, const ScopePtr& scope);
  Thing call_reduction(const Reduction& reduction, const ast::Expr& expr, const ScopePtr& scope);
  Thing call_function(const Function& function, const CallArguments& args, Span span);
  Thing run_body(const Function& function, const ScopePtr& scope, Span span);
  ScopePtr bind_parameters(const std::vector<ast::Parameter>& parameters, const CallArguments& args,
                           const ScopePtr& definition_scope, const std::string& what, Span span);
  Thing call_net(const std::shared_ptr<const Net>& net, const CallArguments& args, std::optional<ValueId> member,
                 Span span);
  void check_axes(const ast::Parameter& parameter, const Meaning& argument, const ScopePtr& scope);
  Meaning one(const CallArguments& args, size_t at, const std::string& what, Span span);
  double option(const CallArguments& args, const std::string& name, double otherwise);
  void only_options(const CallArguments& args, const std::vector<std::string>& known, const std::string& what);

  // --- builtin_calls.cpp ---
  void need_arguments(const CallArguments& args, size_t count, const std::string& what, Span span);
  Thing smaller_or_larger(const std::string& name, const CallArguments& args, Span span);
  Thing angle(const CallArguments& args, Span span);
  Thing size_of_axis(const CallArguments& args, const ScopePtr& scope, Span span);
  void check_optimizer_number(const std::string& what, const Thing& thing, double below, Span span);
  Thing make_optimizer(const std::string& name, const CallArguments& args, Span span);
  Thing make_mixture(const CallArguments& args, const ScopePtr& scope, Span span);
  Thing make_schedule(const CallArguments& args, const ast::Expr& expr, const ScopePtr& scope);
  Thing make_pick(const CallArguments& args, Span span);
  Thing ask_distribution(const std::string& name, const CallArguments& args, Span span);
  ValueId schedule_value(const Schedule& schedule, Span span);

  // --- reductions.cpp ---
  std::string only_axis(const Reduction& reduction);
  void check_reduced(const Reduction& reduction, ValueId x, Span at);
  Thing flatten(const Reduction& reduction, const CallArguments& args, Span span);
  Thing unflatten(const ast::Expr& expr, const ScopePtr& scope);
  Thing resample(const Reduction& reduction, const CallArguments& args, const ScopePtr& scope, Span span);
  /// x with the axis `to` in the place of `from`, by a constant map; nothing is computed yet where a size is unknown.
  ValueId map_along(ValueId x, const Axis& from, const Axis& to, const LinearMap& map, Span span);
  Thing append(const Reduction& reduction, const CallArguments& args, Span span);
  Thing choose_best(Op op, const Reduction& reduction, ValueId x, const CallArguments& args, Span span);

  // --- distributions.cpp ---
  Thing make_distribution(const std::string& name, const CallArguments& args, Span span);
  /// One draw, with at least the axes `extra`; its log-probability too if `log_probability` is given.
  ValueId draw(const Distribution& distribution, const std::vector<Axis>& extra, Span span,
               ValueId* log_probability = nullptr);
  Thing make_coloured(const Reduction& reduction, const CallArguments& args, Span span);
  ValueId coloured_deviations(const Distribution& distribution, const std::vector<Axis>& axes, Span span);
  ValueId noise(const std::string& kind, const std::vector<Axis>& axes, double bound, Span span);
  ValueId mode(const Distribution& distribution, Span span);
  ValueId log_probability(const Distribution& distribution, ValueId x, Span span);
  ValueId gaussian_log_density(ValueId z, ValueId deviation, const std::string& axis, Span span);
  std::vector<Axis> axes_of(const Distribution& distribution) const;
  Thing uniform_over_action(Span span);
  ValueId action_limit(bool high, Span span);

  // --- networks.cpp ---
  std::shared_ptr<const Net> make_net(const ast::Net& net, const std::string& name, const ScopePtr& scope);
  std::shared_ptr<const Net> copy_net(const Net& net, const std::string& name);
  ValueId forward(const Net& net, ValueId input, std::optional<ValueId> member, Span span);
  ValueId layers(const Net& net, ValueId x, std::optional<ValueId> member, Span span);
  Thing net_output(const Net& net, ValueId y, Span span);
  ValueId thin(ValueId x, double dropout, Span span);
  /// The output of a network some of whose units are dropped.
  ValueId thinned(const Distribution& d, Span span);
  Thing make_architecture(const CallArguments& args, Span span);

  // --- perturbed.cpp ---
  /// How many weights and biases a network has, in all its members.
  int64_t parameter_count(const Net& net) const;
  Thing perturb(const CallArguments& args, Span span);
  ValueId add_offset(ValueId value, ValueId all, int64_t from, Span span);
  /// Adds what perturbs the network, if anything does, to the parameters of one layer.
  void perturb_layer(const Net& net, size_t layer, ValueId& weight, ValueId& bias, Span span);

  // --- modules.cpp ---
  std::shared_ptr<ModuleInstance> make_module(const ast::Item& item, const std::string& name, const CallArguments& args,
                                              Span span, std::vector<Setting>* settings);
  std::shared_ptr<PlannerInstance> make_planner(const ast::Item& item, const std::string& name,
                                                const CallArguments& args, Span span, std::vector<Setting>* settings);
  void apply_settings(const std::vector<ast::Parameter>& parameters, const std::string& instance, CallArguments& args,
                      std::vector<Setting>* settings);
  Thing member_of(const std::shared_ptr<ModuleInstance>& module, const std::string& name, const NetUse& use, Span span);
  void minimize(const ast::Minimize& statement, const ScopePtr& scope, Span span);
  void copy_dependents(Block& loss, const std::set<int64_t>& parameters, std::vector<ValueId>& exported, Span span);
  std::vector<int64_t> trainable(const ast::Name& name, const ScopePtr& scope);
  void assign(const ast::Assign& statement, const ScopePtr& scope, Span span);
  void track(const ast::Track& statement, const ScopePtr& scope, Span span);
  void renormalize(const ast::Renormalize& statement, const ScopePtr& scope, Span span);

  // --- rollouts.cpp ---
  /// Everything after `each`: binds final carries and stacked results in `scope`.
  void rollout(const ast::Rollout& rollout, const ScopePtr& scope);
  struct Scan {
    Axis axis;
    int64_t from = 0, count = 0;
    std::vector<std::string> names;  // of the carried values
    std::vector<ValueId> carries;    // their first values
    /// One step: from the carried values `now` to `next`, and what is stacked along the axis.
    std::function<void(ValueId h, const std::vector<ValueId>& now, std::vector<ValueId>& next,
                       std::vector<ValueId>& outputs)>
        body;
  };
  std::vector<ValueId> scan(Scan scan, Span span);
  Thing along(const ast::Expr& expr, const ScopePtr& scope);
  void store(const ast::Store& store, const ScopePtr& scope);

  // --- simulated.cpp ---
  /// A step of a rollout that the robot's simulator does. All steps are simulated before the rollout is gone through,
  /// so that this binding only looks at what came out: `results` are reward, observation and alive along the steps.
  struct SimulatedStep {
    const ast::Binding* binding = nullptr;
    std::vector<ValueId> results;
  };
  const Thing* robot_member(const std::string& name) const;
  bool is_robot_step(const ast::Expr& expr, const ScopePtr& scope) const;
  std::optional<SimulatedStep> simulated_step(const ast::Rollout& rollout, const Scan& scan, const ScopePtr& scope);
  void check_simulated(const ast::Rollout& rollout, const Scan& scan, const ast::Binding& binding,
                       const ScopePtr& scope);
  ValueId simulated_controls(const ast::Expr& control, bool part, const Scan& steps, const ScopePtr& scope);
  /// Binds what came out of the step that is being gone through.
  void bind_simulated(const SimulatedStep& step, const ScopePtr& scope);

  // --- planners.cpp ---
  struct Theta {
    std::string name;
    Type type;
    Span span;
  };
  struct Plan {
    ScopePtr scope;
    std::vector<ValueId> theta;
  };
  std::vector<Theta> thetas(const PlannerInstance& planner, const ScopePtr& scope);
  std::vector<ValueId> start_thetas(const PlannerInstance& planner, const std::vector<Theta>& thetas,
                                    const ScopePtr& scope);
  /// Whether layers are multiplied in bfloat16.
  bool rounds_layers(const PlannerInstance& planner, const ScopePtr& scope);
  Plan improve(const PlannerInstance& planner, const std::vector<Theta>& thetas, const std::vector<ValueId>& old,
               const ScopePtr& scope);
  void planner_clause(const ast::PlannerClause& clause, const PlannerInstance& planner, const ScopePtr& scope,
                      const std::vector<Theta>& thetas);
  ValueId along_candidates(ValueId part, const std::string& candidate, const std::vector<Axis>& known, Span span);
  void draw_clause(const ast::Draw& clause, Span span, const ScopePtr& scope);
  void bind_thetas(const std::vector<ast::Binding>& bindings, const std::vector<Theta>& thetas, const ScopePtr& scope);
  ValueId fit_theta(const Theta& theta, ValueId value, Span span);
  void poison(const ast::PlannerClause& clause, const ScopePtr& scope);
  void check_planner(const ast::Planner& planner, Span span);
  void warn_of_hidden_parameters(const ast::Planner& planner);
  void warn_of_still_parts(const ast::Planner& planner);
  void warn_of_weights(const ast::Weigh& clause, const ast::Planner& planner, const std::vector<Theta>& thetas,
                       const ScopePtr& scope);
  /// Elaborates `body` once per combination of the planner's schedules, inside a `choose` if there are any.
  std::vector<ValueId> specialise(
      const PlannerInstance& planner, Span span,
      const std::function<std::vector<ValueId>(const PlannerInstance&, const std::string&)>& body);

  // --- gradients.cpp ---
  /// `gradient[m](J)`: how J grows with m.
  Thing gradient(const ast::Expr& expr, const ScopePtr& scope);
  /// The derivatives of the sum of all elements of `y` with respect to each of `xs`, through what was computed of
  /// them in the innermost block. `span` is that of `y`.
  std::vector<ValueId> gradients(const std::vector<ValueId>& xs, ValueId y, Span span);

  // --- mirrors.cpp ---
  void mirror_clause(const ast::Mirror& clause, const ScopePtr& scope, const std::vector<Theta>& thetas, Span span);
  void map_step(const ast::Mirror& clause, const ast::Function& map, const ScopePtr& scope,
                const std::vector<Theta>& thetas, Span span);
  void potential_step(const ast::Mirror& clause, const ast::Function& potential, const ScopePtr& scope,
                      const std::vector<Theta>& thetas, Span span);
  /// The gradient that the step goes down, for each part of theta that it moves.
  std::vector<ValueId> directions(const ast::MirrorStep& step, const std::vector<ValueId>& moved,
                                  const ScopePtr& scope);
  ValueId score_loss(Span span);
  /// Remembers what is known of theta at the beginning of an episode.
  void note_starts(const ast::Planner& planner, const std::vector<Theta>& thetas, const std::vector<ValueId>& values);
  void check_start(const std::string& name, const Potential& potential, Span span);

  // --- potentials.cpp ---
  /// The potential of a call such as `fermi(lo = low, hi = high)`, for theta `x`, checked.
  Potential potential_of(const ast::Expr& call, const ast::Function& definition, ValueId x, const ScopePtr& scope);
  void check_potential(Potential& potential, Span span);
  std::optional<std::vector<double>> known_elements(ValueId id);

  // --- mirror_steps.cpp ---
  struct StepSet {
    ValueId low = -1, high = -1;         // a box
    std::optional<std::string> simplex;  // or the axis along which theta is a distribution
  };
  StepSet step_set(const ast::MirrorStep& step, ValueId theta, const ScopePtr& scope);
  /// Solves slope(new) = slope(old) - change, within the set.
  ValueId mirrored(const Potential& potential, ValueId old, ValueId change, const StepSet& set, Span span);
  ValueId on_simplex(const Potential& potential, ValueId dual, ValueId old, const std::string& axis, Span span);
  ValueId inverse(const Potential& potential, ValueId dual, ValueId old, Span span);
  ValueId newton(const Potential& potential, ValueId dual, ValueId start, Span span);
  ValueId inside(const Potential& potential, ValueId x, Span span);
  ValueId emit_term(const symbolic::TermPtr& term, ValueId x, Span span);

  // --- statements.cpp, algorithms.cpp ---
  void block(const ast::Block& block, const ScopePtr& scope);
  /// The begin and act blocks of an actor for observations with the axes `lifted` before `obs`.
  std::vector<Block> actor_blocks(const ast::Expr& actor, const std::vector<Axis>& lifted, const ScopePtr& scope);
  ValueId fit_action(ValueId action, const std::vector<Axis>& want, Span span);
  void start_all(const PlannerInstance& planner, const std::string& tag,
                 const std::function<void(const PlannerInstance&, const std::string&)>& body);
  void interact(const ast::Expr& actor, const ast::Name& memory, const ScopePtr& scope, Span span);
  void evaluate_statement(const ast::Evaluate& statement, const ScopePtr& scope, Span span);
  void record(const ast::Record& statement, const ScopePtr& scope, Span span);
  void update(const ast::Update& statement, const ScopePtr& scope, Span span);
  /// `play(f)`: (returns, lengths, what else f gives added up), one for each episode.
  Thing play(const CallArguments& args, Span span);
  Block play_block(const Function& policy, const std::vector<Axis>& episodes, Span span);
  /// Reports a robot whose episodes never end, where whole ones are played.
  void need_whole_episodes(Span span);
  /// The batch of an `update`.
  std::vector<ValueId> sample(const ast::Expr& data, const ScopePtr& scope);
  void update_on(const std::shared_ptr<ModuleInstance>& learner, const std::vector<ValueId>& batch, Span data,
                 Span span);
  void fit(const ast::Fit& statement, const ScopePtr& scope, Span span);
  /// Calls a method that consists of statements about its own module's parameters.
  void call_statements(const std::shared_ptr<ModuleInstance>& module, const std::string& method,
                       const std::vector<Meaning>& given, Span span);
  void split(const ast::Split& statement, const ScopePtr& scope, Span span);
  void until(const ast::Until& statement, const ScopePtr& scope, Span span);
  void each_batch(const ast::EachBatch& statement, const ScopePtr& scope, Span span);
  int64_t memory(const ast::Name& name, const ScopePtr& scope);
  std::shared_ptr<ModuleInstance> module(const ast::Name& name, const ScopePtr& scope, ast::ModuleRole role);
  Thing batch_fields(const std::vector<ValueId>& ids);
  std::vector<Type> transition_types(const std::vector<Axis>& lead) const;
  int64_t steps_of(const ast::Expr& expr, const ScopePtr& scope, const std::string& what);

  // --- robots.cpp, robot_parts.cpp ---
  /// What a clause of a robot can see: the model file while the numbers of the episode are drawn (draw) or when they
  /// are there (set), these and the model of the episode (reset), one moment (start, now), the moment before the
  /// physics of a step (before), also all variables that are computed then (control), the moments before and after a
  /// step (after: not yet all variables; step).
  enum class FrameKind { draw, set, reset, start, now, before, control, after, step };
  struct RobotFrame {
    FrameKind kind;
    std::map<std::string, ValueId> inputs;
    std::vector<std::string> order;
    std::map<std::string, ValueId> made;  // in this block: numbers of the episode, and variables with their primes
  };
  /// A number of the episode, or a variable; `before`: it gets its new value before the physics of a step.
  struct RobotName {
    Type type;
    bool variable = false, before = false;
    Span span;
  };
  RobotBlock robot_block(FrameKind kind, const std::function<std::vector<ValueId>()>& body);
  void refuse_unfit(const Node& node, FrameKind kind);
  void robot_parameters(std::vector<Setting>& settings);
  void require_clauses(Span span);
  void robot_timing();
  void robot_action();
  void action_limits(const ast::Expr& limits);
  void randomize();
  void set_constants();
  ModelEdit edited_elements(const ast::ModelEdit& edit, Type& left);
  void reset_block();
  void order_variables();
  void start_variables();
  void change_variables(bool before);
  void control();
  void robot_functions();
  ValueId plain_vector(ValueId id, const Axis& axis, Span span, const std::string& what);
  void safely(const std::function<void()>& action);

  // --- robot_quantities.cpp ---
  std::optional<Thing> robot_quantity(const std::string& name, Span span);
  void names_in_robots(const std::string& name, std::vector<std::string>& known) const;
  std::optional<Type> robot_name(const std::string& name, const std::string& base, bool prime, Span span);
  std::optional<Type> quantity_type(const std::string& base, bool prime, Span span);
  /// Where the part of that name lies along an axis of the model.
  struct NamedPart {
    int64_t at = 0, count = 0;  // 0: one place
  };
  NamedPart named_part(const std::string& axis, const std::string& name, Span span);

  /// `value` with the axes of `want`, which stands at `declared`.
  ValueId fit(const std::string& what, const Type& want, Span declared, ValueId value, Span span);

  const SourceMap& sources_;
  const Library& library_;
  Program& program_;
  Diagnostics& diagnostics_;
  Builder builder_;
  ScopePtr top_;
  ScopePtr algorithm_scope_;

  struct ScanFrame {
    std::string axis;
    ValueId first = 0;                  // values before this one lie outside the scan
    std::map<ValueId, ValueId> slices;  // sequence -> parameter of the block
    std::vector<ValueId> sequences;
    Block* block = nullptr;
  };
  std::vector<ScanFrame> scans_;

  struct Call {
    std::string name;
    Span span;
    const void* definition = nullptr;
  };
  std::vector<Call> calls_;                           // what is being elaborated, for notes in diagnostics
  std::map<const ModuleInstance*, ValueId> members_;  // world[k]: the member in use
  std::map<const Net*, ValueId> offsets_;             // perturbed(agent, pi = z): what is added to parameters
  std::vector<Axis> lifted_;                          // axes of the state a planner works on, beyond obs
  int64_t actor_sites_ = 0;                           // places where something acts
  int64_t schedules_ = 0;                             // `every` statements
  int64_t draws_ = 0;                                 // draws emitted so far
  bool thins_ = false;                                // networks drop units
  bool planning_ = false;                             // within what finds a plan
  bool rounds_layers_ = false;                        // the planner being elaborated has `precision bf16`
  /// What the clauses of the planner being elaborated have made so far.
  struct Found {
    std::shared_ptr<const Distribution> distribution;  // of the last draw
    ValueId candidates = -1;
    std::optional<ValueId> weights, score;
  };
  Found found_;
  std::map<std::string, std::vector<double>> starts_;  // theta at the beginning, where that is known
  bool plan_failed_ = false;                           // a clause of the planner being elaborated had an error
  std::vector<Theta>* thetas_ = nullptr;               // what `m = ...` in a planner's `explore` may change
  const ModuleInstance* current_module_ = nullptr;     // whose `fit` or `update` is being elaborated
  std::vector<std::shared_ptr<const Net>> kept_nets_;
  std::map<std::pair<const void*, int64_t>, std::vector<int64_t>> moments_;  // of a `minimize` for its first parameter
  ScopePtr robot_scope_;          // the robot's objective, fallen and helpers
  int64_t record_memory_ = -1;    // where `store` puts transitions
  std::vector<Axis> reset_axes_;  // inside a reset: the axes that bare draws take
  bool in_reset_ = false;

  // robots
  std::optional<RobotScript> robot_;
  std::map<std::string, RobotName> robot_names_;
  const ModelFacts* facts_ = nullptr;
  RobotFrame* robot_frame_ = nullptr;

  std::map<std::pair<const Net*, std::string>, Normalizer> normalizers_;  // of a net's input
  std::vector<std::pair<Span, std::string>> typed_;
  std::vector<ParameterValue> parameter_values_;                               // of the robot
  std::map<std::pair<const void*, uint64_t>, std::vector<ValueId>> gathered_;  // of rows, in a block
};

/// Axes that index the components of a vector, as opposed to examples, steps or candidates.
bool is_vector_axis(const std::string& name);

/// The built-in functions, and the operations of ops.def of which a script must know more than is said there.
struct BuiltinInfo {
  std::string_view name, usage, doc;
};
const std::vector<BuiltinInfo>& builtin_functions();
/// `first`, which is a form of `var` and no function.
const BuiltinInfo& first_of_axis();
bool is_builtin(const std::string& name);
std::vector<std::string> builtin_names();

}  // namespace duet
