#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"

/// Networks with something added to their parameters, which lie end to end along the axis `parameter`: layer by layer,
/// weights before biases, each in the order of its axes.
namespace duet {

namespace {

constexpr const char* kParameters = "parameter";

int64_t sum(int64_t a, int64_t b) {
  return a == kUnknownSize || b == kUnknownSize ? kUnknownSize : a + b;
}

}  // namespace

int64_t Elaborator::parameter_count(const Net& net) const {
  int64_t count = 0;
  for (const int64_t state : net.parameters())
    count = sum(count, program_.states[static_cast<size_t>(state)].type.elements());
  return count;
}

/// `perturbed(agent, pi = z)`
Thing Elaborator::perturb(const CallArguments& args, Span span) {
  need_arguments(args, 1, "`perturbed`", span);
  ModuleChoice result;
  const Thing& first = args.positional[0].thing;
  if (const auto* module = std::get_if<std::shared_ptr<ModuleInstance>>(&first))
    result.module = *module;
  else if (const auto* choice = std::get_if<std::shared_ptr<const ModuleChoice>>(&first))
    result = **choice;
  else
    fail(error("E0349", args.positional[0].span, "`perturbed` takes a learner or a model, found " + kind_name(first)));
  std::vector<std::string> known;
  for (const auto& [name, net] : result.module->nets) known.push_back(name);
  if (args.named.empty() || !args.weighted.empty())
    fail(error("E0349", span, "`perturbed` needs what is added to which network")
             .help("for example `perturbed(agent, pi = z)`"));
  for (const auto& [name, meaning] : args.named) {
    const auto net = result.module->nets.find(name.text);
    if (net == result.module->nets.end())
      fail(error("E0206", name.span, "`" + result.module->name + "` has no network `" + name.text + "`")
               .help(did_you_mean(name.text, known)));
    result.use.offsets[net->second.get()] =
        as_vector(tensor(meaning.thing, meaning.span), {kParameters, parameter_count(*net->second)}, meaning.span,
                  "what is added to `" + net->second->name + "`");
  }
  return std::make_shared<const ModuleChoice>(result);
}

/// `value` plus the part of `all` that begins at `from`.
ValueId Elaborator::add_offset(ValueId value, ValueId all, int64_t from, Span span) {
  const Type own = builder_.type(value);
  const int64_t size = own.elements(), to = sum(from, size);
  Type dealt = builder_.type(all).without(kParameters), part = dealt;
  std::vector<std::string> names;
  for (const Axis& axis : own.axes) names.push_back(axis.name);
  if (const auto clash = clashing_axis(dealt.axes, own.axes))
    fail(error("E0301", span, "axis `" + *clash + "` has two different sizes")
             .note("of a network's weights and of what is added to them"));
  for (const std::string& name : names)
    if (dealt.has(name))
      fail(error("E0311", span, "axis `" + name + "` is that of the network's members already").here(to_string(dealt)));
  dealt.axes.insert(dealt.axes.end(), own.axes.begin(), own.axes.end());
  part.axes.push_back({kParameters, size});
  const bool known = to != kUnknownSize;
  const ValueId flat = builder_.emit1(
      Op::slice, {all}, part, span,
      {{"axis", std::string(kParameters)}, {"from", known ? from : int64_t{0}}, {"to", known ? to : int64_t{-1}}});
  const ValueId offset = builder_.emit1(Op::reshape, {flat}, dealt, span,
                                        {{"from", std::vector<std::string>{kParameters}}, {"to", names}});
  return builder_.binary(Op::add, offset, value, span);
}

void Elaborator::perturb_layer(const Net& net, size_t layer, ValueId& weight, ValueId& bias, Span span) {
  const auto found = offsets_.find(&net);
  if (found == offsets_.end()) return;
  const ValueId all = use(found->second);
  const auto size = [&](int64_t state) { return program_.states[static_cast<size_t>(state)].type.elements(); };
  int64_t from = 0;
  for (size_t i = 0; i < layer; ++i) from = sum(from, sum(size(net.layers[i].weight), size(net.layers[i].bias)));
  weight = add_offset(weight, all, from, span);
  bias = add_offset(bias, all, sum(from, size(net.layers[layer].weight)), span);
}

}  // namespace duet
