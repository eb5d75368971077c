#include <cmath>
#include <limits>
#include <numbers>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"
#include "compiler/sema/unknown_name.h"

namespace duet {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

Op binary_op(const std::string& op) {
  static const std::map<std::string, Op> ops = {{"+", Op::add},           {"-", Op::sub},        {"*", Op::mul},
                                                {"/", Op::div},           {"^", Op::pow},        {"<", Op::less},
                                                {"<=", Op::less_equal},   {"==", Op::equal},     {"!=", Op::not_equal},
                                                {"and", Op::logical_and}, {"or", Op::logical_or}};
  return ops.at(op);
}

double fold(const std::string& op, double a, double b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (op == "/") return a / b;
  if (op == "^") return std::pow(a, b);
  if (std::isnan(a) || std::isnan(b)) return kUnknown;
  if (op == "<") return a < b;
  if (op == "<=") return a <= b;
  if (op == ">") return a > b;
  if (op == ">=") return a >= b;
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "and") return a != 0 && b != 0;
  return a != 0 || b != 0;
}

}  // namespace

bool is_vector_axis(const std::string& name) {
  static const std::set<std::string> names = {"_",      "obs",   "action",  "qpos",     "qvel",       "ctrl",
                                              "dof",    "xyz",   "quat",    "act",      "sensordata", "column",
                                              "tendon", "joint", "numeric", "parameter"};
  return names.count(name) > 0;
}

Thing Elaborator::try_evaluate(const ast::Expr& expr, const ScopePtr& scope) {
  try {
    return evaluate(expr, scope);
  } catch (const Failed&) {
    return Poison{};
  }
}

Thing Elaborator::evaluate(const ast::Expr& expr, const ScopePtr& scope) {
  switch (expr.kind) {
    case ast::ExprKind::number:
    case ast::ExprKind::boolean:
      return Number{expr.number};
    case ast::ExprKind::string:
      return Text{expr.text};
    case ast::ExprKind::name:
      return evaluate_name(expr, scope);
    case ast::ExprKind::unary:
      return evaluate_unary(expr, scope);
    case ast::ExprKind::binary:
      return evaluate_binary(expr, scope);
    case ast::ExprKind::field:
      return evaluate_field(expr, scope);
    case ast::ExprKind::index:
      return evaluate_index(expr, scope);
    case ast::ExprKind::call:
      return evaluate_call(expr, scope);
    case ast::ExprKind::list:
      return evaluate_list(expr, scope);
    case ast::ExprKind::tuple: {
      auto tuple = std::make_shared<Tuple>();
      for (const auto& child : expr.children) tuple->items.push_back(evaluate(*child, scope));
      return std::shared_ptr<const Tuple>(tuple);
    }
    case ast::ExprKind::range:
      return std::make_shared<const Interval>(
          Interval{evaluate(*expr.children[0], scope), evaluate(*expr.children[1], scope)});
    case ast::ExprKind::conditional:
      return evaluate_conditional(expr, scope);
    case ast::ExprKind::along:
      return along(expr, scope);
    case ast::ExprKind::where:
      return evaluate(*expr.children[0], with(expr.bindings, scope));
    case ast::ExprKind::lambda:
      return std::shared_ptr<const Function>(function_of(expr.bindings[0], "this function", scope));
  }
  throw std::logic_error("unknown expression");
}

const Thing& Elaborator::lookup(const std::string& name, Span span, const ScopePtr& scope) {
  if (const Thing* thing = scope->find(name)) {
    if (std::get_if<Poison>(thing)) throw Failed{};
    return *thing;
  }
  std::vector<std::string> known;
  scope->all_names(known);
  scope->all_axes(known);
  for (const std::string& builtin : builtin_names()) known.push_back(builtin);
  for (const std::string& definition : library_.names()) known.push_back(definition);
  if (robot_frame_) names_in_robots(name, known);
  auto report = error("E0203", span, "there is no `" + name + "` here");
  report.help(help_with_unknown(name, known, library_));
  if (const ast::Item* item = library_.find(name))
    report.note("`" + name + "` is a " + kind_of(*item) + "; it cannot be used in this place");
  fail(report);
}

