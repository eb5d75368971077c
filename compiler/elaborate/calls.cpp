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

bool is_distribution(const std::string& name) {
  return name == "gaussian" || name == "normal" || name == "uniform" || name == "truncated" || name == "squashed_gaussian";
}

}  // namespace

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
  fail(error("E0327", span, what + " needs " + std::to_string(at + 1) + (at ? " arguments, " : " argument, ") +
             std::to_string(args.positional.size()) + " given"));
}

void Elaborator::only_options(const CallArguments& args, const std::vector<std::string>& known, const std::string& what) {
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
      const ScopePtr inner = nested(scope);
      for (const ast::Selector& selector : callee.selectors)
        if (selector.index) {
          const auto size = scope->axis(selector.axis->text);
          if (!size) fail(error("E0204", selector.span, "there is no axis `" + selector.axis->text + "` here"));
          const Axis axis{selector.axis->text, *size};
          inner->bind(selector.index->text, Tensor{builder_.emit1(Op::iota, {}, {Kind::real, {axis}}, selector.span, {{"axis", axis.name}, {"count", axis.size}})}, selector.span);
        }
      return call_reduction(reduction(name, callee), expr, inner);
    }
  }
  // A learner or model is made where it is declared; elsewhere its name is no function.
  const Thing thing = evaluate(callee, scope);
  if (const auto* builtin = std::get_if<Builtin>(&thing); builtin && builtin->name == "@zero") return Number{0};
  if (const auto* builtin = std::get_if<Builtin>(&thing)) return call_builtin(builtin->name, arguments(expr, scope), expr, scope);
  if (const auto* function = std::get_if<std::shared_ptr<const Function>>(&thing)) return call_function(**function, arguments(expr, scope), expr.span);
  if (const auto* net = std::get_if<std::shared_ptr<const Net>>(&thing)) {
    std::optional<ValueId> member;
    if (const auto it = members_.find((*net)->owner); it != members_.end()) member = it->second;
    return call_net(*net, arguments(expr, scope), member, expr.span);
  }
  fail(error("E0330", callee.span, kind_name(thing) + " cannot be called"));
}

Thing Elaborator::fold_unary(Op op, double x) const {
  switch (op) {
    case Op::abs: return Number{std::abs(x)};
    case Op::exp: return Number{std::exp(x)};
    case Op::log: return Number{std::log(x)};
    case Op::sqrt: return Number{std::sqrt(x)};
    case Op::square: return Number{x * x};
    case Op::sin: return Number{std::sin(x)};
    case Op::cos: return Number{std::cos(x)};
    case Op::tanh: return Number{std::tanh(x)};
    case Op::floor: return Number{std::floor(x)};
    case Op::stop: return Number{x};
    default: return Poison{};
  }
}

