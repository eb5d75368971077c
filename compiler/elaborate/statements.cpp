#include <algorithm>
#include <cmath>
#include <functional>

#include "compiler/base/suggest.h"
#include "compiler/elaborate/elaborator.h"

namespace duet {

void Elaborator::block(const ast::Block& block, const ScopePtr& scope) {
  const ScopePtr inner = nested(scope);
  bool failed = false;
  for (const ast::Statement& item : block.statements) try {
      statement(item, inner);
    } catch (const Failed&) {
      failed = true;  // go on: later statements may have errors of their own
    }
  if (failed) throw Failed{};
}

int64_t Elaborator::memory(const ast::Name& name, const ScopePtr& scope) {
  const Thing& thing = lookup(name.text, name.span, scope);
  if (const auto* memory = std::get_if<MemoryRef>(&thing)) return memory->id;
  fail(error("E0332", name.span, "expected a memory, found " + kind_name(thing)));
}

std::shared_ptr<ModuleInstance> Elaborator::module(const ast::Name& name, const ScopePtr& scope, ast::ModuleRole role) {
  const Thing& thing = lookup(name.text, name.span, scope);
  if (const auto* instance = std::get_if<std::shared_ptr<ModuleInstance>>(&thing);
      instance && (*instance)->definition->role == role)
    return *instance;
  fail(error("E0421", name.span,
             std::string("expected a ") + (role == ast::ModuleRole::learner ? "learner" : "model") + ", found " +
                 kind_name(thing)));
}

std::vector<Type> Elaborator::transition_types(const std::vector<Axis>& lead) const {
  const auto with = [&](std::vector<Axis> own) {
    std::vector<Axis> axes = lead;
    axes.insert(axes.end(), own.begin(), own.end());
    return Type{Kind::real, axes};
  };
  const Axis obs{"obs", program_.robot.obs}, action{"action", program_.robot.action};
  return {with({obs}), with({action}), with({}), with({obs}), with({})};
}

Thing Elaborator::batch_fields(const std::vector<ValueId>& ids) {
  auto fields = std::make_shared<Fields>();
  static const char* const names[] = {"obs", "action", "reward", "obs'", "alive"};
  for (size_t i = 0; i < 5; ++i) {
    builder_.name(ids[i], names[i]);
    fields->fields[names[i]] = Tensor{ids[i]};
  }
  return std::shared_ptr<const Fields>(fields);
}

int64_t Elaborator::steps_of(const ast::Expr& expr, const ScopePtr& scope, const std::string& what) {
  const int64_t steps = whole(expr, scope, what);
  if (steps != kUnknownSize && steps < 1)
    fail(error("E0422", expr.span, what + " must be at least 1").here("this is " + std::to_string(steps)));
  return steps;
}

/// The blocks that start an episode and choose an action, for observations with the axes `lifted`.
std::vector<Block> Elaborator::actor_blocks(const ast::Expr& expr, const std::vector<Axis>& lifted,
                                            const ScopePtr& scope) {
  const Thing actor = evaluate(expr, scope);
  std::vector<Axis> obs = lifted, action = lifted;
  obs.push_back({"obs", program_.robot.obs});
  action.push_back({"action", program_.robot.action});
  const auto outer = lifted_;
  lifted_ = lifted;
  struct Restore {
    std::vector<Axis>& lifted;
    std::vector<Axis> old;
    ~Restore() { lifted = old; }
  } restore{lifted_, outer};

  std::vector<Block> blocks;
  const auto* function = std::get_if<std::shared_ptr<const Function>>(&actor);
  if (function && (*function)->planner) {
    const PlannerInstance& planner = *(*function)->planner;
    const std::string role = (*function)->name;
    const ast::Method* method = nullptr;
    for (const ast::PlannerClause& clause : planner.definition->clauses)
      if (const auto* act = std::get_if<ast::Act>(&clause.as); act && act->method.name.text == role)
        method = &act->method;
    if (!method)
      fail(error("E0207", expr.span, "`" + planner.name + "` has no `" + role + "`")
               .label(planner.definition->name.span, "defined here")
               .help("add a clause `" + role + " ...`"));
    calls_.push_back({planner.name, expr.span});
    struct Pop {
      std::vector<Call>& calls;
      ~Pop() { calls.pop_back(); }
    } pop{calls_};
    // theta lives as long as an episode: one set of states for each place where the planner acts.
    std::map<std::string, std::vector<int64_t>> states;
    const std::string place = planner.name + "@" + std::to_string(actor_sites_++);
    const auto theta_states = [&](const std::string& tag, const std::vector<Theta>& thetas) {
      auto& ids = states[tag];
      if (ids.empty())
        for (const Theta& theta : thetas)
          ids.push_back(builder_.add_state({place + tag + "." + theta.name, theta.type, {}}));
      return ids;
    };
    OpenBlock begin(builder_);
    std::function<void(PlannerInstance)> start = [&](PlannerInstance instance) {
      // Every specialisation starts afresh.
      start_all(instance, "", [&](const PlannerInstance& fixed, const std::string& tag) {
        const ScopePtr inner = nested(fixed.scope);
        const auto thetas = this->thetas(fixed, inner);
        const auto ids = theta_states(tag, thetas);
        const auto values = start_thetas(fixed, thetas, inner);
        for (size_t i = 0; i < ids.size(); ++i) builder_.assign(ids[i], values[i], expr.span);
      });
    };
    start(planner);
    blocks.push_back(begin.close());

    OpenBlock act(builder_);
    const ValueId state = builder_.parameter({Kind::real, obs}, "state");
    const auto result = specialise(planner, expr.span, [&](const PlannerInstance& fixed, const std::string& tag) {
      const ScopePtr inner = nested(fixed.scope);
      inner->bind("state", Tensor{state});
      auto thetas = this->thetas(fixed, inner);
      const auto ids = theta_states(tag, thetas);
      std::vector<ValueId> old;
      for (const int64_t id : ids) old.push_back(builder_.load(id, expr.span));
      const Plan plan = improve(fixed, thetas, old, inner);
      thetas_ = &thetas;
      Function body;
      body.name = planner.name + "." + role;
      body.value = method->value.get();
      body.body = method->body.get();
      Thing chosen;
      try {
        chosen = run_body(body, inner, method->span);
      } catch (...) {
        thetas_ = nullptr;
        throw;
      }
      thetas_ = nullptr;
      for (size_t i = 0; i < ids.size(); ++i)
        builder_.assign(ids[i], tensor(*inner->find(thetas[i].name), thetas[i].span), thetas[i].span);
      const ValueId a =
          as_vector(tensor(chosen, method->span), action.back(), method->span, "what `" + role + "` gives");
      return std::vector<ValueId>{fit_action(a, action, method->span)};
    });
    builder_.block().results = result;
    blocks.push_back(act.close());
    return blocks;
  }
  {
    OpenBlock begin(builder_);
    blocks.push_back(begin.close());
  }
  OpenBlock act(builder_);
  const ValueId state = builder_.parameter({Kind::real, obs}, "obs");
  Thing chosen = actor;
  if (function) {
    if ((*function)->parameters->size() != 1)
      fail(error("E0423", expr.span,
                 "an actor takes one argument, the observation; `" + (*function)->name + "` takes " +
                     std::to_string((*function)->parameters->size())));
    chosen = call_function(**function, {{{Tensor{state}, expr.span}}, {}, {}}, expr.span);
  } else if (!std::get_if<std::shared_ptr<const Distribution>>(&actor)) {
    fail(error("E0423", expr.span, "expected something that acts, found " + kind_name(actor))
             .help("for example `agent.explore`, `plan.act` or `uniform(action)`"));
  }
  if (const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&chosen))
    chosen = Tensor{draw(**d, {action.back()}, expr.span)};
  const ValueId a = as_vector(tensor(chosen, expr.span), action.back(), expr.span, "an action");
  builder_.block().results = {fit_action(a, action, expr.span)};
  blocks.push_back(act.close());
  return blocks;
}