/// A value as it is seen here: inside `each H`, the current slice of a sequence along H.
ValueId Elaborator::use(ValueId id) {
  id = builder_.current(id);
  if (scans_.empty()) return id;
  ScanFrame& frame = scans_.back();
  if (id >= frame.first || !builder_.type(id).has(frame.axis)) return id;
  if (const auto it = frame.slices.find(id); it != frame.slices.end()) return it->second;
  const std::string name = program_.values[static_cast<size_t>(id)].name;
  const ValueId slice = builder_.parameter_of(*frame.block, builder_.type(id).without(frame.axis), name);
  frame.sequences.push_back(id);
  return frame.slices[id] = slice;
}

Thing Elaborator::evaluate_name(const ast::Expr& expr, const ScopePtr& scope) {
  const std::string& name = expr.text;
  if (robot_frame_ && !scope->find(name))
    if (auto quantity = robot_quantity(name, expr.span)) return *quantity;
  if (const Thing* thing = scope->find(name)) {
    if (std::get_if<Poison>(thing)) throw Failed{};
    if (const auto* t = std::get_if<Tensor>(thing)) return Tensor{use(t->id)};
    if (const auto* variable = std::get_if<VariableRef>(thing))
      return Tensor{builder_.load(variable->state, expr.span)};
    return *thing;
  }
  if (scope->axis(name)) return AxisName{name};
  if (is_builtin(name)) {
    if (name == "step" || name == "epoch") {
      ValueId id = builder_.emit1(Op::counter, {}, {}, expr.span, {{"name", std::string("step")}});
      if (name == "epoch")
        id = builder_.unary(Op::floor, builder_.binary(Op::div, id, builder_.constant(1000, expr.span), expr.span),
                            expr.span);
      return Tensor{id};
    }
    if (name == "pi") return Number{std::numbers::pi};
    if (name == "f32" || name == "bf16") return Text{name};
    if (name == "low" || name == "high") return Tensor{action_limit(name == "high", expr.span)};
    return Builtin{name};
  }
  if (const ast::Item* item = library_.find(name)) {
    if (const auto* function = std::get_if<ast::Function>(&item->as))
      return std::shared_ptr<const Function>(function_of(function->method, name, top_));
  }
  return lookup(name, expr.span, scope);
}

Thing Elaborator::evaluate_unary(const ast::Expr& expr, const ScopePtr& scope) {
  const Thing x = evaluate(*expr.children[0], scope);
  const bool negative = expr.text == "-";
  if (const auto* n = std::get_if<Number>(&x)) return Number{negative ? -n->value : double(n->value == 0)};
  return Tensor{builder_.unary(negative ? Op::neg : Op::logical_not, tensor(x, expr.children[0]->span), expr.span)};
}

Thing Elaborator::evaluate_binary(const ast::Expr& expr, const ScopePtr& scope) {
  const Meaning a{evaluate(*expr.children[0], scope), expr.children[0]->span};
  const Meaning b{evaluate(*expr.children[1], scope), expr.children[1]->span};
  return binary(expr.text, a, b, expr.span);
}

Thing Elaborator::binary(const std::string& op, const Meaning& a, const Meaning& b, Span span) {
  const auto* x = std::get_if<Number>(&a.thing);
  const auto* y = std::get_if<Number>(&b.thing);
  if (x && y) return Number{fold(op, x->value, y->value)};
  const ValueId left = tensor(a.thing, a.span), right = tensor(b.thing, b.span);
  if (op == "^" && y && y->value == 2) return Tensor{builder_.unary(Op::square, left, span)};
  if (op == ">") return Tensor{binary_values(Op::less, right, left, b.span, a.span, span)};
  if (op == ">=") return Tensor{binary_values(Op::less_equal, right, left, b.span, a.span, span)};
  return Tensor{binary_values(binary_op(op), left, right, a.span, b.span, span)};
}