Thing Elaborator::call_builtin(const std::string& name, const CallArguments& args, const ast::Expr& expr, const ScopePtr& scope) {
  const Span span = expr.span;
  const std::string what = "`" + name + "`";
  const auto need = [&](size_t count) {
    if (args.positional.size() != count)
      fail(error("E0327", span, what + " takes " + std::to_string(count) + (count == 1 ? " argument, " : " arguments, ") +
                 std::to_string(args.positional.size()) + " given"));
  };
  if (is_distribution(name)) return make_distribution(name, args, span);
  if (name == "mlp") return make_architecture(args, span);
  if (name == "size") {
    only_options(args, {}, what);
    need(1);
    const auto* axis = std::get_if<AxisName>(&args.positional[0].thing);
    if (!axis) {
      if (const auto* n = std::get_if<Number>(&args.positional[0].thing)) return *n;  // an axis named by a number
      fail(error("E0331", args.positional[0].span, "`size` takes the name of an axis, found " + kind_name(args.positional[0].thing)));
    }
    const int64_t size = *scope->axis(axis->name);
    return Number{size == kUnknownSize ? std::nan("") : static_cast<double>(size)};
  }
  if (name == "adam" || name == "sgd") {
    need(1);
    only_options(args, name == "adam" ? std::vector<std::string>{"decay", "beta1", "beta2", "epsilon"} : std::vector<std::string>{"decay"}, what);
    auto optimizer = std::make_shared<Optimizer>();
    optimizer->name = name;
    optimizer->rate = args.positional[0].thing;
    optimizer->beta1 = 0.9, optimizer->beta2 = 0.999, optimizer->epsilon = 1e-8;
    for (const auto& [option, meaning] : args.named) {
      if (option.text == "decay") {
        if (const auto* list = std::get_if<std::shared_ptr<const List>>(&meaning.thing)) {
          for (size_t i = 0; i < (*list)->items.size(); ++i) optimizer->decay.push_back(number_of((*list)->items[i], (*list)->spans[i], "a decay"));
        } else {
          optimizer->decay = {number_of(meaning.thing, meaning.span, "`decay`")};
        }
        continue;
      }
      const double value = number_of(meaning.thing, meaning.span, "`" + option.text + "`");
      (option.text == "beta1" ? optimizer->beta1 : option.text == "beta2" ? optimizer->beta2 : optimizer->epsilon) = value;
    }
    return std::shared_ptr<const Optimizer>(optimizer);
  }
  if (name == "mix") {
    only_options({{}, args.named, {}}, {"batch"}, what);
    auto mixture = std::make_shared<Mixture>();
    for (const auto& [memory, share] : args.weighted) {
      mixture->memories.push_back(this->memory(memory, scope));
      mixture->shares.push_back(share.thing);
    }
    for (const Meaning& positional : args.positional) {
      const auto* memory = std::get_if<MemoryRef>(&positional.thing);
      if (!memory) fail(error("E0332", positional.span, "`mix` takes memories, found " + kind_name(positional.thing)));
      mixture->memories.push_back(memory->id);
      mixture->shares.push_back(Number{1});
    }
    if (mixture->memories.empty()) fail(error("E0332", span, "`mix` needs at least one memory").help("for example `mix(real: 0.05, imagined: 0.95, batch = 256)`"));
    mixture->batch = 256;
    for (const auto& [option, meaning] : args.named) mixture->batch = whole_of(meaning.thing, meaning.span, "the batch size");
    if (mixture->batch < 1) fail(error("E0310", span, "a batch needs at least one transition"));
    return std::shared_ptr<const Mixture>(mixture);
  }
  only_options(args, {}, what);
  if (name == "ramp") {
    need(3);
    double ends[4];
    for (int i = 0; i < 2; ++i) {
      const Meaning& range = args.positional[static_cast<size_t>(i + 1)];
      const auto* interval = std::get_if<std::shared_ptr<const Interval>>(&range.thing);
      if (!interval) fail(error("E0333", range.span, "`ramp` takes two ranges").help("for example `ramp(epoch, 0..40, 5..15)`"));
      ends[2 * i] = number_of((*interval)->from, range.span, "the start of a range");
      ends[2 * i + 1] = number_of((*interval)->to, range.span, "the end of a range");
    }
    if (ends[1] < ends[0]) fail(error("E0333", args.positional[1].span, "this range runs backwards"));
    return Schedule{expr.arguments[0].value.get(), scope, ends[0], ends[1], ends[2], ends[3]};
  }
  if (name == "mode" || name == "variance" || name == "log_variance" || name == "mean") {
    need(1);
    const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&args.positional[0].thing);
    if (!d) {
      auto report = error("E0334", args.positional[0].span, what + " takes a distribution, found " + kind_name(args.positional[0].thing));
      if (name == "mean") report.help("name the axes to average over: `mean[batch](x)`");
      fail(report);
    }
    if (name == "mode") return Tensor{mode(**d, span)};
    if ((*d)->kind != Distribution::Kind::gaussian) fail(error("E0334", args.positional[0].span, what + " needs a gaussian"));
    if (name == "mean") return Tensor{(*d)->a};
    if (name == "log_variance" && (*d)->log_variance >= 0) return Tensor{(*d)->log_variance};
    const ValueId variance = builder_.unary(Op::square, (*d)->b, span);
    return Tensor{name == "variance" ? variance : builder_.unary(Op::log, variance, span)};
  }
  if (name == "log_prob" || name == "nll") {
    need(2);
    const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&args.positional[0].thing);
    if (!d) fail(error("E0334", args.positional[0].span, what + " takes a distribution and a value"));
    const ValueId value = log_probability(**d, tensor(args.positional[1].thing, args.positional[1].span), span);
    return Tensor{name == "nll" ? builder_.unary(Op::neg, value, span) : value};
  }
  if (name == "pick") {
    need(1);
    const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
    if (builder_.type(x).axes.empty()) fail(error("E0335", args.positional[0].span, "`pick` takes a vector").here(to_string(builder_.type(x))));
    auto d = std::make_shared<Distribution>();
    d->kind = Distribution::Kind::pick;
    d->a = x;
    d->axis = builder_.type(x).axes.back().name;
    return std::shared_ptr<const Distribution>(d);
  }
  if (name == "norm2") {
    need(1);
    const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
    const auto axis = vector_axis(builder_.type(x));
    if (!axis) fail(error("E0336", args.positional[0].span, "`norm2` takes a vector").here(to_string(builder_.type(x))));
    return Tensor{builder_.reduce(Op::sum, builder_.unary(Op::square, x, span), {*axis}, span)};
  }
  if (name == "clip") {
    need(3);
    const Thing floor = call_builtin("max", {{args.positional[0], args.positional[1]}, {}, {}}, expr, scope);
    return call_builtin("min", {{{floor, span}, args.positional[2]}, {}, {}}, expr, scope);
  }
  if (name == "min" || name == "max") {
    if (args.positional.size() != 2)
      fail(error("E0327", span, what + " compares two values").help("along axes, name them: `" + name + "[twin](x)`"));
    const auto* x = std::get_if<Number>(&args.positional[0].thing);
    const auto* y = std::get_if<Number>(&args.positional[1].thing);
    if (x && y) return Number{name == "min" ? std::min(x->value, y->value) : std::max(x->value, y->value)};
    return Tensor{binary_values(name == "min" ? Op::minimum : Op::maximum, tensor(args.positional[0].thing, args.positional[0].span),
                                tensor(args.positional[1].thing, args.positional[1].span), args.positional[0].span, args.positional[1].span, span)};
  }
  const auto op = find_op(name);
  if (op && info(*op).group == OpGroup::unary) {
    need(1);
    if (const auto* n = std::get_if<Number>(&args.positional[0].thing)) {
      Thing folded = fold_unary(*op, n->value);
      if (!std::get_if<Poison>(&folded)) return folded;
    }
    return Tensor{builder_.unary(*op, tensor(args.positional[0].thing, args.positional[0].span), span)};
  }
  fail(error("E0337", span, what + " needs the axes it works along").help("for example `" + name + "[batch](x)`"));
}