ValueId Elaborator::fit_action(ValueId a, const std::vector<Axis>& want, Span span) {
  for (const Axis& axis : builder_.type(a).axes)
    if (std::none_of(want.begin(), want.end(), [&](const Axis& w) { return w.name == axis.name; }))
      fail(error("E0312", span, "an action must be a vector along `action`")
               .here(to_string(builder_.type(a)))
               .help("axis `" + axis.name + "` is left: index it, as in `m[" + axis.name + ": 0]`, or reduce it"));
  return builder_.expand(a, want, span);
}

void Elaborator::start_all(const PlannerInstance& planner, const std::string& tag,
                           const std::function<void(const PlannerInstance&, const std::string&)>& body) {
  if (planner.schedules.empty()) return body(planner, tag);
  const auto [name, schedule] = planner.schedules[0];
  for (auto value = static_cast<int64_t>(std::floor(std::min(schedule.low, schedule.high)));
       value <= std::floor(std::max(schedule.low, schedule.high)); ++value) {
    PlannerInstance fixed = planner;
    fixed.schedules.erase(fixed.schedules.begin());
    fixed.scope = nested(planner.scope);
    fixed.scope->bind(name, Number{static_cast<double>(value)}, planner.scope->place(name));
    start_all(fixed, tag + "." + name + std::to_string(value), body);
  }
}

