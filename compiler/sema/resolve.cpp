#include "compiler/sema/resolve.h"

#include <set>

#include "compiler/sema/unknown_name.h"

namespace duet {

namespace {

/// Collects what a definition binds and what it uses.
class Walker {
 public:
  std::set<std::string> bound;
  std::vector<ast::Name> used;

  void item(const ast::Item& item) {
    if (const auto* module = std::get_if<ast::Module>(&item.as)) {
      parameters(module->parameters);
      for (const auto& member : module->members) std::visit([this](const auto& as) { this->member(as); }, member);
    } else if (const auto* planner = std::get_if<ast::Planner>(&item.as)) {
      bound.insert({"state", "iteration"});
      parameters(planner->parameters);
      for (const ast::PlannerClause& c : planner->clauses) std::visit([this](const auto& as) { clause(as); }, c.as);
    } else if (const auto* function = std::get_if<ast::Function>(&item.as)) {
      method(function->method);
    }
  }

 private:
  void bind(const ast::Name& name) { bound.insert(name.text); }
  void bind(const std::vector<ast::Name>& names) {
    for (const ast::Name& name : names) bind(name);
  }
  void use(const std::vector<ast::Name>& names) { used.insert(used.end(), names.begin(), names.end()); }
  void axes(const std::vector<ast::Axis>& axes) {
    for (const ast::Axis& axis : axes) {
      bind(axis.name);
      expr(axis.size);
    }
  }
  void parameters(const std::vector<ast::Parameter>& parameters) {
    for (const ast::Parameter& parameter : parameters) {
      bind(parameter.name);
      axes(parameter.axes);
      expr(parameter.default_value);
    }
  }
  void binding(const ast::Binding& binding) {
    bind(binding.names);
    axes(binding.axes);
    parameters(binding.parameters);
    expr(binding.value);
  }
  void bindings(const std::vector<ast::Binding>& list) {
    for (const ast::Binding& item : list) binding(item);
  }
  void expr(const ast::ExprPtr& expr) {
    if (expr) this->expr(*expr);
  }
  void expr(const ast::Expr& e) {
    if (e.kind == ast::ExprKind::name) used.push_back({e.text, e.span});
    for (const auto& child : e.children) expr(child);
    for (const ast::Argument& argument : e.arguments) expr(argument.value);
    for (const ast::Selector& selector : e.selectors) {
      if (selector.index) bind(*selector.index);
      // A bare name in brackets may be an axis: `sum[H]`.
      const bool bare =
          !selector.range.is_range && selector.range.from && selector.range.from->kind == ast::ExprKind::name;
      if (bare && !selector.axis) continue;
      expr(selector.range.from);
      expr(selector.range.to);
    }
    bindings(e.bindings);
  }
  void method(const ast::Method& method) {
    parameters(method.parameters);
    expr(method.value);
    if (method.body) block(*method.body);
  }
  void block(const ast::Block& block) {
    for (const ast::Statement& s : block.statements) std::visit([this](const auto& as) { statement(as); }, s.as);
  }
  void rollout(const ast::Rollout& r) {
    bindings(r.initial);
    if (r.part) {
      expr(r.part->from);
      expr(r.part->to);
    }
    for (const auto& step : r.steps) {
      if (const auto* b = std::get_if<ast::Binding>(&step)) {
        binding(*b);
        continue;
      }
      const auto& store = std::get<ast::Store>(step);
      expr(store.transition);
      expr(store.condition);
    }
  }

  void member(const ast::Net& net) {
    bind(net.name);
    axes(net.axes);
    expr(net.body);
  }
  void member(const ast::Slow& slow) {
    bind(slow.name);
    expr(slow.rate);
  }
  void member(const ast::Variable& variable) {
    bind(variable.name);
    axes(variable.axes);
    if (variable.initial->kind != ast::ExprKind::call) expr(variable.initial);
  }
  void member(const ast::Normalize&) {}
  void member(const ast::Method& m) {
    bind(m.name);
    method(m);
  }

  void clause(const ast::Theta& theta) {
    for (const auto& part : theta.parts) {
      bind(part.name);
      axes(part.axes);
    }
  }
  void clause(const ast::Start& c) { bindings(c.bindings); }
  void clause(const ast::Shift& c) { bindings(c.bindings); }
  void clause(const ast::Keep& c) { bindings(c.bindings); }
  void clause(const ast::Let& c) { binding(c.binding); }
  void clause(const ast::Iterate& c) { expr(c.count); }
  void clause(const ast::Precision& c) { expr(c.name); }
  void clause(const ast::Draw& c) {
    bind(c.name);
    axes(c.axes);
    expr(c.distribution);
    for (const auto& more : c.more) expr(more);
  }
  void clause(const ast::RolloutClause& c) { rollout(c.rollout); }
  void clause(const ast::Score& c) { binding(c.binding); }
  void clause(const ast::Weigh& c) { binding(c.binding); }
  void clause(const ast::Mirror& c) {
    // Behind `on` the clause looks for theta, before it for a potential, and says more of what it misses.
    if (c.on && c.call->kind == ast::ExprKind::name) return step(*c.on);
    expr(c.call);
    expr(c.step);
    if (c.on) step(*c.on);
  }
  void step(const ast::MirrorStep& s) {
    // `within simplex[axis]` and `within action` name no values.
    if (s.within && s.within->kind == ast::ExprKind::range) expr(s.within);
    expr(s.size);
    expr(s.gradient);
  }
  void clause(const ast::Act& c) { method(c.method); }
  void clause(const ast::RecordRollout& c) { rollout(c.rollout); }

  void statement(const ast::Let& s) { binding(s.binding); }
  void statement(const ast::Minimize& s) {
    expr(s.loss);
    use(s.over);
    expr(s.optimizer);
  }
  void statement(const ast::Track& s) { use(s.names); }
  void statement(const ast::Assign& s) {
    use({s.name});
    expr(s.value);
  }
  void statement(const ast::Return& s) { expr(s.value); }
  void statement(const ast::Log& s) { expr(s.value); }
  void statement(const ast::Renormalize& s) { expr(s.data); }
  void statement(const ast::Split& s) {
    use({s.data});
    bind(s.train);
    bind(s.holdout);
    expr(s.fraction);
  }
  void statement(const ast::Until& s) {
    expr(s.value);
    expr(s.patience);
    expr(s.threshold);
    block(s.body);
  }
  void statement(const ast::EachBatch& s) {
    bind(s.batch);
    use({s.data});
    expr(s.size);
    block(s.body);
  }
  void statement(const ast::Loop& s) { block(s.body); }
  void statement(const ast::Every& s) {
    expr(s.steps);
    block(s.body);
  }
  void statement(const ast::Repeat& s) {
    expr(s.count);
    block(s.body);
  }
  template <typename Other>
  void statement(const Other&) {}  // the others stand in algorithms, which are elaborated
};

}  // namespace

void resolve_names(const ast::Item& item, const Library& library, const std::vector<std::string>& builtins,
                   Diagnostics& diagnostics) {
  Walker walker;
  walker.item(item);
  std::vector<std::string> known(walker.bound.begin(), walker.bound.end());
  known.insert(known.end(), builtins.begin(), builtins.end());
  for (const std::string& name : library.names()) known.push_back(name);
  known.insert(known.end(), {"obs", "action", "real"});
  const std::set<std::string> visible(known.begin(), known.end());
  for (const ast::Name& name : walker.used)
    if (!visible.count(name.text))
      diagnostics.error("E0203", name.span, "there is no `" + name.text + "` here")
          .help(help_with_unknown(name.text, known, library));
}

}  // namespace duet