/// The value of a schedule now.
ValueId Elaborator::schedule_value(const Schedule& s, Span span) {
  const ValueId x = tensor(*s.x, s.scope);
  check_scalar(x, s.x->span, "what a ramp follows");
  const auto c = [&](double value) { return builder_.constant(value, span); };
  const double length = s.to > s.from ? s.to - s.from : 1;
  ValueId t = builder_.binary(Op::div, builder_.binary(Op::sub, x, c(s.from), span), c(length), span);
  t = builder_.binary(Op::minimum, builder_.binary(Op::maximum, t, c(0), span), c(1), span);
  return builder_.binary(Op::add, c(s.low), builder_.binary(Op::mul, t, c(s.high - s.low), span), span);
}

Thing Elaborator::call_reduction(const Reduction& r, const ast::Expr& expr, const ScopePtr& scope) {
  const CallArguments args = arguments(expr, scope);
  const Span span = expr.span;
  const std::string what = "`" + r.name + "[...]`";
  const auto need = [&](size_t count) {
    if (args.positional.size() != count || !args.weighted.empty())
      fail(error("E0327", span, what + " takes " + std::to_string(count) + (count == 1 ? " argument, " : " arguments, ") +
                 std::to_string(args.positional.size()) + " given"));
  };
  const auto single = [&] {
    if (r.axes.size() != 1) fail(error("E0315", span, what + " works along one axis"));
    return r.axes[0];
  };
  only_options(args, r.name == "top_k" || r.name == "bottom_k" ? std::vector<std::string>{"axis"} : std::vector<std::string>{}, what);
  const auto check = [&](ValueId x, Span at) {
    for (size_t i = 0; i < r.axes.size(); ++i) {
      if (builder_.type(x).has(r.axes[i])) continue;
      std::vector<std::string> known;
      for (const Axis& axis : builder_.type(x).axes) known.push_back(axis.name);
      fail(error("E0316", r.spans[i], "there is no axis `" + r.axes[i] + "` to reduce")
               .label(at, to_string(builder_.type(x)))
               .help(did_you_mean(r.axes[i], known)));
    }
  };
  if (r.name == "append") {
    need(2);
    const std::string axis = single();
    const ValueId a = tensor(args.positional[0].thing, args.positional[0].span), b = tensor(args.positional[1].thing, args.positional[1].span);
    check(a, args.positional[0].span);
    const Type ta = builder_.type(a), tb = builder_.type(b);
    const int64_t na = ta.size_of(axis), nb = tb.has(axis) ? tb.size_of(axis) : 1;
    auto axes = merge_axes(ta.without(axis).axes, tb.without(axis).axes);
    if (!axes) fail(error("E0301", span, "the axes of the two parts do not agree").label(args.positional[0].span, to_string(ta)).label(args.positional[1].span, to_string(tb)));
    // The joined axis keeps its place among the axes of the first part.
    Type result{ta.kind, {}};
    std::vector<Axis> lead = ta.axes;
    lead[static_cast<size_t>(ta.find(axis))].size = na == kUnknownSize || nb == kUnknownSize ? kUnknownSize : na + nb;
    result.axes = *merge_axes(lead, *axes);
    return Tensor{builder_.emit1(Op::concat, {a, b}, result, span, {{"axis", axis}})};
  }
  if (r.name == "dot") {
    need(2);
    const Thing product = binary("*", args.positional[0], args.positional[1], span);
    const ValueId x = tensor(product, span);
    check(x, span);
    return Tensor{builder_.reduce(Op::sum, x, r.axes, span)};
  }
  if (r.name == "categorical") {
    need(1);
    auto d = std::make_shared<Distribution>();
    d->kind = Distribution::Kind::categorical;
    d->axis = single();
    d->a = tensor(args.positional[0].thing, args.positional[0].span);
    check(d->a, args.positional[0].span);
    return std::shared_ptr<const Distribution>(d);
  }
  const auto op = find_op(r.name);
  if (!op || (info(*op).group != OpGroup::reduce && *op != Op::quantile && *op != Op::top_k && *op != Op::bottom_k && *op != Op::cumsum))
    fail(error("E0338", expr.children[0]->span, "`" + r.name + "` does not work along axes"));
  if (info(*op).group == OpGroup::reduce) {
    need(1);
    const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
    check(x, args.positional[0].span);
    if (*op == Op::argmin || *op == Op::argmax) single();
    return Tensor{builder_.reduce(*op, x, r.axes, span)};
  }
  if (*op == Op::cumsum) {
    need(1);
    const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
    check(x, args.positional[0].span);
    return Tensor{builder_.emit1(*op, {x}, builder_.type(x), span, {{"axes", std::vector<std::string>{single()}}})};
  }
  need(2);
  const std::string axis = single();
  const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
  check(x, args.positional[0].span);
  if (*op == Op::quantile) {
    const ValueId q = tensor(args.positional[1].thing, args.positional[1].span);
    check_scalar(q, args.positional[1].span, "the level of a quantile");
    return Tensor{builder_.emit1(*op, {x, q}, builder_.type(x).without(axis), span, {{"axes", std::vector<std::string>{axis}}})};
  }
  const int64_t count = whole_of(args.positional[1].thing, args.positional[1].span, "how many are chosen");
  const int64_t size = builder_.type(x).size_of(axis);
  if (count != kUnknownSize && (count < 1 || (size != kUnknownSize && count > size)))
    fail(error("E0310", args.positional[1].span, "cannot choose " + std::to_string(count) + " of " + std::to_string(size)));
  std::string name = "best";
  for (const auto& [option, meaning] : args.named)
    if (const auto* text = std::get_if<Text>(&meaning.thing)) name = text->text;
  Type result = builder_.type(x).without(axis);
  result.kind = Kind::index;
  result.axes.push_back({name, count});
  return Tensor{builder_.emit1(*op, {x}, result, span, {{"axes", std::vector<std::string>{axis}}, {"axis", name}, {"count", count}})};
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
  const size_t ordered = static_cast<size_t>(std::count_if(parameters.begin(), parameters.end(), [](const auto& p) { return !p.keyword; }));
  if (args.positional.size() > ordered)
    fail(error("E0339", args.positional[ordered].span, what + " takes " + std::to_string(ordered) + (ordered == 1 ? " argument" : " arguments") + " by position, " +
               std::to_string(args.positional.size()) + " given").help(ordered < parameters.size() ? "give the others by name" : ""));
  for (const Meaning& value : args.positional) {
    given[positional] = true;
    values[positional++] = value;
  }
  for (const auto& [name, value] : args.named) {
    const auto it = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name.text == name.text; });
    if (it == parameters.end())
      fail(error("E0205", name.span, what + " has no parameter `" + name.text + "`").help(did_you_mean(name.text, names_of(parameters))));
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
        fail(error("E0341", span, what + " needs `" + parameter.name.text + "`").label(parameter.span, "it has no default"));
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
  if (function.member) members_[function.owner.get()] = *function.member;
  try {
    Thing result = run_body(function, scope, span);
    members_ = outer;
    calls_.pop_back();
    return result;
  } catch (...) {
    members_ = outer;
    calls_.pop_back();
    throw;
  }
}