void Elaborator::interact(const ast::Expr& actor, const ast::Name& memory, const ScopePtr& scope, Span span) {
  const int64_t id = this->memory(memory, scope);
  std::vector<Block> blocks = actor_blocks(actor, {}, scope);
  // All interaction is with the same robot, in one stream of episodes.
  builder_.emit(Op::interact, {}, {}, span, {{"memory", id}, {"site", static_cast<int64_t>(1)}}, std::move(blocks));
}

void Elaborator::need_whole_episodes(Span span) {
  if (robot_ && !robot_->limit && !robot_->done && !robot_->truncate)
    fail(error("E0520", span, "whole episodes are played here, but those of this robot never end")
             .label(robot_->own().name.span, "without `limit`, `done` and `truncate`")
             .help("add `limit 1000 steps` to the robot"));
}

void Elaborator::evaluate_statement(const ast::Evaluate& statement, const ScopePtr& scope, Span span) {
  const int64_t episodes = steps_of(*statement.episodes, scope, "the number of episodes");
  need_whole_episodes(span);
  std::vector<Block> blocks = actor_blocks(*statement.actor, {{"episode", episodes}}, scope);
  builder_.emit(Op::evaluate, {}, {}, span,
                {{"episodes", episodes},
                 {"site", static_cast<int64_t>(builder_.next_site())},
                 {"metric", std::string("evaluate")}},
                std::move(blocks));
}

namespace {

/// The largest number of rows (elements beyond vector components) any value made by these nodes has.
int64_t most_rows(const Program& program, const Block& block) {
  int64_t most = 1;
  for (const Node& node : block.nodes) {
    if (node.op != Op::load && node.op != Op::noise)
      for (const ValueId id : node.results) {
        int64_t rows = 1;
        for (const Axis& axis : program.type(id).axes)
          if (!is_vector_axis(axis.name) && axis.name != "in" && axis.name != "out" && axis.size > 0) rows *= axis.size;
        most = std::max(most, rows);
      }
    for (const Block& inner : node.blocks) most = std::max(most, most_rows(program, inner));
  }
  return most;
}

int64_t divisor_near(int64_t count, int64_t target) {
  for (int64_t size = std::clamp<int64_t>(target, 1, count); size > 1; --size)
    if (count % size == 0) return size;
  return 1;
}

constexpr int64_t kRowsPerChunk =
    16384;  // enough to keep matrix products busy, little enough to stay in the last cache

}  // namespace

