#include <algorithm>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"
#include "compiler/sema/unknown_name.h"
#include "compiler/symbolic/evaluate.h"

/// The clause `mirror` of planners: maps that give the new theta themselves, and potentials.
namespace duet {

namespace {

/// Whether the expression uses the name.
bool mentions(const ast::Expr& expr, const std::string& name) {
  const auto in = [&](const ast::ExprPtr& part) { return part && mentions(*part, name); };
  if (expr.kind == ast::ExprKind::name && expr.text == name) return true;
  const auto selects = [&](const ast::Selector& s) { return in(s.range.from) || in(s.range.to); };
  return std::any_of(expr.children.begin(), expr.children.end(), in) ||
         std::any_of(expr.arguments.begin(), expr.arguments.end(), [&](const auto& a) { return in(a.value); }) ||
         std::any_of(expr.selectors.begin(), expr.selectors.end(), selects) ||
         std::any_of(expr.bindings.begin(), expr.bindings.end(), [&](const auto& b) { return in(b.value); });
}

/// What is called: `f` of `f(m; u)`, or a bare name.
const ast::Expr& callee(const ast::Expr& call) {
  return call.kind == ast::ExprKind::call ? *call.children[0] : call;
}

}  // namespace

void Elaborator::mirror_clause(const ast::Mirror& clause, const ScopePtr& scope, const std::vector<Theta>& thetas,
                               Span span) {
  const ast::Expr& name = callee(*clause.call);
  const ast::Item* item = name.kind == ast::ExprKind::name ? library_.find(name.text) : nullptr;
  const auto* function = item ? std::get_if<ast::Function>(&item->as) : nullptr;
  const ast::FunctionRole wanted = clause.on ? ast::FunctionRole::potential : ast::FunctionRole::mirror;
  if (function && function->role == wanted && (clause.on || clause.call->kind == ast::ExprKind::call))
    return clause.on ? potential_step(clause, *function, scope, thetas, span)
                     : map_step(clause, *function, scope, thetas, span);
  auto report = error("E0417", clause.call->span,
                      clause.on ? "`mirror ... on` needs a potential" : "`mirror` needs a mirror map");
  if (function && function->role == ast::FunctionRole::potential)
    report.help("say what moves: `mirror " + name.text + " on m step 0.1 score`");
  std::vector<std::string> known;
  for (const std::string& each : library_.names())
    if (const auto* f = std::get_if<ast::Function>(&library_.find(each)->as); f && f->role == wanted)
      known.push_back(each);
  if (name.kind == ast::ExprKind::name) report.help(help_with_unknown(name.text, known, library_));
  fail(report);
}

/// `mirror f(m, v; u, w) step g`: theta's parts before the semicolon take the values that f gives.
void Elaborator::map_step(const ast::Mirror& clause, const ast::Function& map, const ScopePtr& scope,
                          const std::vector<Theta>& thetas, Span span) {
  const ast::Expr& call = *clause.call;
  std::vector<std::string> moved;
  CallArguments args;
  for (const ast::Argument& argument : call.arguments) {
    Meaning meaning{evaluate(*argument.value, scope), argument.value->span};
    if (!argument.keyword) {
      if (argument.value->kind != ast::ExprKind::name ||
          std::none_of(thetas.begin(), thetas.end(), [&](const Theta& t) { return t.name == argument.value->text; }))
        fail(error("E0209", argument.value->span,
                   "before the semicolon of a mirror map stand the parts of theta that it moves"));
      moved.push_back(argument.value->text);
    }
    if (argument.kind == ast::Argument::Kind::named)
      args.named.emplace_back(argument.name, meaning);
    else if (argument.keyword)
      args.named.emplace_back(
          ast::Name{argument.value->kind == ast::ExprKind::name ? argument.value->text : "", argument.value->span},
          meaning);
    else
      args.positional.push_back(meaning);
  }
  if (clause.step)
    args.named.emplace_back(ast::Name{"step", clause.step->span},
                            Meaning{evaluate(*clause.step, scope), clause.step->span});
  const Thing result = call_function(*function_of(map.method, map.method.name.text, top_), args, span);
  std::vector<Thing> values{result};
  if (const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&result)) values = (*tuple)->items;
  if (values.size() != moved.size())
    fail(error("E0418", call.span,
               "this mirror map gives " + std::to_string(values.size()) + " values for " +
                   std::to_string(moved.size()) + " parts of theta"));
  for (size_t i = 0; i < moved.size(); ++i) {
    const auto theta = std::find_if(thetas.begin(), thetas.end(), [&](const Theta& t) { return t.name == moved[i]; });
    const ValueId value = fit_theta(*theta, tensor(values[i], span), span);
    builder_.name(value, moved[i]);
    scope->bind(moved[i], Tensor{value});
  }
}