Thing Elaborator::run_body(const Function& function, const ScopePtr& scope, Span span) {
  if (function.value) {
    const int64_t before = draws_;
    Thing result = evaluate(*function.value, scope);
    if (function.draws) {
      if (const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&result)) return Tensor{draw(**d, {}, span)};
      if (draws_ == before) fail(error("E0410", function.value->span, "`" + function.name + "` is declared with `~`, but nothing is drawn here").help("write `=`"));
    }
    return result;
  }
  for (const ast::Statement& item : function.body->statements) {
    if (const auto* result = std::get_if<ast::Return>(&item.as)) return evaluate(*result->value, scope);
    statement(item, scope);
  }
  return std::make_shared<const Tuple>();
}

void Elaborator::bind(const ast::Binding& binding, const ScopePtr& scope) {
  const ast::Name& first = binding.names[0];
  if (binding.is_function) {
    auto function = std::make_shared<Function>();
    function->name = first.text;
    function->parameters = &binding.parameters;
    function->value = binding.value.get();
    function->draws = binding.draws;
    function->scope = scope;
    scope->bind(first.text, std::shared_ptr<const Function>(function), first.span);
    return;
  }
  try {
    bind_value(binding, scope);
  } catch (const Failed&) {
    // Later uses of these names are not errors of their own.
    for (const ast::Name& name : binding.names) scope->bind(name.text, Poison{}, name.span);
    throw;
  }
}

