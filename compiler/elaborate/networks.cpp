#include <cmath>

#include "compiler/elaborate/elaborator.h"

namespace duet {

namespace {

int64_t output_width(const Axis& output, const Architecture& architecture) {
  const int64_t size = output.name.empty() ? 1 : output.size;
  if (size == kUnknownSize || !architecture.head) return size;
  return 2 * size;  // a mean and a deviation for each component
}

}  // namespace

Thing Elaborator::make_architecture(const CallArguments& args, Span span) {
  if (args.positional.size() != 2)
    fail(error("E0320", span, "`mlp` takes the hidden sizes and an activation")
             .help("for example `mlp([256, 256], relu)`"));
  only_options(args, {"start", "norm", "dropout"}, "`mlp`");
  auto result = std::make_shared<Architecture>();
  const auto* hidden = std::get_if<std::shared_ptr<const List>>(&args.positional[0].thing);
  if (!hidden)
    fail(error("E0320", args.positional[0].span, "the hidden sizes must be a list")
             .here(kind_name(args.positional[0].thing))
             .help("for example `[256, 256]`"));
  for (size_t i = 0; i < (*hidden)->items.size(); ++i) {
    const int64_t size = whole_of((*hidden)->items[i], (*hidden)->spans[i], "a hidden size");
    if (size < 1) fail(error("E0320", (*hidden)->spans[i], "a hidden layer needs at least one unit"));
    result->hidden.push_back(size);
  }
  const auto* activation = std::get_if<Builtin>(&args.positional[1].thing);
  const auto op = activation ? find_op(activation->name) : std::nullopt;
  if (!op || info(*op).group != OpGroup::unary)
    fail(error("E0320", args.positional[1].span, "the activation must be an element-wise function")
             .help("for example `relu`, `tanh` or `swish`"));
  result->activation = activation->name;
  const auto is_second = [&](const std::string& name, const std::string& first, const std::string& second) {
    for (const auto& [option, meaning] : args.named) {
      if (option.text != name) continue;
      const auto* text = std::get_if<Text>(&meaning.thing);
      if (!text || (text->text != first && text->text != second))
        fail(error("E0320", meaning.span, "`" + name + "` is \"" + first + "\" or \"" + second + "\""));
      return text->text == second;
    }
    return false;
  };
  result->truncated_start = is_second("start", "uniform", "truncated");
  result->layer_norm = is_second("norm", "none", "layer");
  for (const auto& [name, meaning] : args.named) {
    if (name.text != "dropout") continue;
    result->dropout = number_of(meaning.thing, meaning.span, "the dropout");
    if (!(*result->dropout >= 0 && *result->dropout < 1))
      fail(error("E0320", meaning.span, "the dropout is the chance of a unit to be dropped: at least 0 and below 1"));
  }
  return std::shared_ptr<const Architecture>(result);
}

std::shared_ptr<const Net> Elaborator::make_net(const ast::Net& net, const std::string& name, const ScopePtr& scope) {
  auto result = std::make_shared<Net>();
  result->name = name;
  result->axes = axes(net.axes, scope);
  int64_t width = 0;
  for (const ast::Name& input : net.inputs) {
    const auto size = scope->axis(input.text);
    if (!size) {
      std::vector<std::string> known;
      scope->all_axes(known);
      fail(error("E0204", input.span, "the inputs of a network are axes; there is no axis `" + input.text + "`"));
    }
    result->inputs.push_back(input.text);
    width = width == kUnknownSize || *size == kUnknownSize ? kUnknownSize : width + *size;
  }
  // The output: an axis, `real`, or a list of both, laid end to end.
  const auto output_size = [&](const ast::Expr& part) -> int64_t {
    if (part.kind == ast::ExprKind::name && part.text == "real") return 1;
    if (part.kind == ast::ExprKind::name)
      if (const auto size = scope->axis(part.text)) return *size;
    return whole(part, scope, "the size of an output");
  };
  if (net.output->kind == ast::ExprKind::list) {
    int64_t size = 0;
    for (const auto& part : net.output->children) {
      const int64_t n = output_size(*part);
      size = size == kUnknownSize || n == kUnknownSize ? kUnknownSize : size + n;
    }
    result->output = {"_", size};
  } else if (net.output->kind == ast::ExprKind::name && net.output->text == "real") {
    result->output = {"", 1};
  } else if (net.output->kind == ast::ExprKind::name && scope->axis(net.output->text)) {
    result->output = {net.output->text, *scope->axis(net.output->text)};
  } else {
    fail(error("E0321", net.output->span, "the output of a network is `real`, an axis, or a list of these")
             .help("for example `-> action` or `-> [real, obs]`"));
  }
  const Thing body = evaluate(*net.body, scope);
  const auto* architecture = std::get_if<std::shared_ptr<const Architecture>>(&body);
  if (!architecture)
    fail(
        error("E0322", net.body->span, "expected a network such as `mlp([256, 256], relu)`, found " + kind_name(body)));
  result->architecture = **architecture;

  int64_t in = width;
  std::vector<int64_t> sizes = result->architecture.hidden;
  sizes.push_back(output_width(result->output, result->architecture));
  for (size_t i = 0; i < sizes.size(); ++i) {
    const double fan_in = in == kUnknownSize ? 1 : static_cast<double>(in);
    std::vector<Axis> weight = result->axes, bias = result->axes;
    weight.insert(weight.end(), {{"in", in}, {"out", sizes[i]}});
    bias.push_back({"out", sizes[i]});
    Initial start{Initial::Kind::uniform, 1 / std::sqrt(fan_in), -1}, bias_start = start;
    if (result->architecture.truncated_start) {
      start = {Initial::Kind::truncated_normal, 1 / (2 * std::sqrt(fan_in)), -1};
      bias_start = {Initial::Kind::constant, 0, -1};
    }
    NetLayer layer;
    layer.weight = builder_.add_state({name + ".w" + std::to_string(i), {Kind::real, weight}, start});
    layer.bias = builder_.add_state({name + ".b" + std::to_string(i), {Kind::real, bias}, bias_start});
    result->layers.push_back(layer);
    in = sizes[i];
  }
  return result;
}

std::shared_ptr<const Net> Elaborator::copy_net(const Net& net, const std::string& name) {
  auto copy = std::make_shared<Net>(net);
  copy->name = name;
  for (size_t i = 0; i < copy->layers.size(); ++i) {
    NetLayer& layer = copy->layers[i];
    for (auto [id, suffix] : {std::pair{&layer.weight, ".w"}, std::pair{&layer.bias, ".b"}}) {
      const Type type = program_.states[static_cast<size_t>(*id)].type;
      *id = builder_.add_state({name + suffix + std::to_string(i), type, {Initial::Kind::copy, 0, *id}});
    }
  }
  return copy;
}

/// The layers on x[..., in]; the result has the axis `out`. `member` indexes the axis of the net's members.
ValueId Elaborator::layers(const Net& net, ValueId x, std::optional<ValueId> member, Span span) {
  const Op activation = *find_op(net.architecture.activation);
  for (size_t i = 0; i < net.layers.size(); ++i) {
    ValueId w = builder_.load(net.layers[i].weight, span), b = builder_.load(net.layers[i].bias, span);
    perturb_layer(net, i, w, b, span);
    if (member) {
      const std::string& axis = net.axes[0].name;
      for (ValueId* part : {&w, &b}) {
        const Type rest = builder_.type(*part).without(axis);
        const auto axes = merge_axes(builder_.type(*member).axes, rest.axes);
        *part = builder_.emit1(Op::take, {*part, *member}, {Kind::real, *axes}, span, {{"axis", axis}});
      }
    }
    // Axes that only the weights have (members, twins) come first, then those of the rows.
    const Type rows = builder_.type(x).without("in");
    std::vector<Axis> result;
    for (const Axis& axis : builder_.type(w).without("in").without("out").axes)
      if (!rows.has(axis.name)) result.push_back(axis);
    result.insert(result.end(), rows.axes.begin(), rows.axes.end());
    result.push_back({"out", builder_.type(w).size_of("out")});
    Attributes attributes{{"in", std::string("in")}, {"out", std::string("out")}};
    if (rounds_layers_) attributes["precision"] = std::string("bf16");
    x = builder_.emit1(Op::linear, {x, w, b}, {Kind::real, result}, span, attributes);
    if (i + 1 == net.layers.size()) break;
    if (thins_) x = thin(x, *net.architecture.dropout, span);
    if (net.architecture.layer_norm)
      x = builder_.emit1(Op::standardize, {x}, builder_.type(x), span, {{"axes", std::vector<std::string>{"out"}}});
    x = builder_.rename(builder_.unary(activation, x, span), "out", "in", span);
  }
  return x;
}

/// Drops hidden units by chance; those that stay count for them.
ValueId Elaborator::thin(ValueId x, double dropout, Span span) {
  const ValueId u = noise("uniform", builder_.type(x).axes, 0, span);
  const ValueId stays = builder_.binary(Op::less, u, builder_.constant(1 - dropout, span), span);
  const ValueId scale = builder_.constant(1 / (1 - dropout), span);
  return builder_.binary(Op::mul, x, builder_.binary(Op::mul, builder_.cast(stays, Kind::real, span), scale, span),
                         span);
}

ValueId Elaborator::thinned(const Distribution& d, Span span) {
  struct Restore {
    bool& thins;
    ~Restore() { thins = false; }
  } restore{thins_};
  thins_ = true;
  return tensor(net_output(*d.net, forward(*d.net, d.a, d.member, span), span), span);
}

ValueId Elaborator::forward(const Net& net, ValueId input, std::optional<ValueId> member, Span span) {
  if (!member) return layers(net, input, std::nullopt, span);
  if (net.axes.size() != 1)
    fail(error("E0323", span, "members can be chosen only in networks with one axis of members").here(net.name));
  const Type k = builder_.type(*member);
  // A few members: gather their weights and walk the axes of the index together with those of the rows.
  const int64_t choices = k.elements(), members = net.axes[0].size;
  if (choices == kUnknownSize || members == kUnknownSize || choices <= 2 * members)
    return layers(net, input, member, span);

  if (thins_)
    fail(error("E0323", span, "a network that drops units has no members for each of many rows").here(net.name));

  // A member for each of many rows: collect the rows of each member.
  const auto rows = merge_axes(k.axes, builder_.type(input).without("in").axes);
  std::vector<Axis> full = *rows;
  full.push_back({"in", builder_.type(input).size_of("in")});
  const ValueId x = builder_.expand(input, full, span);
  builder_.open();
  const ValueId m = builder_.parameter({Kind::index, {}}, "member");
  const ValueId part = builder_.parameter({Kind::real, {{"row", kUnknownSize}, full.back()}});
  const ValueId y = layers(net, part, m, span);
  builder_.block().results = {y};
  Block block = builder_.close();
  full.back() = {"out", builder_.type(y).size_of("out")};
  std::vector<Block> blocks;
  blocks.push_back(std::move(block));
  return builder_.emit1(Op::group, {*member, x}, {Kind::real, full}, span,
                        {{"axis", net.axes[0].name}, {"count", members}}, std::move(blocks));
}

Thing Elaborator::call_net(const std::shared_ptr<const Net>& net, const CallArguments& args,
                           std::optional<ValueId> member, Span span) {
  if (args.positional.size() != net->inputs.size() || !args.named.empty()) {
    std::string inputs;
    for (const std::string& input : net->inputs) inputs += (inputs.empty() ? "" : ", ") + input;
    fail(
        error("E0324", span, "`" + net->name + "` takes " + std::to_string(net->inputs.size()) + " inputs: " + inputs));
  }
  std::vector<ValueId> parts;
  std::vector<Axis> rows;
  int64_t width = 0;
  for (size_t i = 0; i < net->inputs.size(); ++i) {
    const Axis input{net->inputs[i], *top_->axis(net->inputs[i])};
    const Span at = args.positional[i].span;
    ValueId part =
        as_vector(tensor(args.positional[i].thing, at), input, at, "input `" + input.name + "` of `" + net->name + "`");
    if (const auto normalizer = normalizers_.find({net.get(), input.name}); normalizer != normalizers_.end()) {
      const ValueId mean = builder_.load(normalizer->second.mean, span),
                    deviation = builder_.load(normalizer->second.deviation, span);
      part = builder_.binary(Op::div, builder_.binary(Op::sub, part, mean, span), deviation, span);
    }
    width = width == kUnknownSize || input.size == kUnknownSize ? kUnknownSize : width + input.size;
    const Type rest = builder_.type(part).without(input.name);
    if (const auto clash = clashing_axis(rows, rest.axes))
      fail(error("E0301", span, "axis `" + *clash + "` has two different sizes")
               .label(at, to_string(builder_.type(part))));
    rows = *merge_axes(rows, rest.axes);
    parts.push_back(builder_.rename(part, input.name, "in", span));
  }
  rows.push_back({"in", width});
  const ValueId x = parts.size() == 1
                        ? builder_.expand(parts[0], rows, span)
                        : builder_.emit1(Op::concat, parts, {Kind::real, rows}, span, {{"axis", std::string("in")}});
  if (!net->architecture.dropout) return net_output(*net, forward(*net, x, member, span), span);
  auto result = std::make_shared<Distribution>();
  result->kind = Distribution::Kind::thinned;
  result->a = x;
  result->net = net;
  result->member = member;
  return std::shared_ptr<const Distribution>(result);
}

/// What the raw outputs mean: values, or the parameters of a distribution over them.
Thing Elaborator::net_output(const Net& net, ValueId y, Span span) {
  const Architecture& a = net.architecture;
  const int64_t size = net.output.size;
  const auto part = [&](int64_t from, int64_t to) {
    ValueId piece = builder_.slice(y, "out", from, to, span);
    return builder_.rename(piece, "out", net.output.name, span);
  };
  if (!a.head) {
    if (!net.output.name.empty()) return Tensor{builder_.rename(y, "out", net.output.name, span)};
    const ValueId first = builder_.constant(0, span);
    return Tensor{
        builder_.emit1(Op::take, {y, first}, builder_.type(y).without("out"), span, {{"axis", std::string("out")}})};
  }
  if (net.output.name.empty())
    fail(error("E0325", span, "a distribution over a network's outputs needs an axis").here(net.name));
  const ValueId mean = size == kUnknownSize ? builder_.rename(y, "out", net.output.name, span) : part(0, size);
  const ValueId raw = size == kUnknownSize ? mean : part(size, 2 * size);
  auto result = std::make_shared<Distribution>();
  result->kind = *a.head;
  result->a = mean;
  const ValueId low = builder_.constant(a.low_log, span), high = builder_.constant(a.high_log, span);
  if (*a.head == Distribution::Kind::gaussian) {
    // Soft bounds on the log-variance, as in the published ensembles: the gradient never vanishes at a bound.
    ValueId log_variance = builder_.binary(
        Op::sub, high, builder_.unary(Op::softplus, builder_.binary(Op::sub, high, raw, span), span), span);
    log_variance = builder_.binary(
        Op::add, low, builder_.unary(Op::softplus, builder_.binary(Op::sub, log_variance, low, span), span), span);
    result->log_variance = log_variance;
    const ValueId half = builder_.constant(0.5, span);
    result->b = builder_.unary(Op::exp, builder_.binary(Op::mul, half, log_variance, span), span);
  } else {
    const ValueId log_deviation =
        builder_.binary(Op::minimum, builder_.binary(Op::maximum, raw, low, span), high, span);
    result->b = builder_.unary(Op::exp, log_deviation, span);
    result->low = action_limit(false, span);
    result->high = action_limit(true, span);
  }
  return std::shared_ptr<const Distribution>(result);
}

}  // namespace duet
