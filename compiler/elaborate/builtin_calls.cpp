#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/elaborate/elaborator.h"

/// What calls of the built-in functions mean.
namespace duet {

namespace {

bool is_distribution(const std::string& name) {
  return name == "gaussian" || name == "normal" || name == "uniform" || name == "truncated" ||
         name == "squashed_gaussian";
}

std::optional<double> folded(Op op, double x) {
  switch (op) {
    case Op::abs:
      return std::abs(x);
    case Op::exp:
      return std::exp(x);
    case Op::log:
      return std::log(x);
    case Op::sqrt:
      return std::sqrt(x);
    case Op::square:
      return x * x;
    case Op::sin:
      return std::sin(x);
    case Op::cos:
      return std::cos(x);
    case Op::tanh:
      return std::tanh(x);
    case Op::floor:
      return std::floor(x);
    case Op::stop:
      return x;
    default:
      return std::nullopt;
  }
}

}  // namespace

void Elaborator::need_arguments(const CallArguments& args, size_t count, const std::string& what, Span span) {
  if (args.positional.size() == count) return;
  fail(error("E0327", span,
             what + " takes " + std::to_string(count) + (count == 1 ? " argument, " : " arguments, ") +
                 std::to_string(args.positional.size()) + " given"));
}

Thing Elaborator::call_builtin(const std::string& name, const CallArguments& args, const ast::Expr& expr,
                               const ScopePtr& scope) {
  const Span span = expr.span;
  const std::string what = "`" + name + "`";
  if (is_distribution(name)) return make_distribution(name, args, span);
  if (name == "mlp") return make_architecture(args, span);
  if (name == "adam" || name == "sgd") return make_optimizer(name, args, span);
  if (name == "perturbed") return perturb(args, span);
  if (name == "mix") return make_mixture(args, scope, span);
  only_options(args, {}, what);
  if (name == "play") return play(args, span);
  if (name == "size") return size_of_axis(args, scope, span);
  if (name == "ramp") return make_schedule(args, expr, scope);
  if (name == "pick") return make_pick(args, span);
  if (name == "mode" || name == "variance" || name == "log_variance" || name == "mean" || name == "log_prob" ||
      name == "nll")
    return ask_distribution(name, args, span);
  if (name == "norm2") {
    need_arguments(args, 1, what, span);
    const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
    const auto axis = vector_axis(builder_.type(x));
    if (!axis)
      fail(error("E0336", args.positional[0].span, "`norm2` takes a vector").here(to_string(builder_.type(x))));
    return Tensor{builder_.reduce(Op::sum, builder_.unary(Op::square, x, span), {*axis}, span)};
  }
  if (name == "clip") {
    need_arguments(args, 3, what, span);
    const Thing above = smaller_or_larger("max", {{args.positional[0], args.positional[1]}, {}, {}}, span);
    return smaller_or_larger("min", {{{above, span}, args.positional[2]}, {}, {}}, span);
  }
  if (name == "min" || name == "max") return smaller_or_larger(name, args, span);
  if (name == "atan2") return angle(args, span);
  const auto op = find_op(name);
  if (!op || info(*op).group != OpGroup::unary)
    fail(error("E0337", span, what + " needs the axes it works along").help("for example `" + name + "[batch](x)`"));
  need_arguments(args, 1, what, span);
  if (const auto* n = std::get_if<Number>(&args.positional[0].thing))
    if (const auto value = folded(*op, n->value)) return Number{*value};
  return Tensor{builder_.unary(*op, tensor(args.positional[0].thing, args.positional[0].span), span)};
}

Thing Elaborator::smaller_or_larger(const std::string& name, const CallArguments& args, Span span) {
  if (args.positional.size() != 2)
    fail(error("E0327", span, "`" + name + "` compares two values")
             .help("along axes, name them: `" + name + "[twin](x)`"));
  const Meaning &a = args.positional[0], &b = args.positional[1];
  const auto *x = std::get_if<Number>(&a.thing), *y = std::get_if<Number>(&b.thing);
  const bool smaller = name == "min";
  if (x && y) return Number{smaller ? std::min(x->value, y->value) : std::max(x->value, y->value)};
  return Tensor{binary_values(smaller ? Op::minimum : Op::maximum, tensor(a.thing, a.span), tensor(b.thing, b.span),
                              a.span, b.span, span)};
}

Thing Elaborator::angle(const CallArguments& args, Span span) {
  need_arguments(args, 2, "`atan2`", span);
  const Meaning &y = args.positional[0], &x = args.positional[1];
  const auto *a = std::get_if<Number>(&y.thing), *b = std::get_if<Number>(&x.thing);
  if (a && b) return Number{std::atan2(a->value, b->value)};
  return Tensor{binary_values(Op::atan2, tensor(y.thing, y.span), tensor(x.thing, x.span), y.span, x.span, span)};
}

Thing Elaborator::size_of_axis(const CallArguments& args, const ScopePtr& scope, Span span) {
  need_arguments(args, 1, "`size`", span);
  const Thing& thing = args.positional[0].thing;
  if (const auto* n = std::get_if<Number>(&thing)) return *n;  // an axis named by a number
  if (const auto* net = std::get_if<std::shared_ptr<const Net>>(&thing)) {
    const int64_t count = parameter_count(**net);
    return Number{count == kUnknownSize ? std::nan("") : static_cast<double>(count)};
  }
  const auto* axis = std::get_if<AxisName>(&thing);
  if (!axis)
    fail(error("E0331", args.positional[0].span,
               "`size` takes the name of an axis, or a network, found " + kind_name(thing)));
  const int64_t size = *scope->axis(axis->name);
  return Number{size == kUnknownSize ? std::nan("") : static_cast<double>(size)};
}

/// The numbers of an optimizer that are known now must make sense; `below` is excluded.
void Elaborator::check_optimizer_number(const std::string& what, const Thing& thing, double below, Span span) {
  std::vector<double> values;
  if (const auto* number = std::get_if<Number>(&thing)) values = {number->value};
  if (const auto* schedule = std::get_if<Schedule>(&thing)) values = {schedule->low, schedule->high};
  for (const double value : values)
    if (!(value >= 0 && value < below))
      fail(error("E0428", span, what + " must be at least 0" + (below <= 1 ? " and below 1" : "")));
}

Thing Elaborator::make_optimizer(const std::string& name, const CallArguments& args, Span span) {
  need_arguments(args, 1, "`" + name + "`", span);
  only_options(args,
               name == "adam" ? std::vector<std::string>{"decay", "beta1", "beta2", "epsilon"}
                              : std::vector<std::string>{"decay"},
               "`" + name + "`");
  auto optimizer = std::make_shared<Optimizer>();
  optimizer->name = name;
  optimizer->rate = args.positional[0].thing;
  const double any = std::numeric_limits<double>::infinity();
  check_optimizer_number("a learning rate", optimizer->rate, any, args.positional[0].span);
  for (const auto& [option, meaning] : args.named) {
    const auto* list = std::get_if<std::shared_ptr<const List>>(&meaning.thing);
    if (option.text == "decay" && list) {
      for (size_t i = 0; i < (*list)->items.size(); ++i) {
        check_optimizer_number("a decay", (*list)->items[i], any, (*list)->spans[i]);
        optimizer->decay.push_back(number_of((*list)->items[i], (*list)->spans[i], "a decay"));
      }
      continue;
    }
    const double value = number_of(meaning.thing, meaning.span, "`" + option.text + "`");
    const bool is_beta = option.text == "beta1" || option.text == "beta2";
    check_optimizer_number("`" + option.text + "`", Number{value}, is_beta ? 1 : any, meaning.span);
    if (option.text == "decay")
      optimizer->decay = {value};
    else
      (option.text == "beta1"   ? optimizer->beta1
       : option.text == "beta2" ? optimizer->beta2
                                : optimizer->epsilon) = value;
  }
  return std::shared_ptr<const Optimizer>(optimizer);
}

Thing Elaborator::make_mixture(const CallArguments& args, const ScopePtr& scope, Span span) {
  only_options({{}, args.named, {}}, {"batch"}, "`mix`");
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
  if (mixture->memories.empty())
    fail(error("E0332", span, "`mix` needs at least one memory")
             .help("for example `mix(real: 0.05, imagined: 0.95, batch = 256)`"));
  mixture->batch = 256;
  for (const auto& [option, meaning] : args.named)
    mixture->batch = whole_of(meaning.thing, meaning.span, "the batch size");
  if (mixture->batch < 1) fail(error("E0310", span, "a batch needs at least one transition"));
  return std::shared_ptr<const Mixture>(mixture);
}

Thing Elaborator::make_schedule(const CallArguments& args, const ast::Expr& expr, const ScopePtr& scope) {
  need_arguments(args, 3, "`ramp`", expr.span);
  double ends[4];
  for (size_t i = 0; i < 2; ++i) {
    const Meaning& range = args.positional[i + 1];
    const auto* interval = std::get_if<std::shared_ptr<const Interval>>(&range.thing);
    if (!interval)
      fail(error("E0333", range.span, "`ramp` takes two ranges").help("for example `ramp(epoch, 0..40, 5..15)`"));
    ends[2 * i] = number_of((*interval)->from, range.span, "the start of a range");
    ends[2 * i + 1] = number_of((*interval)->to, range.span, "the end of a range");
  }
  if (ends[1] < ends[0]) fail(error("E0333", args.positional[1].span, "this range runs backwards"));
  return Schedule{expr.arguments[0].value.get(), scope, ends[0], ends[1], ends[2], ends[3]};
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

Thing Elaborator::make_pick(const CallArguments& args, Span span) {
  need_arguments(args, 1, "`pick`", span);
  const ValueId x = tensor(args.positional[0].thing, args.positional[0].span);
  if (builder_.type(x).axes.empty())
    fail(error("E0335", args.positional[0].span, "`pick` takes a vector").here(to_string(builder_.type(x))));
  auto result = std::make_shared<Distribution>();
  result->kind = Distribution::Kind::pick;
  result->a = x;
  result->axis = builder_.type(x).axes.back().name;
  return std::shared_ptr<const Distribution>(result);
}

/// mode(d), mean(d), variance(d), log_variance(d), log_prob(d, x), nll(d, x).
Thing Elaborator::ask_distribution(const std::string& name, const CallArguments& args, Span span) {
  const std::string what = "`" + name + "`";
  const bool density = name == "log_prob" || name == "nll";
  need_arguments(args, density ? 2 : 1, what, span);
  const Meaning& first = args.positional[0];
  const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&first.thing);
  if (!d) {
    auto report = error("E0334", first.span, what + " takes a distribution, found " + kind_name(first.thing));
    if (name == "mean") report.help("name the axes to average over: `mean[batch](x)`");
    fail(report);
  }
  if (name == "mode") return Tensor{mode(**d, span)};
  if (density) {
    const ValueId value = log_probability(**d, tensor(args.positional[1].thing, args.positional[1].span), span);
    return Tensor{name == "nll" ? builder_.unary(Op::neg, value, span) : value};
  }
  if ((*d)->kind != Distribution::Kind::gaussian) fail(error("E0334", first.span, what + " needs a gaussian"));
  if (name == "mean") return Tensor{(*d)->a};
  if (name == "log_variance" && (*d)->log_variance >= 0) return Tensor{(*d)->log_variance};
  const ValueId variance = builder_.unary(Op::square, (*d)->b, span);
  return Tensor{name == "variance" ? variance : builder_.unary(Op::log, variance, span)};
}

}  // namespace duet