std::optional<std::string> Elaborator::vector_axis(const Type& type) const {
  std::optional<std::string> found;
  for (const Axis& axis : type.axes) {
    if (!is_vector_axis(axis.name)) continue;
    if (found) return std::nullopt;
    found = axis.name;
  }
  return found;
}

void Elaborator::line_up(ValueId& a, ValueId& b, Span a_span, Span b_span, Span span) {
  for (const bool swapped : {false, true}) {
    ValueId& x = swapped ? b : a;
    const ValueId other = swapped ? a : b;
    const Type& tx = builder_.type(x);
    const Type& to = builder_.type(other);
    if (!tx.has("_") || to.has("_")) continue;
    std::optional<std::string> axis;
    bool several = false;
    for (const Axis& candidate : to.axes) {
      if (!is_vector_axis(candidate.name) || tx.has(candidate.name)) continue;
      several = several || axis.has_value();
      axis = candidate.name;
    }
    if (!axis || several) continue;
    if (!sizes_agree(tx.size_of("_"), to.size_of(*axis)))
      fail(error("E0302", span, "vectors of different lengths meet")
               .label(a_span, to_string(builder_.type(a)))
               .label(b_span, to_string(builder_.type(b))));
    x = builder_.rename(x, "_", *axis, swapped ? b_span : a_span);
  }
}

ValueId Elaborator::binary_values(Op op, ValueId a, ValueId b, Span a_span, Span b_span, Span span) {
  line_up(a, b, a_span, b_span, span);
  if (const auto axis = clashing_axis(builder_.type(a).axes, builder_.type(b).axes))
    fail(error("E0301", span, "axis `" + *axis + "` has two different sizes")
             .label(a_span, to_string(builder_.type(a)))
             .label(b_span, to_string(builder_.type(b))));
  return builder_.binary(op, a, b, span);
}

Thing Elaborator::evaluate_conditional(const ast::Expr& expr, const ScopePtr& scope) {
  const Thing condition = evaluate(*expr.children[0], scope);
  if (const auto* n = std::get_if<Number>(&condition); n && !std::isnan(n->value))
    return evaluate(n->value != 0 ? *expr.children[1] : *expr.children[2], scope);
  const ValueId c = tensor(condition, expr.children[0]->span);
  ValueId a = tensor(*expr.children[1], scope), b = tensor(*expr.children[2], scope);
  line_up(a, b, expr.children[1]->span, expr.children[2]->span, expr.span);
  for (const auto& [x, y, i, j] : {std::tuple{a, b, 1, 2}, std::tuple{c, a, 0, 1}, std::tuple{c, b, 0, 2}})
    if (const auto axis = clashing_axis(builder_.type(x).axes, builder_.type(y).axes))
      fail(error("E0301", expr.span, "axis `" + *axis + "` has two different sizes")
               .label(expr.children[static_cast<size_t>(i)]->span, to_string(builder_.type(x)))
               .label(expr.children[static_cast<size_t>(j)]->span, to_string(builder_.type(y))));
  return Tensor{builder_.select(c, a, b, expr.span)};
}

Thing Elaborator::evaluate_list(const ast::Expr& expr, const ScopePtr& scope) {
  auto list = std::make_shared<List>();
  for (const auto& child : expr.children) {
    list->items.push_back(evaluate(*child, scope));
    list->spans.push_back(child->span);
  }
  return std::shared_ptr<const List>(list);
}

