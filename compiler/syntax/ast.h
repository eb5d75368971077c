#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/core/span.h"

/// The syntax tree of a Duet file, as written: no name is resolved and nothing is desugared.
/// Every node has its span. Comments are kept beside the tree, in order (`File::comments`).
namespace duet::ast {

struct Expr;
struct Statement;
using ExprPtr = std::unique_ptr<Expr>;

struct Name {
  std::string text;
  Span span;
};

/// `candidate: N`, or just `H` (then `size` is null: an axis that exists, or a number of that name).
struct Axis {
  Name name;
  ExprPtr size;
  Span span;
};

/// `J[candidate] = 0.5`. `keyword` marks a parameter after the semicolon: it can only be given by name.
struct Parameter {
  Name name;
  std::vector<Axis> axes;
  ExprPtr default_value;
  bool keyword = false;
  Span span;
};

/// `y = e`, `y ~ e`, `(a, logp) ~ e`, `u[candidate: N] = e`, `tip(o) = e`.
struct Binding {
  std::vector<Name> names;   // more than one: a tuple pattern
  std::vector<Axis> axes;    // axes declared on a single name
  bool is_function = false;  // `name(parameters) = e`
  std::vector<Parameter> parameters;
  bool draws = false;  // bound with `~`
  ExprPtr value;
  Span span;
};

/// `a..b`, `a..`, `..b`: half open. Not a range: only `from` is set.
struct Range {
  ExprPtr from;
  ExprPtr to;
  bool is_range = false;
  Span span;
};

/// One entry of `x[...]`: `0`, `1..`, `H: 0`, `h in H`.
struct Selector {
  std::optional<Name> axis;   // `H: ...` and `h in H`
  std::optional<Name> index;  // the `h` of `h in H`
  Range range;                // unused for `h in H`
  Span span;
};

/// One entry of a call: `e`, `name = e`, `name: e`. `keyword` marks those after the semicolon.
struct Argument {
  enum class Kind { positional, named, weighted };
  Kind kind = Kind::positional;
  Name name;
  ExprPtr value;
  bool keyword = false;
  Span span;
};

enum class ExprKind {
  number,       // number
  boolean,      // number is 0 or 1
  string,       // text, unescaped
  name,         // text
  unary,        // text is the operator: "-", "not"
  binary,       // text is the operator
  field,        // children[0].text
  index,        // children[0][selectors]
  call,         // children[0](arguments)
  list,         // [children]
  tuple,        // (children)
  range,        // children[0]..children[1]
  conditional,  // if children[0] then children[1] else children[2]
  along,        // children[0] along children[1] over text
  where,        // children[0] where bindings
  lambda,       // x -> e: bindings[0] is a function without a name
};

struct Expr {
  ExprKind kind;
  Span span;
  std::string text;
  Span text_span;  // of the operator, field or axis name, or of the keyword `if`
  double number = 0;
  int height = 1;  // levels of expressions, this one included; the parser allows no more than a thousand
  std::vector<ExprPtr> children;
  std::vector<Argument> arguments;
  std::vector<Selector> selectors;
  std::vector<Binding> bindings;
};

struct Block {
  std::vector<Statement> statements;
  Span span;
};

// --- statements ----------------------------------------------------------------------------------------------
struct Let {
  Binding binding;
};
struct Minimize {
  ExprPtr loss;
  std::vector<Name> over;
  ExprPtr optimizer;
};
struct Track {
  std::vector<Name> names;
};
struct Assign {
  Name name;
  std::string op;
  ExprPtr value;
};  // op is "=", "+=", "-=" or "*="
struct Return {
  ExprPtr value;
};
struct Log {
  std::string metric;
  ExprPtr value;
};
struct Renormalize {
  std::vector<Name> names;
  ExprPtr data;
};
struct Split {
  Name data, train, holdout;
  ExprPtr fraction;
};  // the fraction that goes to holdout
struct Until {
  ExprPtr value, patience, threshold;
  Block body;
};
struct EachBatch {
  Name batch;
  ExprPtr size;
  Name data;
  std::optional<Name> shuffled_by;
  Block body;
};
struct Loop {
  Block body;
};
struct Every {
  ExprPtr steps;
  Block body;
};
struct Repeat {
  ExprPtr count;
  Block body;
};
struct WarmUp {
  ExprPtr steps, actor;
  Name memory;
};
struct Interact {
  ExprPtr actor;
  Name memory;
};
struct Fit {
  Name model, memory;
};
struct Update {
  Name learner;
  ExprPtr data;  // null: none
};
struct Record {
  Name planner;
  ExprPtr starts;
  Name source, memory;
};
struct Evaluate {
  ExprPtr actor, episodes;
};

struct Statement {
  Span span;
  std::variant<Let, Minimize, Track, Assign, Return, Log, Renormalize, Split, Until, EachBatch, Loop, Every, Repeat,
               WarmUp, Interact, Fit, Update, Record, Evaluate>
      as;
};

// --- items -----------------------------------------------------------------------------------------------------
/// `act(s) = e`, `explore(s) ~ e`, `update(b) { ... }`; a bare body (`act m[H: 0]` in a planner) has no parameters.
struct Method {
  Name name;
  std::vector<Parameter> parameters;
  bool draws = false;
  ExprPtr value;  // null when there is a block
  std::unique_ptr<Block> body;
  std::string doc;
  Span span;
};

enum class FunctionRole { function, utility, mirror, potential };
struct Function {
  FunctionRole role;
  Method method;
};

/// `extends hopper(weight = 2)`: the robot whose clauses are taken over.
struct Base {
  Name name;
  std::vector<Argument> arguments;
};
/// `action [15] within -1..1 outside clip`: each part may be absent.
struct ActionClause {
  ExprPtr size, limits;
  std::optional<Name> outside;
  Span span;
};
struct Control {
  ExprPtr value;
  bool each_frame = false;  // else once per control step
};
/// `geom_friction["floor"][0] = e`: the selectors of all brackets, in order.
struct ModelEdit {
  Name quantity;
  std::vector<Selector> selectors;
  ExprPtr value;
  Span span;
};
/// `var phase = 0 then e`: a state of the robot. Without `next` it stays as it began.
struct RobotVariable {
  Name name;
  std::vector<Axis> axes;
  ExprPtr initial, next;
  Span span;
};
/// `reset qpos = e, qvel = e until c where ...`
struct Reset {
  std::vector<Binding> bindings;
  ExprPtr until;
  std::vector<Binding> where;
};
struct Robot {
  Name name;
  std::vector<Parameter> parameters;
  std::optional<Base> base;
  std::optional<Name> mjcf;  // text is the path, span that of the string
  ExprPtr frames, limit, settle, observe, reward, done, truncate;
  std::optional<ActionClause> action;
  std::optional<Control> control;
  std::vector<Binding> randomize;
  std::vector<ModelEdit> edits;
  std::vector<RobotVariable> variables;
  std::optional<Reset> reset;
  std::vector<Method> methods;  // objective, fallen and helpers
};

struct Net {
  Name name;
  std::vector<Axis> axes;  // `q[twin: 2]`
  std::vector<Name> inputs;
  ExprPtr output, body;
  Span span;
};
struct Slow {
  Name name, source;
  ExprPtr rate;
  Span span;
};
struct Variable {
  Name name;
  std::vector<Axis> axes;
  ExprPtr initial;
  Span span;
};
struct Normalize {
  std::vector<Name> names;
  Span span;
};

enum class ModuleRole { learner, model };
/// A learner or a model: trainable parts and the methods over them, in the order written.
struct Module {
  ModuleRole role;
  Name name;
  std::vector<Parameter> parameters;
  std::vector<std::variant<Net, Slow, Variable, Normalize, Method>> members;
};

/// `x = state; each H[..-1]: (r, x) ~ world.step(x, u), store (...) if e`
struct Store {
  ExprPtr transition, condition;
  Span span;
};
struct Rollout {
  std::vector<Binding> initial;
  Name axis;
  std::optional<Range> part;
  std::vector<std::variant<Binding, Store>> steps;
  Span span;
};

struct Theta {
  struct Part {
    Name name;
    std::vector<Axis> axes;
  };
  std::vector<Part> parts;
};
struct Start {
  std::vector<Binding> bindings;
};
struct Shift {
  std::vector<Binding> bindings;
};
struct Keep {
  std::vector<Binding> bindings;
};
struct Iterate {
  ExprPtr count;
};
struct Precision {
  ExprPtr name;
};
struct Draw {
  Name name;
  std::vector<Axis> axes;
  ExprPtr distribution;
  std::optional<Name> within;
  std::vector<ExprPtr> more;
};
struct Score {
  Binding binding;
};
struct Weigh {
  Binding binding;
};
/// What a step of a potential goes down: the gradient of minus the logarithm of the expected utility, that of minus
/// the score, or what the script says.
enum class Direction { score, pathwise, given };
/// `on m within action step g score`.
struct MirrorStep {
  std::vector<Name> moved;
  ExprPtr within, size;
  Direction direction = Direction::given;
  ExprPtr gradient;  // of Direction::given
  Span direction_span;
};
/// `f(m, v; u, w) step g`, or, with `on`, a potential and the step that is made with it.
struct Mirror {
  ExprPtr call, step;
  std::optional<MirrorStep> on;
};
struct Act {
  Method method;
};  // method.name is "act" or "explore"
struct RecordRollout {
  Rollout rollout;
};
struct RolloutClause {
  Rollout rollout;
};

struct PlannerClause {
  Span span;
  std::variant<Theta, Start, Shift, Keep, Let, Iterate, Precision, Draw, RolloutClause, Score, Weigh, Mirror, Act,
               RecordRollout>
      as;
};
struct Planner {
  Name name;
  std::vector<Parameter> parameters;
  std::vector<PlannerClause> clauses;
};

struct MemoryDecl {
  Name name;
  ExprPtr capacity;
};
enum class InstanceKind { model, learner, planner };
struct Instance {
  InstanceKind kind;
  Name name;
  ExprPtr value;
};
struct Algorithm {
  Name name;
  std::vector<Parameter> parameters;
  std::vector<MemoryDecl> memories;
  std::vector<Instance> instances;
  Block body;  // the statements, without the declarations
};

/// `agent.lr = 1e-3`
struct Setting {
  Name key;  // with its dots
  ExprPtr value;
};

/// `settings mine on hopper, ant { ... }`
struct Settings {
  Name algorithm;
  std::vector<Name> robots;
  std::vector<Setting> entries;
};

/// `expect "evaluate/return" of mine on hopper with batch = 64 at 5000 steps in 900..1200`
struct Expectation {
  Name metric;
  std::optional<Name> algorithm, robot;
  std::vector<Setting> settings;
  ExprPtr steps;
  Range band;
  Span span;
};

struct Experiment {
  struct Run {
    std::vector<Name> algorithms, robots;
    ExprPtr steps;
    Span span;
  };
  Name name;
  std::vector<Run> runs;
  std::vector<Range> seeds;     // `1..3` means 1, 2, 3
  std::vector<Setting> fixed;   // of every run
  std::vector<Setting> varied;  // each a list: every combination is run
  std::vector<Expectation> expectations;
};

struct Item {
  Span span;
  std::string doc;  // the comment lines directly above, without `//`
  std::variant<Robot, Module, Planner, Function, Algorithm, Settings, Experiment> as;
};

struct Use {
  std::vector<Name> path;    // `std.nets`; empty when a file is named
  std::optional<Name> file;  // `"my_lib.duet"`
  Span span;
};

struct Comment {
  std::string text;
  Span span;
};

struct File {
  uint32_t id = 0;
  std::vector<Use> uses;
  std::vector<Item> items;
  std::vector<Comment> comments;
};

}  // namespace duet::ast