void Elaborator::record(const ast::Record& statement, const ScopePtr& scope, Span span) {
  const Thing& thing = lookup(statement.planner.text, statement.planner.span, scope);
  const auto* planner = std::get_if<std::shared_ptr<PlannerInstance>>(&thing);
  if (!planner) fail(error("E0421", statement.planner.span, "expected a planner, found " + kind_name(thing)));
  const ast::RecordRollout* clause = nullptr;
  for (const ast::PlannerClause& c : (*planner)->definition->clauses)
    if (const auto* found = std::get_if<ast::RecordRollout>(&c.as)) clause = found;
  if (!clause)
    fail(error("E0424", statement.planner.span, "`" + statement.planner.text + "` records nothing")
             .label((*planner)->definition->name.span, "defined here")
             .help("add a clause `record x = state; each H: ..., store (x, u, r, x', alive)`"));
  const int64_t count = steps_of(*statement.starts, scope, "the number of starts");
  const int64_t source = memory(statement.source, scope), target = memory(statement.memory, scope);
  const Type all{Kind::real, {{"start", count}, {"obs", program_.robot.obs}}};

  const auto body = [&](int64_t size) {
    OpenBlock open(builder_);
    const std::vector<Axis> outer = lifted_;
    lifted_ = {{"start", size}};
    record_memory_ = target;
    calls_.push_back({(*planner)->name, span});
    struct Restore {
      Elaborator& e;
      std::vector<Axis> lifted;
      ~Restore() {
        e.lifted_ = lifted;
        e.record_memory_ = -1;
        e.calls_.pop_back();
      }
    } restore{*this, outer};
    const ValueId state = builder_.parameter({Kind::real, {{"start", size}, {"obs", program_.robot.obs}}}, "state");
    specialise(**planner, span, [&](const PlannerInstance& fixed, const std::string&) {
      const ScopePtr inner = nested(fixed.scope);
      inner->bind("state", Tensor{state});
      const auto thetas = this->thetas(fixed, inner);
      const auto start = start_thetas(fixed, thetas, inner);
      improve(fixed, thetas, start, inner);
      rollout(clause->rollout, inner);
      return std::vector<ValueId>{};
    });
    return open.close();
  };
  // How many starts are worked on at once: tried with a few, then fitted to the rows each start needs.
  int64_t size = count == kUnknownSize ? 1 : divisor_near(count, 8);
  const Block trial = body(size);
  if (count != kUnknownSize)
    size = divisor_near(count, std::max<int64_t>(1, kRowsPerChunk * size / most_rows(program_, trial)));
  std::vector<Block> blocks;
  blocks.push_back(body(size));
  const ValueId starts = builder_.emit1(Op::sample_starts, {}, all, span,
                                        {{"memory", source},
                                         {"count", count},
                                         {"axis", std::string("start")},
                                         {"site", static_cast<int64_t>(builder_.next_site())}});
  builder_.emit(Op::chunks, {starts}, {}, span, {{"axis", std::string("start")}, {"size", size}}, std::move(blocks));
}

void Elaborator::update(const ast::Update& statement, const ScopePtr& scope, Span span) {
  const auto learner = module(statement.learner, scope, ast::ModuleRole::learner);
  const auto it = learner->methods.find("update");
  if (it == learner->methods.end())
    fail(error("E0207", statement.learner.span, "`" + statement.learner.text + "` has no `update`")
             .label(learner->definition->name.span, "defined here"));
  const bool takes_batch = !it->second->parameters.empty();
  if (takes_batch != (statement.data != nullptr))
    fail(error("E0457", span, takes_batch ? "this update needs data" : "this update takes no data")
             .label(it->second->span, takes_batch ? "it has a parameter" : "it has no parameter")
             .help(takes_batch ? "for example `update " + statement.learner.text + " on mix(real, batch = 256)`"
                               : "write `update " + statement.learner.text + "`"));
  if (!takes_batch) return call_statements(learner, "update", {}, span);
  update_on(learner, sample(*statement.data, scope), statement.data->span, span);
}

std::vector<ValueId> Elaborator::sample(const ast::Expr& expr, const ScopePtr& scope) {
  Thing data = evaluate(expr, scope);
  if (const auto* memory = std::get_if<MemoryRef>(&data))
    data = std::make_shared<const Mixture>(Mixture{{memory->id}, {Number{1}}, 256});
  const auto* mixture = std::get_if<std::shared_ptr<const Mixture>>(&data);
  if (!mixture)
    fail(error("E0332", expr.span, "a learner is updated on a memory or a mixture, found " + kind_name(data))
             .help("for example `mix(real, batch = 256)`"));
  // Shares that are known now are attributes; those that change are factors.
  std::vector<double> shares;
  std::vector<ValueId> factors;
  bool changing = false;
  for (const Thing& share : (*mixture)->shares) changing = changing || !std::get_if<Number>(&share);
  for (const Thing& share : (*mixture)->shares) {
    const auto* n = std::get_if<Number>(&share);
    if (n && n->value < 0) fail(error("E0332", expr.span, "a share cannot be negative"));
    shares.push_back(n ? n->value : 1);
    if (!changing) continue;
    factors.push_back(n ? builder_.constant(1, expr.span) : tensor(share, expr.span));
    check_scalar(factors.back(), expr.span, "a share");
  }
  return builder_.emit(Op::sample, factors, transition_types({{"batch", (*mixture)->batch}}), expr.span,
                       {{"memories", (*mixture)->memories},
                        {"shares", shares},
                        {"count", (*mixture)->batch},
                        {"site", static_cast<int64_t>(builder_.next_site())}});
}