/// `mirror f(...) on m within S step g D`: for each part of theta, slope(new) = slope(old) - g * gradient.
void Elaborator::potential_step(const ast::Mirror& clause, const ast::Function& definition, const ScopePtr& scope,
                                const std::vector<Theta>& thetas, Span span) {
  const ast::MirrorStep& step = *clause.on;
  std::vector<const Theta*> parts;
  std::vector<ValueId> old;
  for (const ast::Name& name : step.moved) {
    const auto it = std::find_if(thetas.begin(), thetas.end(), [&](const Theta& t) { return t.name == name.text; });
    if (it == thetas.end()) {
      std::vector<std::string> known;
      for (const Theta& theta : thetas) known.push_back(theta.name);
      fail(error("E0209", name.span, "`" + name.text + "` is not part of theta").help(did_you_mean(name.text, known)));
    }
    parts.push_back(&*it);
    old.push_back(tensor(*scope->find(name.text), name.span));
  }
  const std::vector<ValueId> gradients = directions(step, old, scope);
  const ValueId size = tensor(*step.size, scope);
  for (size_t i = 0; i < parts.size(); ++i) {
    const Potential potential = potential_of(*clause.call, definition, old[i], scope);
    check_start(parts[i]->name, potential, clause.call->span);
    const ValueId change = binary_values(Op::mul, size, gradients[i], step.size->span, step.direction_span, span);
    const ValueId moved =
        mirrored(potential, old[i], fit_theta(*parts[i], change, span), step_set(step, old[i], scope), span);
    const ValueId value = fit_theta(*parts[i], moved, span);
    builder_.name(value, parts[i]->name);
    scope->bind(parts[i]->name, Tensor{value});
  }
}

std::vector<ValueId> Elaborator::directions(const ast::MirrorStep& step, const std::vector<ValueId>& moved,
                                            const ScopePtr& scope) {
  const Span at = step.direction_span;
  if (step.direction == ast::Direction::score) return gradients(moved, score_loss(at), at);
  if (step.direction == ast::Direction::pathwise) {
    if (!found_.score)
      fail(error("E0454", at, "there is no score to climb").help("add a clause `score J = ...` above"));
    for (const ValueId theta : moved)
      for (const Axis& axis : builder_.type(*found_.score).axes)
        if (!builder_.type(theta).has(axis.name))
          fail(error("E0307", at, "the score that is climbed must be one number")
                   .here(to_string(builder_.type(*found_.score)))
                   .help("reduce it, for example by `mean[" + axis.name + "](...)`"));
    return gradients(moved, builder_.unary(Op::neg, *found_.score, at), at);
  }
  const Thing given = evaluate(*step.gradient, scope);
  std::vector<Thing> values{given};
  if (const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&given)) values = (*tuple)->items;
  if (values.size() != moved.size())
    fail(error("E0418", at,
               std::to_string(values.size()) + " gradients for " + std::to_string(moved.size()) + " parts of theta"));
  std::vector<ValueId> result;
  for (const Thing& value : values) result.push_back(tensor(value, step.gradient->span));
  return result;
}

/// -sum of w log p(u), with w and u fixed: its gradient is that of -log E[U], estimated from the candidates.
ValueId Elaborator::score_loss(Span span) {
  if (!found_.distribution || !found_.weights)
    fail(error("E0454", span, "a score gradient needs candidates and their weights")
             .help("`draw u[...] ~ ...` and `weigh w = ...` stand above"));
  const auto fixed = [&](ValueId id) {
    return builder_.unary(Op::stop, builder_.cast(use(id), Kind::real, span), span);
  };
  const ValueId density = log_probability(*found_.distribution, fixed(found_.candidates), span);
  return builder_.unary(Op::neg, binary_values(Op::mul, fixed(*found_.weights), density, span, span, span), span);
}

void Elaborator::note_starts(const ast::Planner& planner, const std::vector<Theta>& thetas,
                             const std::vector<ValueId>& values) {
  starts_.clear();
  // What a shift sets from something else does not depend on its start.
  const auto is_replaced = [&](const std::string& name) {
    for (const ast::PlannerClause& clause : planner.clauses)
      if (const auto* shift = std::get_if<ast::Shift>(&clause.as))
        for (const ast::Binding& binding : shift->bindings)
          if (binding.names[0].text == name && !mentions(*binding.value, name)) return true;
    return false;
  };
  for (size_t i = 0; i < thetas.size(); ++i)
    if (const auto known = known_elements(values[i]); known && !is_replaced(thetas[i].name))
      starts_[thetas[i].name] = *known;
}

void Elaborator::check_start(const std::string& name, const Potential& potential, Span span) {
  const auto it = starts_.find(name);
  if (it == starts_.end()) return;
  const auto bound = [&](const symbolic::TermPtr& term, size_t i) -> std::optional<double> {
    if (!term) return std::nullopt;
    symbolic::Values values;
    for (const ValueId id : givens(term)) {
      const auto known = known_elements(id);
      if (!known || known->empty()) return std::nullopt;
      values[id] = (*known)[i % known->size()];
    }
    return symbolic::evaluate(term, 0, values);
  };
  for (size_t i = 0; i < it->second.size(); ++i) {
    const double at = it->second[i];
    const auto low = bound(potential.domain.low, i), high = bound(potential.domain.high, i);
    if ((low && !(at > *low)) || (high && !(at < *high)))
      fail(error("E0452", span,
                 "`" + name + "` begins at " + symbolic::to_string(symbolic::number(at)) + ", where `" +
                     potential.name + "` has no slope")
               .note("its domain is " + symbolic::to_string(potential.domain, name))
               .help("let it begin inside: `start " + name + " = ...`"));
  }
}

}  // namespace duet
