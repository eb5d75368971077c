#include <cmath>

#include "compiler/elaborate/elaborator.h"

namespace duet {

namespace {

constexpr double kLogTwoPi = 1.8378770664093453;

}  // namespace

Thing Elaborator::make_distribution(const std::string& name, const CallArguments& args, Span span) {
  // A distribution over the outputs of a network: squashed_gaussian(mlp(...)).
  if (args.positional.size() == 1)
    if (const auto* net = std::get_if<std::shared_ptr<const Architecture>>(&args.positional[0].thing)) {
      auto wrapped = std::make_shared<Architecture>(**net);
      const bool squashed = name == "squashed_gaussian";
      if (!squashed && name != "gaussian")
        fail(error("E0326", span, "a network can give a `gaussian` or a `squashed_gaussian`"));
      if (wrapped->dropout)
        fail(error("E0326", span, "a network that drops units gives values, not the parameters of a distribution"));
      only_options(args,
                   squashed ? std::vector<std::string>{"low_log_std", "high_log_std"}
                            : std::vector<std::string>{"low_log_var", "high_log_var"},
                   "`" + name + "`");
      wrapped->head = squashed ? Distribution::Kind::squashed_gaussian : Distribution::Kind::gaussian;
      wrapped->low_log = option(args, squashed ? "low_log_std" : "low_log_var", squashed ? -20 : -10);
      wrapped->high_log = option(args, squashed ? "high_log_std" : "high_log_var", squashed ? 2 : 0.5);
      return std::shared_ptr<const Architecture>(wrapped);
    }
  auto result = std::make_shared<Distribution>();
  const auto argument = [&](size_t i) {
    return tensor(one(args, i, "`" + name + "`", span).thing, args.positional[i].span);
  };
  const auto both = [&]() {
    result->a = argument(0);
    result->b = argument(1);
    line_up(result->a, result->b, args.positional[0].span, args.positional[1].span, span);
    if (const auto clash = clashing_axis(builder_.type(result->a).axes, builder_.type(result->b).axes))
      fail(error("E0301", span, "axis `" + *clash + "` has two different sizes")
               .label(args.positional[0].span, to_string(builder_.type(result->a)))
               .label(args.positional[1].span, to_string(builder_.type(result->b))));
  };
  only_options(args, {}, "`" + name + "`");
  const auto count = [&](size_t low, size_t high) {
    if (args.positional.size() < low || args.positional.size() > high)
      fail(error("E0327", span,
                 "`" + name + "` takes " + std::to_string(low) + (low == high ? "" : " to " + std::to_string(high)) +
                     " arguments, " + std::to_string(args.positional.size()) + " given"));
  };
  if (name == "gaussian" || name == "truncated") {
    count(name == "gaussian" ? 2 : 3, name == "gaussian" ? 2 : 3);
    both();
    result->b = builder_.unary(Op::sqrt, result->b, span);
    result->kind = name == "gaussian" ? Distribution::Kind::gaussian : Distribution::Kind::truncated;
    if (name == "truncated")
      result->bound = number_of(args.positional[2].thing, args.positional[2].span, "the cut of `truncated`");
  } else if (name == "normal") {
    count(0, 2);
    result->kind = Distribution::Kind::gaussian;
    if (args.positional.size() == 2) {
      both();
    } else {
      result->a = args.positional.empty() ? builder_.constant(0, span) : argument(0);
      result->b = builder_.constant(1, span);
    }
  } else if (name == "uniform") {
    count(0, 2);
    result->kind = Distribution::Kind::uniform;
    if (args.positional.size() == 1) {
      const auto* axis = std::get_if<AxisName>(&args.positional[0].thing);
      if (!axis || axis->name != "action")
        fail(error("E0327", args.positional[0].span, "`uniform` takes two bounds, or `action`")
                 .help("for example `uniform(-1, 1)`"));
      return uniform_over_action(span);
    }
    if (args.positional.empty()) {
      result->a = builder_.constant(0, span);
      result->b = builder_.constant(1, span);
    } else {
      both();
    }
  } else {
    fail(error("E0326", span, "`" + name + "` is no distribution over these"));
  }
  return std::shared_ptr<const Distribution>(result);
}

/// `coloured[H](mean, variance, beta)`
Thing Elaborator::make_coloured(const Reduction& r, const CallArguments& args, Span span) {
  need_arguments(args, 3, "`coloured[...]`", span);
  const Thing gaussian = make_distribution("gaussian", {{args.positional[0], args.positional[1]}, {}, {}}, span);
  auto result = std::make_shared<Distribution>(*std::get<std::shared_ptr<const Distribution>>(gaussian));
  result->kind = Distribution::Kind::coloured;
  result->along = only_axis(r);
  result->beta = number_of(args.positional[2].thing, args.positional[2].span, "the exponent of `coloured`");
  return std::shared_ptr<const Distribution>(result);
}

ValueId Elaborator::action_limit(bool high, Span span) {
  const std::vector<double>& values = high ? program_.robot.high : program_.robot.low;
  const Axis axis{"action", program_.robot.action};
  return builder_.emit1(Op::values, {}, {Kind::real, {axis}}, span,
                        {{"values", values}, {"axis", std::string("action")}});
}

Thing Elaborator::uniform_over_action(Span span) {
  auto result = std::make_shared<Distribution>();
  result->kind = Distribution::Kind::uniform;
  result->a = action_limit(false, span);
  result->b = action_limit(true, span);
  return std::shared_ptr<const Distribution>(result);
}

std::vector<Axis> Elaborator::axes_of(const Distribution& distribution) const {
  std::vector<Axis> axes = builder_.type(builder_.current(distribution.a)).axes;
  if (distribution.b >= 0) axes = *merge_axes(axes, builder_.type(builder_.current(distribution.b)).axes);
  std::erase_if(axes, [&](const Axis& axis) { return axis.name == distribution.axis; });
  return axes;
}

ValueId Elaborator::noise(const std::string& kind, const std::vector<Axis>& axes, double bound, Span span) {
  ++draws_;
  Attributes attributes{{"distribution", kind}, {"site", static_cast<int64_t>(builder_.next_site())}};
  if (kind == "truncated") attributes["bound"] = bound;
  return builder_.emit1(Op::noise, {}, {Kind::real, axes}, span, std::move(attributes));
}

ValueId Elaborator::draw(const Distribution& d, const std::vector<Axis>& extra, Span span, ValueId* log_probability) {
  if (d.kind == Distribution::Kind::thinned) {
    if (log_probability) fail(error("E0328", span, "the log-probability of dropped units is not available"));
    return thinned(d, span);
  }
  // Lifted axes first: each element that a planner or method is mapped over has draws of its own.
  auto axes = merge_axes(lifted_, extra);
  if (axes) {
    std::vector<Axis> own = axes_of(d);
    // An unnamed vector takes the name of the vector axis that is asked for.
    for (Axis& axis : own)
      if (axis.name == "_")
        for (const Axis& wanted : extra)
          if (is_vector_axis(wanted.name) && sizes_agree(wanted.size, axis.size)) axis = wanted;
    if (const auto clash = clashing_axis(*axes, own))
      fail(error("E0301", span, "axis `" + *clash + "` has two different sizes")
               .note("the draw has the axes declared for it and those of its distribution"));
    axes = merge_axes(*axes, own);
  }
  if (!axes) fail(error("E0301", span, "the axes of this draw do not agree"));
  const auto add = [&](ValueId a, ValueId b) { return binary_values(Op::add, a, b, span, span, span); };
  const auto mul = [&](ValueId a, ValueId b) { return binary_values(Op::mul, a, b, span, span, span); };
  switch (d.kind) {
    case Distribution::Kind::thinned:
      break;
    case Distribution::Kind::gaussian:
    case Distribution::Kind::truncated:
    case Distribution::Kind::squashed_gaussian: {
      const bool cut = d.kind == Distribution::Kind::truncated;
      const ValueId z = noise(cut ? "truncated" : "normal", *axes, d.bound, span);
      const ValueId x = add(d.a, mul(d.b, z));
      const std::string axis = vector_axis(builder_.type(x)).value_or("");
      if (d.kind == Distribution::Kind::squashed_gaussian) {
        const ValueId half = builder_.constant(0.5, span);
        const ValueId scale = mul(half, builder_.binary(Op::sub, d.high, d.low, span));
        const ValueId centre = mul(half, add(d.high, d.low));
        if (log_probability) {
          // log(1 - tanh(x)^2) = 2 (log 2 - x - softplus(-2x)), which stays exact for large |x|.
          const ValueId two = builder_.constant(2, span), log2 = builder_.constant(std::log(2.0), span);
          const ValueId tail = builder_.unary(Op::softplus, mul(builder_.constant(-2, span), x), span);
          const ValueId slope = mul(two, builder_.binary(Op::sub, builder_.binary(Op::sub, log2, x, span), tail, span));
          const ValueId volume = add(slope, builder_.unary(Op::log, scale, span));
          const ValueId density = gaussian_log_density(z, d.b, axis, span);
          *log_probability = builder_.binary(Op::sub, density, builder_.reduce(Op::sum, volume, {axis}, span), span);
        }
        return add(centre, mul(scale, builder_.unary(Op::tanh, x, span)));
      }
      if (log_probability) {
        if (cut) fail(error("E0328", span, "the log-probability of a truncated draw is not available"));
        *log_probability = gaussian_log_density(z, d.b, axis, span);
      }
      return x;
    }
    case Distribution::Kind::coloured: {
      if (log_probability) fail(error("E0328", span, "the log-probability of a coloured draw is not available"));
      return add(d.a, mul(d.b, coloured_deviations(d, *axes, span)));
    }
    case Distribution::Kind::uniform: {
      if (log_probability) fail(error("E0328", span, "the log-probability of a uniform draw is not available"));
      const ValueId u = noise("uniform", *axes, 0, span);
      return add(d.a, mul(binary_values(Op::sub, d.b, d.a, span, span, span), u));
    }
    case Distribution::Kind::categorical: {
      ++draws_;
      return builder_.emit1(
          Op::categorical, {d.a}, {Kind::index, *axes}, span,
          {{"axes", std::vector<std::string>{d.axis}}, {"site", static_cast<int64_t>(builder_.next_site())}});
    }
    case Distribution::Kind::pick: {
      const Type type = builder_.type(d.a);
      const int64_t size = type.size_of(d.axis);
      const ValueId u = noise("uniform", *axes, 0, span);
      const ValueId count = size == kUnknownSize ? builder_.emit1(Op::extent, {d.a}, {}, span, {{"axis", d.axis}})
                                                 : builder_.constant(static_cast<double>(size), span);
      const ValueId at =
          builder_.cast(builder_.unary(Op::floor, builder_.binary(Op::mul, u, count, span), span), Kind::index, span);
      const Type rest = type.without(d.axis);
      return builder_.emit1(Op::take, {d.a, at}, {rest.kind, *merge_axes(*axes, rest.axes)}, span, {{"axis", d.axis}});
    }
  }
  throw std::logic_error("unknown distribution");
}

/// Coloured noise of variance 1 with these axes.
ValueId Elaborator::coloured_deviations(const Distribution& d, const std::vector<Axis>& axes, Span span) {
  const Type result{Kind::real, axes};
  if (!result.has(d.along))
    fail(error("E0316", span, "this draw has no axis `" + d.along + "` to colour it along").here(to_string(result)));
  const int64_t steps = result.size_of(d.along);
  std::vector<Axis> waves = axes;
  for (Axis& axis : waves)
    if (axis.name == d.along) axis.name = "wave of " + d.along;
  const ValueId white = noise("normal", waves, 0, span);
  return map_along(white, {"wave of " + d.along, steps}, {d.along, steps},
                   steps == kUnknownSize ? LinearMap{} : coloured_noise(steps, d.beta), span);
}

/// The log-density of mean + deviation * z at the draw z, summed over the vector axis (if any).
ValueId Elaborator::gaussian_log_density(ValueId z, ValueId deviation, const std::string& axis, Span span) {
  const ValueId half = builder_.constant(-0.5, span), constant = builder_.constant(0.5 * kLogTwoPi, span);
  const ValueId square = builder_.binary(Op::mul, half, builder_.unary(Op::square, z, span), span);
  const ValueId log = builder_.unary(Op::log, deviation, span);
  ValueId each =
      binary_values(Op::sub, square, binary_values(Op::add, log, constant, span, span, span), span, span, span);
  return axis.empty() ? each : builder_.reduce(Op::sum, each, {axis}, span);
}

ValueId Elaborator::mode(const Distribution& d, Span span) {
  if (d.kind == Distribution::Kind::gaussian || d.kind == Distribution::Kind::truncated ||
      d.kind == Distribution::Kind::coloured)
    return d.a;
  if (d.kind == Distribution::Kind::squashed_gaussian) {
    const ValueId half = builder_.constant(0.5, span);
    const ValueId scale = builder_.binary(Op::mul, half, builder_.binary(Op::sub, d.high, d.low, span), span);
    const ValueId centre = builder_.binary(Op::mul, half, builder_.binary(Op::add, d.high, d.low, span), span);
    return builder_.binary(Op::add, centre, builder_.binary(Op::mul, scale, builder_.unary(Op::tanh, d.a, span), span),
                           span);
  }
  if (d.kind == Distribution::Kind::thinned)
    return tensor(net_output(*d.net, forward(*d.net, d.a, d.member, span), span), span);
  fail(error("E0329", span, "this distribution has no single mode"));
}

ValueId Elaborator::log_probability(const Distribution& d, ValueId x, Span span) {
  if (d.kind == Distribution::Kind::categorical) {
    const ValueId shares = binary_values(Op::div, d.a, builder_.reduce(Op::sum, d.a, {d.axis}, span), span, span, span);
    const Type rest = builder_.type(shares).without(d.axis);
    const auto axes = merge_axes(builder_.type(x).axes, rest.axes);
    if (!axes) fail(error("E0301", span, "the axes of a distribution and of its draw do not agree"));
    const ValueId share = builder_.emit1(Op::take, {shares, x}, {Kind::real, *axes}, span, {{"axis", d.axis}});
    return builder_.unary(Op::log, share, span);
  }
  if (d.kind != Distribution::Kind::gaussian)
    fail(error("E0328", span, "`log_prob` needs a gaussian or a categorical")
             .help("bind the log-probability with the draw: `let (a, logp) ~ ...`"));
  ValueId mean = d.a;
  line_up(x, mean, span, span, span);
  const ValueId difference = binary_values(Op::sub, x, mean, span, span, span);
  const ValueId z =
      d.log_variance >= 0
          ? binary_values(
                Op::mul, difference,
                builder_.unary(Op::exp, builder_.binary(Op::mul, builder_.constant(-0.5, span), d.log_variance, span),
                               span),
                span, span, span)
          : binary_values(Op::div, difference, d.b, span, span, span);
  const std::string axis = vector_axis(builder_.type(z)).value_or("");
  if (d.log_variance < 0) return gaussian_log_density(z, d.b, axis, span);
  const ValueId half = builder_.constant(-0.5, span), constant = builder_.constant(kLogTwoPi, span);
  const ValueId each = builder_.binary(Op::mul, half,
                                       builder_.binary(Op::add, builder_.unary(Op::square, z, span),
                                                       builder_.binary(Op::add, d.log_variance, constant, span), span),
                                       span);
  return axis.empty() ? each : builder_.reduce(Op::sum, each, {axis}, span);
}

}  // namespace duet
