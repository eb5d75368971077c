#include <algorithm>
#include <cmath>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"

namespace duet {

namespace {

void names_in(const ast::ExprPtr& expr, std::set<std::string>& names) {
  if (!expr) return;
  if (expr->kind == ast::ExprKind::name) names.insert(expr->text);
  for (const auto& child : expr->children) names_in(child, names);
  for (const ast::Argument& argument : expr->arguments) names_in(argument.value, names);
}

/// Names that decide sizes of a planner: its axes and the number of its iterations. A schedule for one of these makes a
/// program for each of its whole values; any other schedule is a number that changes.
std::set<std::string> names_in_sizes(const ast::Planner& planner) {
  std::set<std::string> names;
  const auto axes = [&](const std::vector<ast::Axis>& list) {
    for (const ast::Axis& axis : list) axis.size ? names_in(axis.size, names) : void(names.insert(axis.name.text));
  };
  for (const ast::PlannerClause& clause : planner.clauses) {
    if (const auto* theta = std::get_if<ast::Theta>(&clause.as))
      for (const auto& part : theta->parts) axes(part.axes);
    if (const auto* let = std::get_if<ast::Let>(&clause.as)) axes(let->binding.axes);
    if (const auto* draw = std::get_if<ast::Draw>(&clause.as)) axes(draw->axes);
    if (const auto* iterate = std::get_if<ast::Iterate>(&clause.as)) names_in(iterate->count, names);
    const auto* roll = std::get_if<ast::RolloutClause>(&clause.as);
    const auto* record = std::get_if<ast::RecordRollout>(&clause.as);
    if (!roll && !record) continue;
    const ast::Rollout& rollout = roll ? roll->rollout : record->rollout;
    names.insert(rollout.axis.text);
    for (const ast::Binding& binding : rollout.initial) axes(binding.axes);
    if (rollout.part) {
      names_in(rollout.part->from, names);
      names_in(rollout.part->to, names);
    }
  }
  return names;
}

}  // namespace

/// Settings from the command line (`--set agent.lr=1e-3`) replace or add named arguments.
void Elaborator::apply_settings(const std::vector<ast::Parameter>& parameters, const std::string& instance,
                                CallArguments& args, std::vector<Setting>* settings) {
  if (!settings) return;
  for (Setting& setting : *settings) {
    const std::string prefix = instance.empty() ? "" : instance + ".";
    if (setting.used || setting.key.rfind(prefix, 0) != 0) continue;
    const std::string name = setting.key.substr(prefix.size());
    size_t index = 0;
    while (index < parameters.size() && parameters[index].name.text != name) ++index;
    if (index == parameters.size()) continue;
    setting.used = true;
    Meaning meaning{evaluate(*setting.value, top_), setting.value->span};
    if (index < args.positional.size()) {
      args.positional[index] = meaning;
      continue;
    }
    std::erase_if(args.named, [&](const auto& given) { return given.first.text == name; });
    args.named.emplace_back(ast::Name{name, setting.value->span}, meaning);
  }
}

std::shared_ptr<ModuleInstance> Elaborator::make_module(const ast::Item& item, const std::string& name,
                                                        const CallArguments& given, Span span,
                                                        std::vector<Setting>* settings) {
  const auto& definition = std::get<ast::Module>(item.as);
  CallArguments args = given;
  apply_settings(definition.parameters, name, args, settings);
  auto instance = std::make_shared<ModuleInstance>();
  instance->name = name;
  instance->definition = &definition;
  instance->scope = bind_parameters(definition.parameters, args, top_, "`" + definition.name.text + "`", span);
  calls_.push_back({definition.name.text, span});
  const ScopePtr& scope = instance->scope;
  std::map<std::string, Span> seen;
  const auto declare = [&](const ast::Name& member) {
    const auto [it, fresh] = seen.try_emplace(member.text, member.span);
    if (!fresh) {
      error("E0202", member.span, "`" + member.text + "` is defined twice").label(it->second, "first defined here");
      throw Failed{};
    }
  };
  for (const auto& member : definition.members) try {
      if (const auto* normalize = std::get_if<ast::Normalize>(&member)) {
        for (const ast::Name& input : normalize->names) {
          const auto size = scope->axis(input.text);
          if (!size) fail(error("E0204", input.span, "there is no axis `" + input.text + "` to normalise"));
          const Type type{Kind::real, {{input.text, *size}}};
          Normalizer normalizer;
          normalizer.mean =
              builder_.add_state({name + "." + input.text + ".mean", type, {Initial::Kind::constant, 0, -1}});
          normalizer.deviation =
              builder_.add_state({name + "." + input.text + ".deviation", type, {Initial::Kind::constant, 1, -1}});
          instance->normalizers[input.text] = normalizer;
        }
      } else if (const auto* net = std::get_if<ast::Net>(&member)) {
        declare(net->name);
        scope->bind(net->name.text, Poison{}, net->name.span);
        auto made = std::make_shared<Net>(*make_net(*net, name + "." + net->name.text, scope));
        made->owner = instance.get();
        for (const Axis& axis : made->axes) scope->bind_axis(axis);
        for (const std::string& input : made->inputs)
          if (const auto it = instance->normalizers.find(input); it != instance->normalizers.end())
            normalizers_[{made.get(), input}] = it->second;
        kept_nets_.push_back(made);
        instance->nets[net->name.text] = made;
        scope->bind(net->name.text, std::shared_ptr<const Net>(made), net->name.span);
      } else if (const auto* slow = std::get_if<ast::Slow>(&member)) {
        declare(slow->name);
        scope->bind(slow->name.text, Poison{}, slow->name.span);
        const auto source = instance->nets.find(slow->source.text);
        if (source == instance->nets.end()) {
          const Thing* broken = scope->find(slow->source.text);
          if (broken && std::get_if<Poison>(broken)) throw Failed{};
          std::vector<std::string> known;
          for (const auto& [net, made] : instance->nets) known.push_back(net);
          fail(error("E0206", slow->source.span, "there is no network `" + slow->source.text + "` above to follow")
                   .help(did_you_mean(slow->source.text, known)));
        }
        const double rate = number(*slow->rate, scope, "the rate of a slow copy");
        if (rate < 0 || rate >= 1)
          fail(error("E0401", slow->rate->span, "the rate of a slow copy lies in 0 <= rate < 1")
                   .here("the share that is kept at each step"));
        auto copy = std::make_shared<Net>(*copy_net(*source->second, name + "." + slow->name.text));
        copy->owner = instance.get();
        for (const std::string& input : copy->inputs)
          if (const auto it = instance->normalizers.find(input); it != instance->normalizers.end())
            normalizers_[{copy.get(), input}] = it->second;
        kept_nets_.push_back(copy);
        instance->nets[slow->name.text] = copy;
        instance->slow[slow->name.text] = {slow->source.text, rate};
        scope->bind(slow->name.text, std::shared_ptr<const Net>(copy), slow->name.span);
      } else if (const auto* variable = std::get_if<ast::Variable>(&member)) {
        declare(variable->name);
        scope->bind(variable->name.text, Poison{}, variable->name.span);
        State state{name + "." + variable->name.text, {Kind::real, axes(variable->axes, scope)}, {}};
        if (variable->initial->kind == ast::ExprKind::call &&
            variable->initial->children[0]->kind == ast::ExprKind::name &&
            variable->initial->children[0]->text == "first") {
          state.type.kind = Kind::index;  // `var elite[elite: 5] = first(member)`: 0, 1, 2 ...
          state.initial.kind = Initial::Kind::indices;
        } else {
          state.initial = {Initial::Kind::constant, number(*variable->initial, scope, "the start of a variable"), -1};
        }
        for (const Axis& axis : state.type.axes) scope->bind_axis(axis);
        instance->variables[variable->name.text] = builder_.add_state(state);
        scope->bind(variable->name.text, VariableRef{instance->variables[variable->name.text]}, variable->name.span);
      } else {
        const auto& method = std::get<ast::Method>(member);
        declare(method.name);
        instance->methods[method.name.text] = &method;
        const auto function = function_of(method, name + "." + method.name.text, scope);
        // The scope keeps the instance's methods; the instance is owned by the scope that declares it.
        scope->bind(method.name.text, std::shared_ptr<const Function>(function), method.name.span);
      }
    } catch (const Failed&) {
    }
  calls_.pop_back();
  return instance;
}

std::shared_ptr<PlannerInstance> Elaborator::make_planner(const ast::Item& item, const std::string& name,
                                                          const CallArguments& given, Span span,
                                                          std::vector<Setting>* settings) {
  const auto& definition = std::get<ast::Planner>(item.as);
  CallArguments args = given;
  apply_settings(definition.parameters, name, args, settings);
  auto instance = std::make_shared<PlannerInstance>();
  instance->name = name;
  instance->definition = &definition;
  instance->span = span;
  instance->scope = bind_parameters(definition.parameters, args, top_, "`" + definition.name.text + "`", span);
  const std::set<std::string> sizes = names_in_sizes(definition);
  for (const ast::Parameter& parameter : definition.parameters)
    if (const auto* schedule = std::get_if<Schedule>(instance->scope->find(parameter.name.text));
        schedule && sizes.count(parameter.name.text))
      instance->schedules.emplace_back(parameter.name.text, *schedule);
  check_planner(definition, item.span);
  return instance;
}

Thing Elaborator::member_of(const std::shared_ptr<ModuleInstance>& module, const std::string& name, const NetUse& use,
                            Span span) {
  if (module->methods.count(name)) {
    const auto function = function_of(*module->methods.at(name), module->name + "." + name, module->scope);
    function->owner = module;
    function->use = use;
    return std::shared_ptr<const Function>(function);
  }
  if (const auto it = module->nets.find(name); it != module->nets.end()) {
    if (use.offsets.empty()) return it->second;
    fail(error("E0207", span, "a perturbed `" + module->name + "` has methods only")
             .label(module->definition->name.span, "`" + module->definition->name.text + "` is defined here")
             .help("call the network in a method of its own"));
  }
  if (const auto it = module->variables.find(name); it != module->variables.end())
    return Tensor{builder_.load(it->second, span)};
  std::vector<std::string> known;
  for (const auto& [method, definition] : module->methods) known.push_back(method);
  for (const auto& [net, made] : module->nets) known.push_back(net);
  for (const auto& [variable, state] : module->variables) known.push_back(variable);
  fail(error("E0207", span, "`" + module->name + "` has no `" + name + "`")
           .label(module->definition->name.span, "`" + module->definition->name.text + "` is defined here")
           .help(did_you_mean(name, known)));
}

Thing Elaborator::evaluate_field(const ast::Expr& expr, const ScopePtr& scope) {
  const ast::Expr& base = *expr.children[0];
  const Thing thing = evaluate(base, scope);
  const Span at = expr.text_span.known() ? expr.text_span : expr.span;
  if (const auto* module = std::get_if<std::shared_ptr<ModuleInstance>>(&thing))
    return member_of(*module, expr.text, {}, at);
  if (const auto* choice = std::get_if<std::shared_ptr<const ModuleChoice>>(&thing))
    return member_of((*choice)->module, expr.text, (*choice)->use, at);
  if (const auto* fields = std::get_if<std::shared_ptr<const Fields>>(&thing)) {
    if (const auto it = (*fields)->fields.find(expr.text); it != (*fields)->fields.end()) {
      if (const auto* t = std::get_if<Tensor>(&it->second)) return Tensor{use(t->id)};
      return it->second;
    }
    std::vector<std::string> known;
    for (const auto& [name, field] : (*fields)->fields) known.push_back(name);
    fail(error("E0208", at, "a batch has no field `" + expr.text + "`").help(did_you_mean(expr.text, known)));
  }
  if (const auto* rows = std::get_if<std::shared_ptr<const DataRows>>(&thing)) {
    auto& ids = gathered_[{rows->get(), builder_.block_serial()}];
    if (ids.empty())
      ids = builder_.emit(Op::gather, {(*rows)->rows}, transition_types(builder_.type((*rows)->rows).axes), base.span,
                          {{"memory", (*rows)->memory}});
    const Thing fields = batch_fields(ids);
    const auto& map = std::get<std::shared_ptr<const Fields>>(fields)->fields;
    if (const auto it = map.find(expr.text); it != map.end()) return it->second;
    std::vector<std::string> known;
    for (const auto& [name, field] : map) known.push_back(name);
    fail(error("E0208", at, "a batch has no field `" + expr.text + "`").help(did_you_mean(expr.text, known)));
  }
  if (const auto* planner = std::get_if<std::shared_ptr<PlannerInstance>>(&thing)) {
    if (expr.text != "act" && expr.text != "explore")
      fail(error("E0207", at, "a planner has `act` and `explore`, not `" + expr.text + "`"));
    auto function = std::make_shared<Function>();
    function->name = expr.text;
    function->planner = *planner;
    return std::shared_ptr<const Function>(function);
  }
  if (std::get_if<RobotRef>(&thing)) {
    if (const Thing* member = robot_member(expr.text)) return *member;
    if (expr.text == "step")
      fail(error("E0440", at, "the robot's simulator is stepped in a rollout")
               .help("write `rollout x = state; each H: (r, x') = robot.step(x, u)`"));
    // A robot that never ends an episode has never fallen; a robot that is not chosen yet may define anything.
    if ((expr.text == "fallen" && robot_ && !robot_->done) || !robot_) return Builtin{"@zero"};
    auto report = error("E0508", at, "the robot does not define `" + expr.text + "`");
    if (robot_) report.label(robot_->own().name.span, "`" + robot_->own().name.text + "` is defined here");
    fail(report.help("planners that use it need `" + expr.text + "(obs, action, obs') = ...` in the robot's script"));
  }
  fail(error("E0346", at, kind_name(thing) + " has no fields"));
}

std::vector<int64_t> Elaborator::trainable(const ast::Name& name, const ScopePtr& scope) {
  const Thing& thing = lookup(name.text, name.span, scope);
  if (const auto* net = std::get_if<std::shared_ptr<const Net>>(&thing)) {
    if ((*net)->owner && (*net)->owner->slow.count(name.text))
      fail(error("E0402", name.span, "`" + name.text + "` is a slow copy; it is not trained")
               .help("train the network it follows, then `track " + name.text + "`"));
    return (*net)->parameters();
  }
  if (const auto* variable = std::get_if<VariableRef>(&thing)) return {variable->state};
  fail(error("E0402", name.span, "`" + name.text + "` has no parameters to train")
           .here(kind_name(thing))
           .help("`minimize` works over networks and variables"));
}

void Elaborator::minimize(const ast::Minimize& statement, const ScopePtr& scope, Span span) {
  std::vector<int64_t> parameters;
  std::vector<double> decay;
  const Thing optimizer_thing = evaluate(*statement.optimizer, scope);
  const auto* optimizer = std::get_if<std::shared_ptr<const Optimizer>>(&optimizer_thing);
  if (!optimizer)
    fail(error("E0403", statement.optimizer->span, "expected an optimizer, found " + kind_name(optimizer_thing))
             .help("for example `adam(3e-4)`"));
  for (const ast::Name& name : statement.over) {
    const std::vector<int64_t> ids = trainable(name, scope);
    // One decay per layer (weights only), or one for all layers.
    const auto& given = (*optimizer)->decay;
    const size_t layer_count = ids.size() / 2;
    if (given.size() > 1 && given.size() != layer_count)
      fail(error("E0404", statement.optimizer->span,
                 std::to_string(given.size()) + " decays for " + std::to_string(layer_count) + " layers of `" +
                     name.text + "`"));
    for (size_t i = 0; i < ids.size(); ++i)
      decay.push_back(given.empty() || (ids.size() > 1 && i % 2 == 1) ? 0
                      : given.size() == 1                             ? given[0]
                                                                      : given[i / 2]);
    parameters.insert(parameters.end(), ids.begin(), ids.end());
  }
  builder_.open();
  ValueId loss;
  try {
    loss = tensor(*statement.loss, scope);
    check_scalar(loss, statement.loss->span, "a loss");
  } catch (...) {
    builder_.close();
    throw;
  }
  Block block = builder_.close();
  block.results = {loss};
  for (const Node& node : block.nodes)
    if (node.op == Op::play)
      fail(error("E0458", node.span, "no episodes are played in a loss").help("play them before, in a `let`"));
  const std::set<int64_t> wanted(parameters.begin(), parameters.end());
  std::vector<ValueId> exported;
  copy_dependents(block, wanted, exported, statement.loss->span);

  Attributes attributes{{"optimizer", (*optimizer)->name},
                        {"beta1", (*optimizer)->beta1},
                        {"beta2", (*optimizer)->beta2},
                        {"epsilon", (*optimizer)->epsilon},
                        {"decay", decay},
                        {"parameters", parameters}};
  // One set of moments and one counter for each `minimize` in the script, wherever it is elaborated.
  const bool with_moments = (*optimizer)->name == "adam";
  auto& kept = moments_[{&statement, parameters[0]}];
  if (kept.empty()) {
    const std::string suffix = "." + (*optimizer)->name + std::to_string(moments_.size());
    for (const int64_t id : with_moments ? parameters : std::vector<int64_t>{}) {
      const State state = program_.states[static_cast<size_t>(id)];
      kept.push_back(builder_.add_state({state.name + suffix + ".m", state.type, {}}));
      kept.push_back(builder_.add_state({state.name + suffix + ".v", state.type, {}}));
    }
    kept.push_back(
        builder_.add_state({program_.states[static_cast<size_t>(parameters[0])].name + suffix + ".t", {}, {}}));
  }
  std::vector<int64_t> first, second;
  for (size_t i = 0; i + 1 < kept.size(); i += 2) {
    first.push_back(kept[i]);
    second.push_back(kept[i + 1]);
  }
  attributes["steps"] = kept.back();
  attributes["first_moments"] = first;
  attributes["second_moments"] = second;
  const ValueId rate = tensor((*optimizer)->rate, statement.optimizer->span);
  check_scalar(rate, statement.optimizer->span, "a learning rate");
  std::vector<Type> results;
  for (const ValueId id : block.results) results.push_back(program_.type(id));
  std::vector<Block> blocks;
  blocks.push_back(std::move(block));
  const auto ids = builder_.emit(Op::minimize, {rate}, results, span, std::move(attributes), std::move(blocks));
  builder_.name(ids[0], "loss");
  for (size_t i = 0; i < exported.size(); ++i) builder_.replace(exported[i], ids[i + 1]);
}

void Elaborator::assign(const ast::Assign& statement, const ScopePtr& scope, Span span) {
  if (thetas_)
    for (const Theta& theta : *thetas_)
      if (theta.name == statement.name.text) {
        if (statement.op != "=") fail(error("E0405", statement.name.span, "theta is set with `=`"));
        scope->bind(theta.name, Tensor{fit_theta(theta, tensor(*statement.value, scope), statement.value->span)});
        return;
      }
  const Thing& thing = lookup(statement.name.text, statement.name.span, scope);
  const auto* variable = std::get_if<VariableRef>(&thing);
  if (!variable)
    fail(error("E0405", statement.name.span, "`" + statement.name.text + "` cannot be assigned")
             .here(kind_name(thing))
             .help("only variables (`var`) change; bind other values with `let`"));
  ValueId value = tensor(*statement.value, scope);
  if (statement.op != "=") {
    const ValueId old = builder_.load(variable->state, span);
    const Op op = statement.op == "+=" ? Op::add : statement.op == "-=" ? Op::sub : Op::mul;
    value = binary_values(op, old, value, statement.name.span, statement.value->span, span);
  }
  const Type& want = program_.states[static_cast<size_t>(variable->state)].type;
  const Type& have = builder_.type(value);
  bool fits = want.kind == have.kind;
  for (const Axis& axis : have.axes)
    fits = fits && want.has(axis.name) && sizes_agree(want.size_of(axis.name), axis.size);
  if (!fits)
    fail(error("E0319", statement.value->span, "this does not fit `" + statement.name.text + "`")
             .here(to_string(have))
             .label(statement.name.span, to_string(want)));
  builder_.assign(variable->state, builder_.expand(value, want.axes, span), span);
}

void Elaborator::track(const ast::Track& statement, const ScopePtr& scope, Span span) {
  for (const ast::Name& name : statement.names) {
    const Thing& thing = lookup(name.text, name.span, scope);
    const auto* net = std::get_if<std::shared_ptr<const Net>>(&thing);
    if (!net || !(*net)->owner || !(*net)->owner->slow.count(name.text))
      fail(error("E0406", name.span, "`" + name.text + "` is no slow copy")
               .here(kind_name(thing))
               .help("declare it: `slow " + name.text + " = ... at 0.995`"));
    const auto& [source, rate] = (*net)->owner->slow.at(name.text);
    builder_.emit(
        Op::track, {}, {}, span,
        {{"slow", (*net)->parameters()}, {"fast", (*net)->owner->nets.at(source)->parameters()}, {"rate", rate}});
  }
}

/// `normalize obs, action from data`: the means and deviations over all transitions of a memory.
void Elaborator::renormalize(const ast::Renormalize& statement, const ScopePtr& scope, Span span) {
  const Thing data = evaluate(*statement.data, scope);
  const auto* memory = std::get_if<MemoryRef>(&data);
  if (!memory) fail(error("E0332", statement.data->span, "expected a memory, found " + kind_name(data)));
  const ValueId rows =
      builder_.emit1(Op::rows, {}, {Kind::index, {{"row", kUnknownSize}}}, span, {{"memory", memory->id}});
  const auto ids =
      builder_.emit(Op::gather, {rows}, transition_types({{"row", kUnknownSize}}), span, {{"memory", memory->id}});
  for (const ast::Name& name : statement.names) {
    const ModuleInstance* owner = current_module_;
    const auto it = owner ? owner->normalizers.find(name.text) : std::map<std::string, Normalizer>::const_iterator{};
    if (!owner || it == owner->normalizers.end())
      fail(error("E0407", name.span, "`" + name.text + "` is not normalised here")
               .help("declare it in the model: `normalize " + name.text + "`"));
    const ValueId x = name.text == "obs" ? ids[0] : ids[1];
    const ValueId mean = builder_.reduce(Op::mean, x, {"row"}, span), raw = builder_.reduce(Op::std, x, {"row"}, span);
    // A component that never changes is left at its scale.
    const ValueId tiny = builder_.binary(Op::less, raw, builder_.constant(1e-12, span), span);
    builder_.assign(it->second.mean, mean, span);
    const ValueId scale = builder_.select(tiny, builder_.constant(1, span), raw, span);
    builder_.assign(it->second.deviation, builder_.expand(scale, builder_.type(raw).axes, span), span);
  }
}

}  // namespace duet
