#include <algorithm>
#include <cmath>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"

namespace duet {

namespace {

template <typename T>
const T* first_clause(const ast::Planner& planner) {
  for (const ast::PlannerClause& clause : planner.clauses)
    if (const T* found = std::get_if<T>(&clause.as)) return found;
  return nullptr;
}

/// Has another value while it lives.
class Flag {
 public:
  Flag(bool& flag, bool value) : flag_(flag), before_(flag) { flag = value; }
  ~Flag() { flag_ = before_; }
  Flag(const Flag&) = delete;

 private:
  bool& flag_;
  bool before_;
};

/// Clauses that are done again in every iteration: all from `repeat` (or the first `draw`) on, except those that use
/// the finished plan.
bool finishes(const ast::PlannerClause& clause) {
  return std::get_if<ast::Act>(&clause.as) || std::get_if<ast::RecordRollout>(&clause.as);
}

}  // namespace

std::vector<Elaborator::Theta> Elaborator::thetas(const PlannerInstance& planner, const ScopePtr& scope) {
  std::vector<Theta> result;
  for (const ast::PlannerClause& clause : planner.definition->clauses)
    if (const auto* theta = std::get_if<ast::Theta>(&clause.as))
      for (const auto& part : theta->parts) {
        std::vector<Axis> own = axes(part.axes, scope);
        for (const Axis& axis : own)
          if (!scope->axis(axis.name) || !is_vector_axis(axis.name)) scope->bind_axis(axis);
        std::vector<Axis> full = lifted_;
        full.insert(full.end(), own.begin(), own.end());
        result.push_back({part.name.text, {Kind::real, full}, part.name.span});
      }
  return result;
}

ValueId Elaborator::fit_theta(const Theta& theta, ValueId value, Span span) {
  return fit(theta.name, theta.type, theta.span, value, span);
}

ValueId Elaborator::fit(const std::string& what, const Type& want, Span declared, ValueId value, Span span) {
  // A slice of a vector stands for the vector axis.
  for (const Axis& axis : want.axes)
    if (is_vector_axis(axis.name) && !builder_.type(value).has(axis.name) && builder_.type(value).has("_"))
      value = as_vector(value, axis, span, "`" + what + "`");
  for (const Axis& axis : builder_.type(value).axes)
    if (!want.has(axis.name) || !sizes_agree(want.size_of(axis.name), axis.size))
      fail(error("E0319", span, "this does not fit `" + what + "`")
               .here(to_string(builder_.type(value)))
               .label(declared, to_string(want)));
  // Counts and truths are numbers too.
  if (want.kind == Kind::real) value = builder_.cast(value, Kind::real, span);
  return builder_.expand(value, want.axes, span);
}

void Elaborator::bind_thetas(const std::vector<ast::Binding>& bindings, const std::vector<Theta>& thetas,
                             const ScopePtr& scope) {
  std::vector<std::pair<std::string, ValueId>> values;
  for (const ast::Binding& binding : bindings) {
    const ast::Name& name = binding.names[0];
    const auto it = std::find_if(thetas.begin(), thetas.end(), [&](const Theta& t) { return t.name == name.text; });
    if (it == thetas.end()) {
      std::vector<std::string> known;
      for (const Theta& theta : thetas) known.push_back(theta.name);
      fail(error("E0209", name.span, "`" + name.text + "` is not part of theta").help(did_you_mean(name.text, known)));
    }
    const ScopePtr inner = nested(scope);
    const Type& own = it->type;
    bind(binding, inner, {own.axes.begin() + static_cast<std::ptrdiff_t>(lifted_.size()), own.axes.end()});
    values.emplace_back(name.text,
                        fit_theta(*it, tensor(*inner->find(name.text), binding.value->span), binding.value->span));
  }
  for (const auto& [name, value] : values) scope->bind(name, Tensor{value});
}

std::vector<ValueId> Elaborator::start_thetas(const PlannerInstance& planner, const std::vector<Theta>& thetas,
                                              const ScopePtr& scope) {
  const ScopePtr inner = nested(scope);
  for (const Theta& theta : thetas)
    inner->bind(theta.name, Tensor{builder_.expand(builder_.constant(0, theta.span), theta.type.axes, theta.span)});
  for (const ast::PlannerClause& clause : planner.definition->clauses)
    if (const auto* start = std::get_if<ast::Start>(&clause.as)) bind_thetas(start->bindings, thetas, inner);
  std::vector<ValueId> values;
  for (const Theta& theta : thetas) values.push_back(std::get<Tensor>(*inner->find(theta.name)).id);
  note_starts(*planner.definition, thetas, values);
  return values;
}

/// Further candidates may be numbered along an axis of their own, which then becomes that of the candidates.
ValueId Elaborator::along_candidates(ValueId part, const std::string& candidate, const std::vector<Axis>& known,
                                     Span span) {
  const Type& type = builder_.type(part);
  if (type.has(candidate)) return part;
  std::vector<std::string> own;
  for (const Axis& axis : type.axes)
    if (std::none_of(known.begin(), known.end(), [&](const Axis& k) { return k.name == axis.name; }))
      own.push_back(axis.name);
  return own.size() == 1 && !is_vector_axis(own[0]) ? builder_.rename(part, own[0], candidate, span) : part;
}

void Elaborator::draw_clause(const ast::Draw& clause, Span span, const ScopePtr& scope) {
  const std::vector<Axis> declared = axes(clause.axes, scope);
  for (const Axis& axis : declared)
    if (!scope->axis(axis.name) || !is_vector_axis(axis.name)) scope->bind_axis(axis);
  const Thing thing = evaluate(*clause.distribution, scope);
  const auto* distribution = std::get_if<std::shared_ptr<const Distribution>>(&thing);
  if (!distribution)
    fail(error("E0416", clause.distribution->span, "a draw needs a distribution, found " + kind_name(thing))
             .help("for example `gaussian(m, v)`"));
  ValueId u = draw(**distribution, declared, span);
  std::vector<Axis> full = lifted_;
  full.insert(full.end(), declared.begin(), declared.end());
  for (const Axis& axis : builder_.type(u).axes)
    if (std::none_of(full.begin(), full.end(), [&](const Axis& a) { return a.name == axis.name; }))
      fail(error("E0319", clause.distribution->span,
                 "the distribution has an axis `" + axis.name + "` that the draw does not declare")
               .here(to_string(builder_.type(u)))
               .label(clause.name.span, "declared " + to_string(Type{Kind::real, declared})));
  u = builder_.expand(u, full, span);
  if (clause.within) {
    if (clause.within->text != "action") fail(error("E0416", clause.within->span, "only `within action` is known"));
    u = binary_values(Op::minimum, binary_values(Op::maximum, u, action_limit(false, span), span, span, span),
                      action_limit(true, span), span, span, span);
  }
  if (!clause.more.empty()) {
    const std::string& axis = declared[0].name;
    std::vector<ValueId> parts{u};
    int64_t count = declared[0].size;
    for (const auto& more : clause.more) {
      ValueId part = tensor(*more, scope);
      part = along_candidates(part, axis, full, more->span);
      const Type type = builder_.type(part);
      const int64_t size = type.has(axis) ? type.size_of(axis) : 1;
      count = count == kUnknownSize || size == kUnknownSize ? kUnknownSize : count + size;
      for (const Axis& a : type.axes)
        if (a.name != axis && std::none_of(full.begin(), full.end(), [&](const Axis& b) {
              return b.name == a.name && sizes_agree(a.size, b.size);
            }))
          fail(error("E0319", more->span, "these candidates do not fit `" + clause.name.text + "`")
                   .here(to_string(type))
                   .label(clause.name.span, to_string(builder_.type(u))));
      parts.push_back(part);
    }
    for (Axis& a : full)
      if (a.name == axis) a.size = count;
    scope->bind_axis({axis, count});
    u = builder_.emit1(Op::concat, parts, {Kind::real, full}, span, {{"axis", axis}});
  }
  builder_.name(u, clause.name.text);
  note_type(clause.name.span, clause.name.text, Tensor{u});
  scope->bind(clause.name.text, Tensor{u}, clause.name.span);
  found_.distribution = *distribution;
  found_.candidates = u;
}

void Elaborator::planner_clause(const ast::PlannerClause& clause, const PlannerInstance& planner, const ScopePtr& scope,
                                const std::vector<Theta>& thetas) {
  if (const auto* shift = std::get_if<ast::Shift>(&clause.as)) bind_thetas(shift->bindings, thetas, scope);
  if (const auto* keep = std::get_if<ast::Keep>(&clause.as)) bind_thetas(keep->bindings, thetas, scope);
  if (const auto* let = std::get_if<ast::Let>(&clause.as)) bind(let->binding, scope);
  if (const auto* draw = std::get_if<ast::Draw>(&clause.as)) draw_clause(*draw, clause.span, scope);
  if (const auto* roll = std::get_if<ast::RolloutClause>(&clause.as)) rollout(roll->rollout, scope);
  const auto bound = [&](const ast::Binding& binding) {
    bind(binding, scope);
    const auto* value = std::get_if<Tensor>(scope->find(binding.names[0].text));
    return value ? std::optional(value->id) : std::nullopt;
  };
  if (const auto* score = std::get_if<ast::Score>(&clause.as)) found_.score = bound(score->binding);
  if (const auto* weigh = std::get_if<ast::Weigh>(&clause.as)) {
    found_.weights = bound(weigh->binding);
    warn_of_weights(*weigh, *planner.definition, thetas, scope);
  }
  if (const auto* mirror = std::get_if<ast::Mirror>(&clause.as)) mirror_clause(*mirror, scope, thetas, clause.span);
}

bool Elaborator::rounds_layers(const PlannerInstance& planner, const ScopePtr& scope) {
  const auto* precision = first_clause<ast::Precision>(*planner.definition);
  if (!precision) return false;
  const ast::Expr& name = *precision->name;
  const Thing thing = evaluate(name, scope);
  const auto* text = std::get_if<Text>(&thing);
  if (!text) fail(error("E0429", name.span, "a precision is `f32` or `bf16`, not " + kind_name(thing)));
  if (text->text != "f32" && text->text != "bf16")
    fail(error("E0429", name.span, "there is no precision `" + text->text + "`")
             .help(did_you_mean(text->text, {"f32", "bf16"})));
  return text->text == "bf16";
}

Elaborator::Plan Elaborator::improve(const PlannerInstance& planner, const std::vector<Theta>& thetas,
                                     const std::vector<ValueId>& old, const ScopePtr& scope) {
  const Flag precision(rounds_layers_, rounds_layers(planner, scope)), planning(planning_, true);
  for (size_t i = 0; i < thetas.size(); ++i) scope->bind(thetas[i].name, Tensor{old[i]});
  found_ = {};
  const auto& clauses = planner.definition->clauses;
  const auto begins = [](const ast::PlannerClause& c) {
    return std::get_if<ast::Iterate>(&c.as) || std::get_if<ast::Draw>(&c.as);
  };
  const auto body = std::find_if(clauses.begin(), clauses.end(), begins);
  const auto clause_safely = [&](const ast::PlannerClause& clause) {
    try {
      planner_clause(clause, planner, scope, thetas);
    } catch (const Failed&) {
      poison(clause, scope);
      plan_failed_ = true;
    }
  };
  for (auto clause = clauses.begin(); clause != body; ++clause)
    if (!finishes(*clause)) clause_safely(*clause);
  int64_t count = 1;
  if (body != clauses.end())
    if (const auto* iterate = std::get_if<ast::Iterate>(&body->as)) {
      count = whole(*iterate->count, scope, "the number of iterations");
      if (count != kUnknownSize && (count < 1 || count > 1000))
        fail(error("E0419", iterate->count->span,
                   "a planner iterates between 1 and 1000 times, not " + std::to_string(count)));
      if (count == kUnknownSize) count = 1;
    }
  for (int64_t i = 0; i < count; ++i) {
    scope->bind("iteration", Number{static_cast<double>(i)});
    for (auto clause = body; clause != clauses.end(); ++clause)
      if (!finishes(*clause)) clause_safely(*clause);
    if (plan_failed_) {
      plan_failed_ = false;
      throw Failed{};
    }
  }
  if (plan_failed_) {
    plan_failed_ = false;
    throw Failed{};
  }
  Plan plan{scope, {}};
  for (const Theta& theta : thetas) plan.theta.push_back(tensor(*scope->find(theta.name), theta.span));
  return plan;
}

/// After an error in a clause, its names mean nothing, so that later clauses do not report it again.
void Elaborator::poison(const ast::PlannerClause& clause, const ScopePtr& scope) {
  const auto binding = [&](const ast::Binding& b) {
    for (const ast::Name& name : b.names) scope->bind(name.text, Poison{}, name.span);
  };
  if (const auto* draw = std::get_if<ast::Draw>(&clause.as)) scope->bind(draw->name.text, Poison{}, draw->name.span);
  if (const auto* score = std::get_if<ast::Score>(&clause.as)) binding(score->binding);
  if (const auto* weigh = std::get_if<ast::Weigh>(&clause.as)) binding(weigh->binding);
  if (const auto* let = std::get_if<ast::Let>(&clause.as)) binding(let->binding);
  if (const auto* roll = std::get_if<ast::RolloutClause>(&clause.as)) {
    for (const ast::Binding& b : roll->rollout.initial) binding(b);
    for (const auto& step : roll->rollout.steps)
      if (const auto* b = std::get_if<ast::Binding>(&step)) binding(*b);
  }
}

std::vector<ValueId> Elaborator::specialise(
    const PlannerInstance& planner, Span span,
    const std::function<std::vector<ValueId>(const PlannerInstance&, const std::string&)>& body) {
  if (planner.schedules.empty()) return body(planner, "");
  // A `choose` for the first schedule; the others are handled inside.
  const std::string& name = planner.schedules[0].first;
  const Schedule& schedule = planner.schedules[0].second;
  std::vector<int64_t> cases;
  std::vector<Block> blocks;
  std::vector<Type> types;
  const auto low = static_cast<int64_t>(std::floor(std::min(schedule.low, schedule.high)));
  const auto high = static_cast<int64_t>(std::floor(std::max(schedule.low, schedule.high)));
  if (high - low > 200)
    fail(error("E0420", planner.span,
               "schedule `" + name + "` has " + std::to_string(high - low + 1) +
                   " whole values; each is compiled by itself")
             .help("keep it below 200"));
  for (int64_t value = low; value <= high; ++value) {
    PlannerInstance fixed = planner;
    fixed.schedules.erase(fixed.schedules.begin());
    fixed.scope = nested(planner.scope);
    fixed.scope->bind(name, Number{static_cast<double>(value)}, planner.scope->place(name));
    OpenBlock open(builder_);
    const std::vector<ValueId> results =
        specialise(fixed, span, [&](const PlannerInstance& instance, const std::string& tag) {
          return body(instance, "." + name + std::to_string(value) + tag);
        });
    builder_.block().results = results;
    types.clear();
    for (const ValueId id : results) types.push_back(builder_.type(id));
    blocks.push_back(open.close());
    cases.push_back(value);
  }
  return builder_.emit(Op::choose, {schedule_value(schedule, span)}, types, span, {{"cases", cases}},
                       std::move(blocks));
}

}  // namespace duet
