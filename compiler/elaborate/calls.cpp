#include <algorithm>
#include <cmath>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"

namespace duet {

namespace {

std::vector<std::string> names_of(const std::vector<ast::Parameter>& parameters) {
  std::vector<std::string> names;
  for (const ast::Parameter& parameter : parameters) names.push_back(parameter.name.text);
  return names;
}

}  // namespace

std::shared_ptr<Function> function_of(const ast::Method& method, const std::string& name, const ScopePtr& scope) {
  auto function = std::make_shared<Function>();
  function->name = name;
  function->parameters = &method.parameters;
  function->value = method.value.get();
  function->body = method.body.get();
  function->draws = method.draws;
  function->scope = scope;
  return function;
}

CallArguments Elaborator::arguments(const ast::Expr& expr, const ScopePtr& scope) {
  CallArguments result;
  for (const ast::Argument& argument : expr.arguments) {
    Meaning meaning{evaluate(*argument.value, scope), argument.value->span};
    if (argument.kind == ast::Argument::Kind::positional)
      result.positional.push_back(std::move(meaning));
    else if (argument.kind == ast::Argument::Kind::named)
      result.named.emplace_back(argument.name, std::move(meaning));
    else
      result.weighted.emplace_back(argument.name, std::move(meaning));
  }
  return result;
}

Meaning Elaborator::one(const CallArguments& args, size_t at, const std::string& what, Span span) {
  if (at < args.positional.size()) return args.positional[at];
  fail(error("E0327", span,
             what + " needs " + std::to_string(at + 1) + (at ? " arguments, " : " argument, ") +
                 std::to_string(args.positional.size()) + " given"));
}

void Elaborator::only_options(const CallArguments& args, const std::vector<std::string>& known,
                              const std::string& what) {
  for (const auto& [name, meaning] : args.named)
    if (std::find(known.begin(), known.end(), name.text) == known.end())
      fail(error("E0205", name.span, what + " has no option `" + name.text + "`").help(did_you_mean(name.text, known)));
  for (const auto& [name, meaning] : args.weighted)
    fail(error("E0205", name.span, what + " takes no shares").help("`name: share` belongs into `mix(...)`"));
}

double Elaborator::option(const CallArguments& args, const std::string& name, double otherwise) {
  for (const auto& [given, meaning] : args.named)
    if (given.text == name) return number_of(meaning.thing, meaning.span, "`" + name + "`");
  return otherwise;
}
Thing Elaborator::evaluate_call(const ast::Expr& expr, const ScopePtr& scope) {
  const ast::Expr& callee = *expr.children[0];
  // A reduction: sum[H](x), with sum[h in H](...) binding h first.
  if (callee.kind == ast::ExprKind::index && callee.children[0]->kind == ast::ExprKind::name) {
    const std::string& name = callee.children[0]->text;
    if (!scope->find(name) && !scope->axis(name) && is_builtin(name)) {
      if (name == "unflatten") return unflatten(expr, scope);
      if (name == "gradient") return gradient(expr, scope);
      const ScopePtr inner = nested(scope);
      for (const ast::Selector& selector : callee.selectors)
        if (selector.index) {
          const auto size = scope->axis(selector.axis->text);
          if (!size) fail(error("E0204", selector.span, "there is no axis `" + selector.axis->text + "` here"));
          const Axis axis{selector.axis->text, *size};
          inner->bind(selector.index->text,
                      Tensor{builder_.emit1(Op::iota, {}, {Kind::real, {axis}}, selector.span,
                                            {{"axis", axis.name}, {"count", axis.size}})},
                      selector.span);
        }
      return call_reduction(reduction(name, callee), expr, inner);
    }
  }
  // A learner or model is made where it is declared; elsewhere its name is no function.
  const Thing thing = evaluate(callee, scope);
  if (const auto* builtin = std::get_if<Builtin>(&thing); builtin && builtin->name == "@zero")
    return zero_of(arguments(expr, scope), expr.span);
  if (const auto* builtin = std::get_if<Builtin>(&thing))
    return call_builtin(builtin->name, arguments(expr, scope), expr, scope);
  if (const auto* function = std::get_if<std::shared_ptr<const Function>>(&thing))
    return call_function(**function, arguments(expr, scope), expr.span);
  if (const auto* net = std::get_if<std::shared_ptr<const Net>>(&thing)) {
    std::optional<ValueId> member;
    if (const auto it = members_.find((*net)->owner); it != members_.end()) member = it->second;
    return call_net(*net, arguments(expr, scope), member, expr.span);
  }
  fail(error("E0330", callee.span, kind_name(thing) + " cannot be called"));
}

/// What stands for a function of the robot: 0 for a robot that does not define it. Before the robot is chosen it has
/// the axes that the function would have.
Thing Elaborator::zero_of(const CallArguments& args, Span span) {
  if (robot_) return Number{0};
  ValueId zero = builder_.constant(0, span);
  for (const Meaning& argument : args.positional) {
    ValueId part = tensor(argument.thing, argument.span);
    if (const auto axis = vector_axis(builder_.type(part))) part = builder_.reduce(Op::sum, part, {*axis}, span);
    zero = binary_values(Op::mul, zero, part, span, argument.span, span);
  }
  return Tensor{zero};
}

void Elaborator::check_axes(const ast::Parameter& parameter, const Meaning& argument, const ScopePtr& scope) {
  const ValueId id = tensor(argument.thing, argument.span);
  for (const ast::Axis& axis : parameter.axes) {
    const Type& type = builder_.type(id);
    if (!type.has(axis.name.text)) {
      std::vector<std::string> known;
      for (const Axis& a : type.axes) known.push_back(a.name);
      fail(error("E0318", argument.span, "this argument lacks axis `" + axis.name.text + "`")
               .here(to_string(type))
               .label(parameter.span, "`" + parameter.name.text + "` needs it")
               .help(did_you_mean(axis.name.text, known)));
    }
    scope->bind_axis({axis.name.text, type.size_of(axis.name.text)});
  }
}

ScopePtr Elaborator::bind_parameters(const std::vector<ast::Parameter>& parameters, const CallArguments& args,
                                     const ScopePtr& definition_scope, const std::string& what, Span span) {
  const ScopePtr scope = nested(definition_scope);
  size_t positional = 0;
  std::vector<bool> given(parameters.size(), false);
  std::vector<Meaning> values(parameters.size());
  const size_t ordered = static_cast<size_t>(
      std::count_if(parameters.begin(), parameters.end(), [](const auto& p) { return !p.keyword; }));
  if (args.positional.size() > ordered)
    fail(error("E0339", args.positional[ordered].span,
               what + " takes " + std::to_string(ordered) + (ordered == 1 ? " argument" : " arguments") +
                   " by position, " + std::to_string(args.positional.size()) + " given")
             .help(ordered < parameters.size() ? "give the others by name" : ""));
  for (const Meaning& value : args.positional) {
    given[positional] = true;
    values[positional++] = value;
  }
  for (const auto& named : args.named) {
    const auto& [name, value] = named;
    const auto it = std::find_if(parameters.begin(), parameters.end(),
                                 [&](const auto& p) { return p.name.text == named.first.text; });
    if (it == parameters.end())
      fail(error("E0205", name.span, what + " has no parameter `" + name.text + "`")
               .help(did_you_mean(name.text, names_of(parameters))));
    const auto at = static_cast<size_t>(it - parameters.begin());
    if (given[at]) fail(error("E0340", name.span, "`" + name.text + "` is given twice"));
    given[at] = true;
    values[at] = value;
  }
  if (!args.weighted.empty()) fail(error("E0205", args.weighted[0].first.span, what + " takes no shares"));
  for (size_t i = 0; i < parameters.size(); ++i) {
    const ast::Parameter& parameter = parameters[i];
    if (!given[i]) {
      if (!parameter.default_value)
        fail(error("E0341", span, what + " needs `" + parameter.name.text + "`")
                 .label(parameter.span, "it has no default"));
      values[i] = {evaluate(*parameter.default_value, scope), parameter.default_value->span};
    }
    if (!parameter.axes.empty()) check_axes(parameter, values[i], scope);
    if (const auto* t = std::get_if<Tensor>(&values[i].thing)) values[i].thing = Tensor{use(t->id)};
    scope->bind(parameter.name.text, values[i].thing, values[i].span);
  }
  return scope;
}

Thing Elaborator::call_function(const Function& function, const CallArguments& args, Span span) {
  if (function.planner) fail(error("E0342", span, "a planner acts in `interact`, `evaluate` and `record` only"));
  if (calls_.size() > 60) fail(error("E0343", span, "calls nest too deeply").help("functions cannot call themselves"));
  for (const Call& call : calls_)
    if (call.definition == function.value && function.value)
      fail(error("E0343", span, "`" + function.name + "` calls itself").help("functions cannot be recursive"));
  const ScopePtr scope = bind_parameters(*function.parameters, args, function.scope, "`" + function.name + "`", span);
  calls_.push_back({function.name, span, function.value});
  const auto outer = members_;
  const auto outer_offsets = offsets_;
  if (function.use.member) members_[function.owner.get()] = *function.use.member;
  for (const auto& [net, offset] : function.use.offsets) offsets_[net] = offset;
  const auto leave = [&] {
    members_ = outer;
    offsets_ = outer_offsets;
    calls_.pop_back();
  };
  try {
    Thing result = run_body(function, scope, span);
    leave();
    return result;
  } catch (...) {
    leave();
    throw;
  }
}

Thing Elaborator::run_body(const Function& function, const ScopePtr& scope, Span span) {
  if (function.value) {
    const int64_t before = draws_;
    Thing result = evaluate(*function.value, scope);
    if (function.draws) {
      if (const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&result)) return Tensor{draw(**d, {}, span)};
      if (draws_ == before)
        fail(error("E0410", function.value->span,
                   "`" + function.name + "` is declared with `~`, but nothing is drawn here")
                 .help("write `=`"));
    }
    return result;
  }
  const auto& statements = function.body->statements;
  bool failed = false;
  for (const ast::Statement& item : statements) {
    if (const auto* result = std::get_if<ast::Return>(&item.as)) {
      if (&item != &statements.back())
        fail(error("E0426", item.span, "`return` belongs at the end of a method")
                 .label((&item)[1].span, "this is never reached"));
      return evaluate(*result->value, scope);
    }
    // The statements after a wrong one are looked at too; names it should have bound give no errors of their own.
    try {
      statement(item, scope);
    } catch (const Failed&) {
      failed = true;
    }
  }
  if (failed) throw Failed{};
  return std::make_shared<const Tuple>();
}

}  // namespace duet