void Elaborator::update_on(const std::shared_ptr<ModuleInstance>& learner, const std::vector<ValueId>& batch, Span data,
                           Span span) {
  // An `update` may declare values along it.
  learner->scope->bind_axis({"batch", builder_.type(batch[0]).size_of("batch")});
  call_statements(learner, "update", {{batch_fields(batch), data}}, span);
}

void Elaborator::call_statements(const std::shared_ptr<ModuleInstance>& module, const std::string& method,
                                 const std::vector<Meaning>& given, Span span) {
  struct Restore {
    const ModuleInstance*& current;
    const ModuleInstance* outer;
    ~Restore() { current = outer; }
  } restore{current_module_, current_module_};
  current_module_ = module.get();
  call_function(*std::get<std::shared_ptr<const Function>>(member_of(module, method, {}, span)), {given, {}, {}}, span);
}

void Elaborator::fit(const ast::Fit& statement, const ScopePtr& scope, Span span) {
  const auto model = module(statement.model, scope, ast::ModuleRole::model);
  const int64_t data = memory(statement.memory, scope);
  if (!model->methods.count("fit"))
    fail(error("E0207", statement.model.span, "`" + statement.model.text + "` has no `fit`")
             .label(model->definition->name.span, "defined here"));
  call_statements(model, "fit", {{MemoryRef{data}, statement.memory.span}}, span);
}

void Elaborator::split(const ast::Split& statement, const ScopePtr& scope, Span span) {
  // Should this fail, uses of the parts are not errors of their own.
  for (const ast::Name* part : {&statement.train, &statement.holdout}) scope->bind(part->text, Poison{}, part->span);
  const int64_t data = memory(statement.data, scope);
  const double fraction = number(*statement.fraction, scope, "the held-out fraction");
  if (!(fraction > 0 && fraction < 1))
    fail(error("E0425", statement.fraction->span, "the held-out fraction lies between 0 and 1"));
  const ValueId rows = builder_.emit1(Op::rows, {}, {Kind::index, {{"row", kUnknownSize}}}, span, {{"memory", data}});
  const auto parts = builder_.emit(
      Op::split, {rows}, {{Kind::index, {{"train", kUnknownSize}}}, {Kind::index, {{"holdout", kUnknownSize}}}}, span,
      {{"fraction", fraction}, {"site", static_cast<int64_t>(builder_.next_site())}});
  for (const auto& [name, id] : {std::pair{&statement.train, parts[0]}, std::pair{&statement.holdout, parts[1]}}) {
    // Each part is seen along an axis of its own name.
    const std::string axis = builder_.type(id).axes[0].name;
    const ValueId named = axis == name->text ? id : builder_.rename(id, axis, name->text, name->span);
    scope->bind(name->text, std::make_shared<const DataRows>(DataRows{named, data}), name->span);
    scope->bind_axis({name->text, kUnknownSize});
  }
}

void Elaborator::until(const ast::Until& statement, const ScopePtr& scope, Span span) {
  const int64_t patience = steps_of(*statement.patience, scope, "the number of epochs");
  const double threshold = number(*statement.threshold, scope, "the improvement that counts");
  OpenBlock open(builder_);
  block(statement.body, scope);
  builder_.block().results = {tensor(*statement.value, scope)};
  std::vector<Block> blocks;
  blocks.push_back(open.close());
  builder_.emit(Op::until, {}, {}, span, {{"patience", patience}, {"threshold", threshold}}, std::move(blocks));
}