/// `[a, b, c]`: vectors are laid end to end, scalars count as one element, other axes are lined up.
ValueId Elaborator::join(const List& list, Span span) {
  if (list.items.empty()) fail(error("E0303", span, "an empty list is no vector"));
  std::vector<double> numbers;
  for (const Thing& item : list.items)
    if (const auto* n = std::get_if<Number>(&item)) numbers.push_back(n->value);
  if (numbers.size() == list.items.size()) {
    const auto count = static_cast<int64_t>(numbers.size());
    return builder_.emit1(Op::values, {}, {Kind::real, {{"_", count}}}, span,
                          {{"values", numbers}, {"axis", std::string("_")}});
  }
  std::vector<ValueId> parts;
  std::vector<Axis> shared;
  int64_t length = 0;
  for (size_t i = 0; i < list.items.size(); ++i) {
    ValueId part = tensor(list.items[i], list.spans[i]);
    const Type& type = builder_.type(part);
    std::vector<std::string> own;
    for (const Axis& axis : type.axes)
      if (is_vector_axis(axis.name)) own.push_back(axis.name);
    if (own.size() > 1)
      fail(error("E0304", list.spans[i], "only vectors and scalars can be joined into a vector").here(to_string(type)));
    const int64_t size = own.empty() ? 1 : type.size_of(own[0]);
    length = length == kUnknownSize || size == kUnknownSize ? kUnknownSize : length + size;
    const Type rest = own.empty() ? type : type.without(own[0]);
    if (const auto axis = clashing_axis(shared, rest.axes))
      fail(error("E0301", list.spans[i], "axis `" + *axis + "` has two different sizes").here(to_string(type)));
    shared = *merge_axes(shared, rest.axes);
    if (!own.empty() && own[0] != "_") part = builder_.rename(part, own[0], "_", list.spans[i]);
    parts.push_back(part);
  }
  shared.push_back({"_", length});
  return builder_.emit1(Op::concat, parts, {Kind::real, shared}, span, {{"axis", std::string("_")}});
}

ValueId Elaborator::tensor(const ast::Expr& expr, const ScopePtr& scope) {
  return tensor(evaluate(expr, scope), expr.span);
}

ValueId Elaborator::tensor(const Thing& thing, Span span) {
  if (std::get_if<Poison>(&thing)) throw Failed{};
  if (const auto* t = std::get_if<Tensor>(&thing)) return use(t->id);
  if (const auto* n = std::get_if<Number>(&thing)) return builder_.constant(n->value, span);
  if (const auto* s = std::get_if<Schedule>(&thing)) return schedule_value(*s, span);
  if (const auto* v = std::get_if<VariableRef>(&thing)) return builder_.load(v->state, span);
  if (const auto* l = std::get_if<std::shared_ptr<const List>>(&thing)) return join(**l, span);
  if (const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&thing)) {
    if (in_reset_) return draw(**d, reset_axes_, span);
    fail(error("E0305", span, "a distribution is no number")
             .here("this is a distribution")
             .help("draw from it with `let x ~ ...`, or take its `mode(...)` or `mean(...)`"));
  }
  fail(error("E0306", span, "expected a number or a tensor, found " + kind_name(thing)));
}

void Elaborator::check_scalar(ValueId id, Span span, const std::string& what) {
  const Type& type = builder_.type(id);
  if (type.scalar()) return;
  std::string axes;
  for (const Axis& axis : type.axes) axes += (axes.empty() ? "" : ", ") + axis.name;
  fail(error("E0307", span, what + " must be one number")
           .here(to_string(type))
           .help("reduce the axes that are left, for example with `mean[" + axes + "](...)`"));
}

ValueId Elaborator::scalar(const ast::Expr& expr, const ScopePtr& scope, const std::string& what) {
  const ValueId id = tensor(expr, scope);
  check_scalar(id, expr.span, what);
  return id;
}

double Elaborator::number_of(const Thing& thing, Span span, const std::string& what) {
  if (const auto* n = std::get_if<Number>(&thing)) return n->value;
  if (std::get_if<Poison>(&thing)) throw Failed{};
  if (std::get_if<Schedule>(&thing))
    fail(error("E0308", span, what + " cannot follow a schedule").here("this changes during the run"));
  fail(error("E0308", span, what + " must be a number known before the run, found " + kind_name(thing)));
}