void Elaborator::bind_value(const ast::Binding& binding, const ScopePtr& scope) {
  const ast::Name& first = binding.names[0];
  const auto declared = axes(binding.axes, scope);
  for (const Axis& axis : declared) scope->bind_axis(axis);

  const int64_t before = draws_;
  Thing value = evaluate(*binding.value, scope);
  const auto* distribution = std::get_if<std::shared_ptr<const Distribution>>(&value);
  if (binding.draws && distribution) {
    ValueId log_probability = -1;
    const ValueId x = draw(**distribution, declared, binding.span, binding.names.size() == 2 ? &log_probability : nullptr);
    if (binding.names.size() > 2)
      fail(error("E0344", binding.span, "a draw is bound to one name, or to `(value, log-probability)`"));
    value = Tensor{x};
    if (binding.names.size() == 2) value = std::make_shared<const Tuple>(Tuple{{Tensor{x}, Tensor{log_probability}}});
  } else if (binding.draws && draws_ == before) {
    fail(error("E0410", binding.value->span, "nothing is drawn here").here(type_name(value)).help("bind it with `=`"));
  } else if (!binding.draws && draws_ != before && !in_reset_) {
    fail(error("E0409", binding.value->span, "this draws random numbers").help("say so: bind it with `~`"));
  }
  if (binding.names.size() == 1) {
    if (!declared.empty()) {
      const ValueId id = tensor(value, binding.value->span);
      std::vector<Axis> full = declared;
      if (const auto clash = clashing_axis(declared, builder_.type(id).axes))
        fail(error("E0301", binding.span, "axis `" + *clash + "` has two different sizes").label(binding.value->span, to_string(builder_.type(id))));
      full = *merge_axes(builder_.type(id).axes, declared);
      value = Tensor{builder_.expand(id, full, binding.span)};
    }
    if (const auto* t = std::get_if<Tensor>(&value)) builder_.name(t->id, first.text);
    note_type(first.span, first.text, value);
    scope->bind(first.text, value, first.span);
    return;
  }
  const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&value);
  if (!tuple || (*tuple)->items.size() != binding.names.size())
    fail(error("E0345", binding.span, "expected " + std::to_string(binding.names.size()) + " values, found " +
               (tuple ? std::to_string((*tuple)->items.size()) : kind_name(value))));
  for (size_t i = 0; i < binding.names.size(); ++i) {
    if (const auto* t = std::get_if<Tensor>(&(*tuple)->items[i])) builder_.name(t->id, binding.names[i].text);
    note_type(binding.names[i].span, binding.names[i].text, (*tuple)->items[i]);
    scope->bind(binding.names[i].text, (*tuple)->items[i], binding.names[i].span);
  }
}

}  // namespace duet