void Elaborator::each_batch(const ast::EachBatch& statement, const ScopePtr& scope, Span span) {
  const int64_t size = steps_of(*statement.size, scope, "the batch size");
  const Thing& thing = lookup(statement.data.text, statement.data.span, scope);
  const auto* data = std::get_if<std::shared_ptr<const DataRows>>(&thing);
  if (!data)
    fail(error("E0332", statement.data.span, "expected a part of a memory, found " + kind_name(thing))
             .help("make one with `split data into train, holdout: 0.2`"));
  Attributes attributes{
      {"count", size}, {"memory", (*data)->memory}, {"site", static_cast<int64_t>(builder_.next_site())}};
  std::vector<Axis> lead{{"batch", kUnknownSize}};
  if (statement.shuffled_by) {
    const auto members = scope->axis(statement.shuffled_by->text);
    if (!members)
      fail(error("E0204", statement.shuffled_by->span, "there is no axis `" + statement.shuffled_by->text + "` here"));
    lead.insert(lead.begin(), {statement.shuffled_by->text, *members});
    attributes["axis"] = statement.shuffled_by->text;
    attributes["members"] = *members;
  }
  OpenBlock open(builder_);
  std::vector<ValueId> ids;
  for (const Type& type : transition_types(lead)) ids.push_back(builder_.parameter(type));
  const ScopePtr inner = nested(scope);
  inner->bind(statement.batch.text, batch_fields(ids), statement.batch.span);
  block(statement.body, inner);
  std::vector<Block> blocks;
  blocks.push_back(open.close());
  builder_.emit(Op::each_batch, {(*data)->rows}, {}, span, std::move(attributes), std::move(blocks));
}

void Elaborator::statement(const ast::Statement& statement, const ScopePtr& scope) {
  const Span span = statement.span;
  const auto blocked = [&](Op op, std::vector<ValueId> inputs, Attributes attributes, const ast::Block& body) {
    OpenBlock open(builder_);
    block(body, scope);
    std::vector<Block> blocks;
    blocks.push_back(open.close());
    builder_.emit(op, std::move(inputs), {}, span, std::move(attributes), std::move(blocks));
  };
  struct Visitor {
    Elaborator& e;
    const ScopePtr& scope;
    Span span;
    const decltype(blocked)& in_block;

    void operator()(const ast::Let& s) { e.bind(s.binding, scope); }
    void operator()(const ast::Minimize& s) { e.minimize(s, scope, span); }
    void operator()(const ast::Track& s) { e.track(s, scope, span); }
    void operator()(const ast::Assign& s) { e.assign(s, scope, span); }
    void operator()(const ast::Return& s) {
      e.fail(e.error("E0426", span, "`return` belongs at the end of a method").help(s.value ? "" : "give a value"));
    }
    void operator()(const ast::Log& s) {
      const ValueId value = e.scalar(*s.value, scope, "a metric");
      e.builder_.emit(Op::log_metric, {value}, {}, span, {{"metric", s.metric}});
    }
    void operator()(const ast::Renormalize& s) { e.renormalize(s, scope, span); }
    void operator()(const ast::Split& s) { e.split(s, scope, span); }
    void operator()(const ast::Until& s) { e.until(s, scope, span); }
    void operator()(const ast::EachBatch& s) { e.each_batch(s, scope, span); }
    void operator()(const ast::Loop& s) { in_block(Op::loop, {}, {}, s.body); }
    void operator()(const ast::Every& s) {
      in_block(Op::every, {}, {{"steps", e.steps_of(*s.steps, scope, "a schedule")}, {"place", e.schedules_++}},
               s.body);
    }
    void operator()(const ast::Repeat& s) {
      const Thing count = e.evaluate(*s.count, scope);
      if (const auto* n = std::get_if<Number>(&count); n && n->value < 0)
        e.fail(e.error("E0422", s.count->span,
                       "something cannot be repeated " + std::to_string(int64_t(n->value)) + " times"));
      const ValueId times = e.tensor(count, s.count->span);
      e.check_scalar(times, s.count->span, "the number of repetitions");
      in_block(Op::repeat, {times}, {}, s.body);
    }
    void operator()(const ast::WarmUp& s) {
      const int64_t steps = e.steps_of(*s.steps, scope, "a warm-up");
      const ValueId count = e.builder_.constant(static_cast<double>(steps), span);
      OpenBlock open(e.builder_);
      e.interact(*s.actor, s.memory, scope, span);
      std::vector<Block> blocks;
      blocks.push_back(open.close());
      e.builder_.emit(Op::repeat, {count}, {}, span, {}, std::move(blocks));
    }
    void operator()(const ast::Interact& s) { e.interact(*s.actor, s.memory, scope, span); }
    void operator()(const ast::Fit& s) { e.fit(s, scope, span); }
    void operator()(const ast::Update& s) { e.update(s, scope, span); }
    void operator()(const ast::Record& s) { e.record(s, scope, span); }
    void operator()(const ast::Evaluate& s) { e.evaluate_statement(s, scope, span); }
  };
  std::visit(Visitor{*this, scope, span, blocked}, statement.as);
}

}  // namespace duet