int64_t Elaborator::whole_of(const Thing& thing, Span span, const std::string& what) {
  const double value = number_of(thing, span, what);
  if (std::isnan(value)) return kUnknownSize;
  if (value != std::floor(value) || std::abs(value) > 1e15)
    fail(error("E0309", span, what + " must be a whole number").here("this is " + std::to_string(value)));
  if (value < 0)
    fail(error("E0309", span, what + " cannot be negative")
             .here("this is " + std::to_string(static_cast<int64_t>(value))));
  return static_cast<int64_t>(value);
}

std::optional<int64_t> Elaborator::position(const ast::Expr& expr, const ScopePtr& scope, int64_t size) {
  const double value = number(expr, scope, "a position");
  if (std::isnan(value)) return std::nullopt;
  if (value != std::floor(value))
    fail(error("E0309", expr.span, "a position must be a whole number").here("this is " + std::to_string(value)));
  const auto at = static_cast<int64_t>(value);
  if (at >= 0) return at;
  if (size == kUnknownSize) return std::nullopt;
  return at + size;
}

double Elaborator::number(const ast::Expr& expr, const ScopePtr& scope, const std::string& what) {
  return number_of(evaluate(expr, scope), expr.span, what);
}

int64_t Elaborator::whole(const ast::Expr& expr, const ScopePtr& scope, const std::string& what) {
  return whole_of(evaluate(expr, scope), expr.span, what);
}

Axis Elaborator::axis(const ast::Axis& axis, const ScopePtr& scope) {
  const std::string& name = axis.name.text;
  if (axis.size) {
    const int64_t size = whole(*axis.size, scope, "the size of axis `" + name + "`");
    if (size != kUnknownSize && size < 1)
      fail(error("E0310", axis.size->span, "axis `" + name + "` would have " + std::to_string(size) + " elements"));
    return {name, size};
  }
  // A parameter that is a number names an axis of that size; it hides an outer axis of the same name.
  if (const Thing* thing = scope->find(name)) {
    if (std::get_if<Number>(thing) || std::get_if<Schedule>(thing)) {
      const int64_t size = whole_of(*thing, axis.span, "the size of axis `" + name + "`");
      if (size != kUnknownSize && size < 1)
        fail(error("E0310", axis.span, "axis `" + name + "` would have " + std::to_string(size) + " elements")
                 .label(scope->place(name), "set here"));
      return {name, size};
    }
    if (std::get_if<Poison>(thing)) throw Failed{};
  }
  if (const auto size = scope->axis(name)) return {name, *size};
  std::vector<std::string> known;
  scope->all_axes(known);
  fail(error("E0204", axis.span, "there is no axis `" + name + "` here")
           .help(nearest(name, known) ? did_you_mean(name, known) : "give its size: `[" + name + ": 10]`"));
}

std::vector<Axis> Elaborator::axes(const std::vector<ast::Axis>& list, const ScopePtr& scope) {
  std::vector<Axis> result;
  for (const ast::Axis& item : list) {
    const Axis axis = this->axis(item, scope);
    for (const Axis& other : result)
      if (other.name == axis.name) fail(error("E0311", item.span, "axis `" + axis.name + "` is named twice"));
    result.push_back(axis);
  }
  return result;
}

ValueId Elaborator::as_vector(ValueId id, const Axis& axis, Span span, const std::string& what) {
  const Type& type = builder_.type(id);
  const auto own = vector_axis(type);
  if (type.has(axis.name)) {
    if (sizes_agree(type.size_of(axis.name), axis.size)) return id;
  } else if (own && *own == "_") {
    if (sizes_agree(type.size_of("_"), axis.size)) return builder_.rename(id, "_", axis.name, span);
  }
  auto report = error("E0312", span, what + " must be a vector along `" + to_string(axis) + "`").here(to_string(type));
  if (!own && !type.axes.empty()) {
    const std::string& left = type.axes[0].name;
    report.help("`x[0]` picks one component of a vector; one place along `" + left + "` is `x[" + left + ": 0]`");
  }
  fail(report);
}

ScopePtr Elaborator::with(const std::vector<ast::Binding>& bindings, const ScopePtr& scope) {
  const ScopePtr inner = nested(scope);
  // A `where` may name its parts in any order: functions first, then values from the first to the last.
  for (const ast::Binding& binding : bindings)
    if (binding.is_function) bind(binding, inner);
  for (const ast::Binding& binding : bindings)
    if (!binding.is_function) bind(binding, inner);
  return inner;
}

std::string Elaborator::kind_name(const Thing& thing) const {
  struct Namer {
    std::string operator()(const Poison&) { return "an error"; }
    std::string operator()(const Number&) { return "a number"; }
    std::string operator()(const Tensor&) { return "a tensor"; }
    std::string operator()(const Text&) { return "a string"; }
    std::string operator()(const AxisName& a) { return "the axis `" + a.name + "`"; }
    std::string operator()(const Builtin& b) { return "the function `" + b.name + "`"; }
    std::string operator()(const Schedule&) { return "a schedule"; }
    std::string operator()(const std::shared_ptr<const Interval>&) { return "a range"; }
    std::string operator()(const std::shared_ptr<const List>&) { return "a list"; }
    std::string operator()(const std::shared_ptr<const Tuple>&) { return "a tuple"; }
    std::string operator()(const std::shared_ptr<const Reduction>& r) { return "the reduction `" + r->name + "`"; }
    std::string operator()(const std::shared_ptr<const Distribution>&) { return "a distribution"; }
    std::string operator()(const std::shared_ptr<const Architecture>&) { return "a network architecture"; }
    std::string operator()(const std::shared_ptr<const Fields>&) { return "a batch"; }
    std::string operator()(const std::shared_ptr<const DataRows>&) { return "a part of a memory"; }
    std::string operator()(const std::shared_ptr<const Function>& f) { return "the function `" + f->name + "`"; }
    std::string operator()(const std::shared_ptr<const Net>& n) { return "the network `" + n->name + "`"; }
    std::string operator()(const std::shared_ptr<ModuleInstance>& m) {
      return std::string(m->definition->role == ast::ModuleRole::learner ? "the learner `" : "the model `") + m->name +
             "`";
    }
    std::string operator()(const std::shared_ptr<const ModuleChoice>& m) {
      return (m->use.offsets.empty() ? "members of `" : "a perturbed `") + m->module->name + "`";
    }
    std::string operator()(const std::shared_ptr<PlannerInstance>& p) { return "the planner `" + p->name + "`"; }
    std::string operator()(const std::shared_ptr<const Optimizer>& o) { return "the optimizer `" + o->name + "`"; }
    std::string operator()(const MemoryRef&) { return "a memory"; }
    std::string operator()(const std::shared_ptr<const Mixture>&) { return "a mixture of memories"; }
    std::string operator()(const RobotRef&) { return "the robot"; }
    std::string operator()(const VariableRef&) { return "a variable"; }
  };
  return std::visit(Namer{}, thing);
}

std::string Elaborator::type_name(const Thing& thing) const {
  if (const auto* t = std::get_if<Tensor>(&thing)) return to_string(program_.type(t->id));
  if (const auto* n = std::get_if<Number>(&thing))
    return std::isnan(n->value) ? "number" : "number " + std::to_string(n->value);
  return kind_name(thing);
}

DiagnosticBuilder Elaborator::error(const std::string& code, Span span, const std::string& message) {
  auto report = diagnostics_.error(code, span, message);
  // Say what was being elaborated when the error lies in a definition used from elsewhere.
  for (auto call = calls_.rbegin(); call != calls_.rend(); ++call)
    if (call->span.known() && sources_.has(call->span.file)) {
      report.note("in `" + call->name + "`, used at " + sources_.place(call->span));
      if (call->span.file != span.file) break;
    }
  return report;
}

void Elaborator::note_type(Span span, const std::string& name, const Thing& thing) {
  typed_.emplace_back(span, name + ": " + type_name(thing));
}

}  // namespace duet
