#include "compiler/elaborate/interactive.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "compiler/elaborate/elaborator.h"

namespace duet {

namespace {

/// A name as it was declared, for making it again.
struct Declared {
  std::string name;
  const ast::MemoryDecl* memory = nullptr;
  const ast::Instance* instance = nullptr;
};

struct Pending {
  std::vector<std::pair<std::string, Thing>> names;
  std::vector<Axis> axes;
  std::vector<Declared> declared;
};

std::string number_words(double value) {
  if (std::isnan(value)) return "number";
  char text[40];
  std::snprintf(text, sizeof text, "number %.10g", value);
  return text;
}

const char* distribution_name(Distribution::Kind kind) {
  switch (kind) {
    case Distribution::Kind::gaussian:
      return "gaussian";
    case Distribution::Kind::uniform:
      return "uniform";
    case Distribution::Kind::truncated:
      return "truncated";
    case Distribution::Kind::squashed_gaussian:
      return "squashed_gaussian";
    case Distribution::Kind::coloured:
      return "coloured";
    case Distribution::Kind::categorical:
      return "categorical";
    case Distribution::Kind::pick:
      return "pick";
    case Distribution::Kind::thinned:
      return "network with dropout";
  }
  return "";
}

/// The first node whose result has a size that only a robot would tell.
const Node* find_unknown(const Program& program, const Block& block) {
  for (const Node& node : block.nodes) {
    for (const ValueId id : node.results)
      for (const Axis& axis : program.type(id).axes)
        if ((axis.name == "obs" || axis.name == "action") && axis.size == kUnknownSize) return &node;
    for (const Block& inner : node.blocks)
      if (const Node* found = find_unknown(program, inner)) return found;
  }
  return nullptr;
}

}  // namespace

struct Interactive::Impl {
  Impl(const SourceMap& sources, const Library& the_library, Diagnostics& the_diagnostics)
      : library(the_library), diagnostics(the_diagnostics), e(sources, the_library, program, the_diagnostics) {}

  void open_session() {
    session = nested(e.top());
    session->bind("robot", RobotRef{});
    e.algorithm_scope_ = session;
  }

  void reset_elaborator();
  std::optional<Piece> guarded(const std::function<void(Piece&, const ScopePtr&)>& body);
  bool known(const Block& block);

  void show(const Thing& thing, Span span, const std::string& label, Piece& piece);
  std::string words(const Thing& thing) const;

  void memory(const ast::MemoryDecl& memory, Piece& piece, const ScopePtr& scope);
  void instance(const ast::Instance& instance, Piece& piece, const ScopePtr& scope);
  void statements(const ast::Block& block, Piece& piece, const ScopePtr& scope);

  void keep_name(const std::string& name, Span span, Piece& piece, const ScopePtr& scope);
  Thing keep(const std::string& name, const Thing& thing, Span span, const ScopePtr& scope);
  ValueId keep_tensor(const std::string& name, ValueId id, Span span);

  const Library& library;
  Diagnostics& diagnostics;
  Program program;
  Elaborator e;
  ScopePtr session;
  bool robot = false;
  std::vector<std::string> order;  // of the names in `session`
  std::vector<Declared> declared;
  Pending pending;
};

/// After an error the elaborator may have been left in the middle of something.
void Interactive::Impl::reset_elaborator() {
  e.calls_.clear();
  e.scans_.clear();
  e.members_.clear();
  e.offsets_.clear();
  e.lifted_.clear();
  e.plan_failed_ = false;
  e.thetas_ = nullptr;
  e.current_module_ = nullptr;
  e.record_memory_ = -1;
  e.in_reset_ = false;
  e.robot_frame_ = nullptr;
}

std::optional<Piece> Interactive::Impl::guarded(const std::function<void(Piece&, const ScopePtr&)>& body) {
  reset_elaborator();
  pending = {};
  const size_t before = diagnostics.errors();
  Piece piece;
  try {
    OpenBlock open(e.builder_);
    body(piece, nested(session));
    for (ValueId& id : e.builder_.block().results) id = e.builder_.current(id);
    piece.block = open.close();
  } catch (const Failed&) {
    return std::nullopt;
  }
  if (diagnostics.errors() != before || !known(piece.block)) return std::nullopt;
  return piece;
}

bool Interactive::Impl::known(const Block& block) {
  const Node* node = robot ? nullptr : find_unknown(program, block);
  if (!node) return true;
  diagnostics.error("E0041", node->span, "the sizes of `obs` and `action` are not known yet")
      .here("this needs a robot")
      .help("choose one, for example with `:robot half_cheetah`");
  return false;
}

std::string Interactive::Impl::words(const Thing& thing) const {
  if (const auto* n = std::get_if<Number>(&thing)) return number_words(n->value);
  if (const auto* v = std::get_if<VariableRef>(&thing))
    return to_string(program.states[static_cast<size_t>(v->state)].type);
  if (const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&thing)) {
    std::string text = std::string(distribution_name((*d)->kind)) + " distribution";
    const auto axes = (*d)->a >= 0 ? e.axes_of(**d) : std::vector<Axis>{};
    return axes.empty() ? text : text + " over " + to_string(Type{Kind::real, axes});
  }
  if (const auto* f = std::get_if<std::shared_ptr<const Function>>(&thing); f && (*f)->parameters) {
    std::string parameters;
    for (const ast::Parameter& parameter : *(*f)->parameters)
      parameters += (parameters.empty() ? "" : ", ") + parameter.name.text;
    return "the function `" + (*f)->name + "(" + parameters + ")`";
  }
  if (const auto* t = std::get_if<std::shared_ptr<const Tuple>>(&thing)) {
    std::string items;
    for (const Thing& item : (*t)->items) items += (items.empty() ? "" : ", ") + words(item);
    return "(" + items + ")";
  }
  if (const auto* m = std::get_if<MemoryRef>(&thing))
    return "a memory of " + std::to_string(program.memories[static_cast<size_t>(m->id)].capacity) + " transitions";
  return e.type_name(thing);
}

void Interactive::Impl::show(const Thing& thing, Span span, const std::string& label, Piece& piece) {
  if (const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&thing)) {
    for (size_t i = 0; i < (*tuple)->items.size(); ++i)
      show((*tuple)->items[i], span, label + "[" + std::to_string(i) + "]", piece);
    return;
  }
  if (const auto* fields = std::get_if<std::shared_ptr<const Fields>>(&thing)) {
    for (const auto& [name, field] : (*fields)->fields) show(field, span, label + "." + name, piece);
    return;
  }
  Shown shown{label, {}, {}, -1};
  if (const auto* number = std::get_if<Number>(&thing); number && !std::isnan(number->value)) {
    shown.number = number->value;
    shown.words = "number";
  } else if (std::get_if<Tensor>(&thing) || std::get_if<VariableRef>(&thing) || std::get_if<Schedule>(&thing) ||
             std::get_if<std::shared_ptr<const List>>(&thing)) {
    const ValueId id = e.tensor(thing, span);
    shown.words = to_string(e.builder_.type(id));
    shown.result = static_cast<int>(e.builder_.block().results.size());
    e.builder_.block().results.push_back(id);
  } else {
    shown.words = words(thing);
  }
  piece.shown.push_back(shown);
}

// --- keeping names ------------------------------------------------------------------------------------------------

ValueId Interactive::Impl::keep_tensor(const std::string& name, ValueId id, Span span) {
  id = e.builder_.current(id);
  const int64_t state = e.builder_.add_state({name, e.builder_.type(id), {}});
  e.builder_.assign(state, id, span);
  return static_cast<ValueId>(state);
}

/// The thing without values of the block that is open: values move to states, closures to the session's scope.
Thing Interactive::Impl::keep(const std::string& name, const Thing& thing, Span span, const ScopePtr& scope) {
  if (const auto* t = std::get_if<Tensor>(&thing)) return VariableRef{keep_tensor(name, t->id, span)};
  if (const auto* l = std::get_if<std::shared_ptr<const List>>(&thing)) {
    List list = **l;
    for (Thing& item : list.items) item = keep(name, item, span, scope);
    return std::make_shared<const List>(std::move(list));
  }
  if (const auto* t = std::get_if<std::shared_ptr<const Tuple>>(&thing)) {
    Tuple tuple = **t;
    for (Thing& item : tuple.items) item = keep(name, item, span, scope);
    return std::make_shared<const Tuple>(std::move(tuple));
  }
  if (const auto* f = std::get_if<std::shared_ptr<const Fields>>(&thing)) {
    Fields fields = **f;
    for (auto& [field, value] : fields.fields) value = keep(name + "." + field, value, span, scope);
    return std::make_shared<const Fields>(std::move(fields));
  }
  if (const auto* f = std::get_if<std::shared_ptr<const Function>>(&thing);
      f && !(*f)->use.member && (*f)->use.offsets.empty()) {
    Function function = **f;
    if (function.scope == scope) function.scope = session;
    return std::make_shared<const Function>(std::move(function));
  }
  if (const auto* s = std::get_if<Schedule>(&thing)) {
    Schedule schedule = *s;
    if (schedule.scope == scope) schedule.scope = session;
    return schedule;
  }
  const bool fleeting = std::get_if<std::shared_ptr<const Distribution>>(&thing) ||
                        std::get_if<std::shared_ptr<const DataRows>>(&thing) ||
                        std::get_if<std::shared_ptr<const ModuleChoice>>(&thing) ||
                        std::get_if<std::shared_ptr<const Mixture>>(&thing) ||
                        std::get_if<std::shared_ptr<const Function>>(&thing);
  if (fleeting)
    e.fail(
        e.error("E0042", span, "`" + name + "` would be " + e.kind_name(thing) + ", which does not outlive its entry")
            .help("write the expression where it is used, or make it a function"));
  return thing;
}

void Interactive::Impl::keep_name(const std::string& name, Span span, Piece& piece, const ScopePtr& scope) {
  const Thing* found = scope->find(name);
  if (!found || std::get_if<Poison>(found)) throw Failed{};
  const Thing thing = *found;
  piece.bound.push_back({name, words(thing)});
  pending.names.emplace_back(name, keep(name, thing, span, scope));
}

// --- entries --------------------------------------------------------------------------------------------------------

void Interactive::Impl::memory(const ast::MemoryDecl& memory, Piece& piece, const ScopePtr& scope) {
  const int64_t capacity = e.steps_of(*memory.capacity, scope, "the capacity of a memory");
  program.memories.push_back({memory.name.text, capacity});
  scope->bind(memory.name.text, MemoryRef{static_cast<int64_t>(program.memories.size() - 1)}, memory.name.span);
  keep_name(memory.name.text, memory.name.span, piece, scope);
  pending.declared.push_back({memory.name.text, &memory, nullptr});
}

void Interactive::Impl::instance(const ast::Instance& instance, Piece& piece, const ScopePtr& scope) {
  std::vector<Setting> settings;
  e.bind_instance(instance, scope, settings);
  const Thing thing = *scope->find(instance.name.text);
  const auto keep_settings = [&](const std::vector<ast::Parameter>& parameters, const ScopePtr& own) {
    for (const ast::Parameter& parameter : parameters)
      if (const Thing* value = own->find(parameter.name.text))
        own->bind(parameter.name.text,
                  keep(instance.name.text + "." + parameter.name.text, *value, instance.value->span, scope),
                  own->place(parameter.name.text));
  };
  if (const auto* module = std::get_if<std::shared_ptr<ModuleInstance>>(&thing))
    keep_settings((*module)->definition->parameters, (*module)->scope);
  if (const auto* planner = std::get_if<std::shared_ptr<PlannerInstance>>(&thing)) {
    keep_settings((*planner)->definition->parameters, (*planner)->scope);
    for (auto& [name, schedule] : (*planner)->schedules)
      if (schedule.scope == scope) schedule.scope = session;
  }
  keep_name(instance.name.text, instance.name.span, piece, scope);
  pending.declared.push_back({instance.name.text, nullptr, &instance});
}

void Interactive::Impl::statements(const ast::Block& block, Piece& piece, const ScopePtr& scope) {
  bool failed = false;
  for (const ast::Statement& statement : block.statements) try {
      if (std::get_if<ast::Loop>(&statement.as))
        e.fail(e.error("E0043", statement.span, "`loop` runs until the steps of a run are done; a prompt has none")
                   .help("write `repeat 1000 { ... }`"));
      e.statement(statement, scope);
    } catch (const Failed&) {
      failed = true;
    }
  if (failed) throw Failed{};
  std::vector<const ast::Name*> names;
  for (const ast::Statement& statement : block.statements)
    if (const auto* let = std::get_if<ast::Let>(&statement.as)) {
      for (const ast::Name& name : let->binding.names) {
        std::erase_if(names, [&](const ast::Name* earlier) { return earlier->text == name.text; });
        names.push_back(&name);
      }
      for (const ast::Axis& axis : let->binding.axes)
        if (const auto size = scope->axis(axis.name.text)) pending.axes.push_back({axis.name.text, *size});
    }
  for (const ast::Name* name : names) keep_name(name->text, name->span, piece, scope);
}

// --- the door -------------------------------------------------------------------------------------------------------

Interactive::Interactive(const SourceMap& sources, const Library& library, Diagnostics& diagnostics)
    : sources_(sources), library_(library), diagnostics_(diagnostics), impl_(make()) {
  impl_->e.stand_in_robot();
  impl_->open_session();
}

Interactive::~Interactive() = default;

std::unique_ptr<Interactive::Impl> Interactive::make() const {
  return std::make_unique<Impl>(sources_, library_, diagnostics_);
}

const Program& Interactive::program() const {
  return impl_->program;
}
bool Interactive::has_robot() const {
  return impl_->robot;
}

std::optional<Piece> Interactive::expression(const ast::Expr& expr, bool remember) {
  Impl& impl = *impl_;
  return impl.guarded([&](Piece& piece, const ScopePtr& scope) {
    const Thing thing = impl.e.evaluate(expr, scope);
    impl.show(thing, expr.span, "", piece);
    if (!remember || piece.shown.size() != 1 || !(piece.shown[0].result >= 0 || piece.shown[0].number)) return;
    Thing it = thing;
    if (piece.shown[0].result >= 0) it = Tensor{impl.e.builder_.block().results[0]};
    scope->bind("it", it, expr.span);
    impl.keep_name("it", expr.span, piece, scope);
  });
}

std::optional<Piece> Interactive::entry(const ReplEntry& entry) {
  Impl& impl = *impl_;
  return impl.guarded([&](Piece& piece, const ScopePtr& scope) {
    for (const ast::MemoryDecl& memory : entry.memories) impl.memory(memory, piece, scope);
    for (const ast::Instance& instance : entry.instances) impl.instance(instance, piece, scope);
    impl.statements(entry.statements, piece, scope);
  });
}

std::optional<Piece> Interactive::declarations(const ast::Algorithm& algorithm) {
  Impl& impl = *impl_;
  return impl.guarded([&](Piece& piece, const ScopePtr& scope) {
    for (const ast::Parameter& parameter : algorithm.parameters) {
      if (!parameter.default_value) continue;
      scope->bind(parameter.name.text, impl.e.evaluate(*parameter.default_value, scope), parameter.span);
      impl.keep_name(parameter.name.text, parameter.span, piece, scope);
    }
    for (const ast::MemoryDecl& memory : algorithm.memories) impl.memory(memory, piece, scope);
    for (const ast::Instance& instance : algorithm.instances) impl.instance(instance, piece, scope);
  });
}

std::optional<ActorPiece> Interactive::actor(const ast::Expr& expr) {
  Impl& impl = *impl_;
  // What the expression is decides how it acts; this first look leaves nothing behind.
  bool instance = false, tensor = false;
  const auto look = impl.guarded([&](Piece&, const ScopePtr& scope) {
    const Thing thing = impl.e.evaluate(expr, scope);
    instance =
        std::get_if<std::shared_ptr<PlannerInstance>>(&thing) || std::get_if<std::shared_ptr<ModuleInstance>>(&thing);
    tensor = !instance && !std::get_if<std::shared_ptr<const Function>>(&thing) &&
             !std::get_if<std::shared_ptr<const Distribution>>(&thing);
  });
  if (!look) return std::nullopt;
  ActorPiece actor;
  const Axis action{"action", impl.program.robot.action};
  if (tensor) {
    const auto piece = impl.guarded([&](Piece&, const ScopePtr& scope) {
      const ValueId value = impl.e.as_vector(impl.e.tensor(expr, scope), action, expr.span, "an action");
      impl.e.builder_.block().results = {impl.e.fit_action(value, {action}, expr.span)};
    });
    if (!piece) return std::nullopt;
    actor.act = piece->block;
    return actor;
  }
  // `plan` and `agent` alone stand for what they do when they are not exploring.
  ast::Expr field;
  if (instance) {
    field.kind = ast::ExprKind::field;
    field.span = field.text_span = expr.span;
    field.text = "act";
    auto base = std::make_unique<ast::Expr>();
    base->kind = ast::ExprKind::name;
    base->span = base->text_span = expr.span;
    base->text = expr.text;
    field.children.push_back(std::move(base));
  }
  const auto piece = impl.guarded([&](Piece&, const ScopePtr& scope) {
    std::vector<Block> blocks = impl.e.actor_blocks(instance ? field : expr, {}, scope);
    actor.begin = std::move(blocks.at(0));
    actor.act = std::move(blocks.at(1));
  });
  if (!piece || !impl.known(actor.act)) return std::nullopt;
  // What the expression itself needs, such as the limits of the action, is computed with each of them.
  for (Block* block : {&actor.begin, &actor.act})
    block->nodes.insert(block->nodes.begin(), piece->block.nodes.begin(), piece->block.nodes.end());
  return actor;
}

void Interactive::commit() {
  Impl& impl = *impl_;
  Pending pending = std::move(impl.pending);
  impl.pending = {};
  for (auto& entered : pending.names) {
    const std::string& name = entered.first;
    std::erase(impl.order, name);
    std::erase_if(impl.declared, [&](const Declared& d) { return d.name == name; });
    impl.order.push_back(name);
    impl.session->bind(name, std::move(entered.second));
  }
  for (const Axis& axis : pending.axes) impl.session->bind_axis(axis);
  impl.declared.insert(impl.declared.end(), pending.declared.begin(), pending.declared.end());
}

void Interactive::discard() {
  impl_->pending = {};
}

Block Interactive::holder(const std::string& name, const Type& type) {
  Impl& impl = *impl_;
  const Thing* old = impl.session->find(name);
  const auto* variable = old ? std::get_if<VariableRef>(old) : nullptr;
  int64_t state = variable ? variable->state : -1;
  if (state < 0 || impl.program.states[static_cast<size_t>(state)].type != type) {
    state = impl.e.builder_.add_state({name, type, {}});
    impl.pending = {};
    impl.pending.names.emplace_back(name, VariableRef{state});
    commit();
  }
  OpenBlock open(impl.e.builder_);
  const ValueId value = impl.e.builder_.parameter(type, name);
  impl.e.builder_.assign(state, value, {});
  return open.close();
}

std::optional<Piece> Interactive::renew(const std::vector<std::string>& definitions, std::vector<std::string>& older) {
  Impl& impl = *impl_;
  const std::vector<Declared> declared = impl.declared;
  return impl.guarded([&](Piece& piece, const ScopePtr& scope) {
    for (const Declared& one : declared) {
      if (!one.instance || one.instance->value->kind != ast::ExprKind::call) continue;
      const std::string& definition = one.instance->value->children[0]->text;
      if (std::find(definitions.begin(), definitions.end(), definition) == definitions.end()) continue;
      if (one.instance->kind == ast::InstanceKind::planner)
        impl.instance(*one.instance, piece, scope);
      else
        older.push_back(one.name);
    }
  });
}

std::optional<std::vector<std::string>> Interactive::choose_robot(const RobotChoice& robot) {
  const size_t before = diagnostics_.errors();
  std::unique_ptr<Impl> fresh = make();
  std::vector<Setting> none;
  fresh->e.robot(*robot.item, robot.facts ? &*robot.facts : nullptr, robot.mjcf, none);
  if (diagnostics_.errors() != before) return std::nullopt;
  fresh->robot = true;
  fresh->open_session();
  previous_ = std::move(impl_);
  impl_ = std::move(fresh);
  const Impl* old = previous_.get();
  Impl& impl = *impl_;
  std::vector<std::string> lost;
  for (const std::string& name : old->order) {
    const Thing thing = *old->session->find(name);
    const auto declared =
        std::find_if(old->declared.begin(), old->declared.end(), [&](const Declared& d) { return d.name == name; });
    bool made = false;
    if (declared != old->declared.end()) {
      const auto piece = impl.guarded([&](Piece& piece, const ScopePtr& scope) {
        if (declared->memory) impl.memory(*declared->memory, piece, scope);
        if (declared->instance) impl.instance(*declared->instance, piece, scope);
      });
      // Settings that are values belong to the robot before.
      made = piece && std::none_of(piece->block.nodes.begin(), piece->block.nodes.end(),
                                   [](const Node& node) { return node.op == Op::assign; });
    } else if (const auto* f = std::get_if<std::shared_ptr<const Function>>(&thing);
               f && !(*f)->owner && !(*f)->planner) {
      Function function = **f;
      function.scope = impl.session;
      impl.pending = {};
      impl.pending.names.emplace_back(name, std::make_shared<const Function>(function));
      made = true;
    } else if (std::get_if<Number>(&thing)) {
      impl.pending = {};
      impl.pending.names.emplace_back(name, thing);
      made = true;
    }
    if (made)
      commit();
    else if (name != "it" && name != "state")
      lost.push_back(name);
  }
  return lost;
}

std::vector<BoundName> Interactive::names() const {
  std::vector<BoundName> names;
  for (const std::string& name : impl_->order) names.push_back({name, words_of(name)});
  return names;
}

std::string Interactive::words_of(const std::string& name) const {
  if (std::find(impl_->order.begin(), impl_->order.end(), name) == impl_->order.end()) return {};
  return impl_->words(*impl_->session->find(name));
}

std::vector<Axis> Interactive::axes() const {
  std::vector<std::string> names;
  impl_->session->all_axes(names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<Axis> axes;
  for (const std::string& name : names) axes.push_back({name, *impl_->session->axis(name)});
  return axes;
}

std::vector<std::string> Interactive::members(const std::string& name) const {
  std::vector<std::string> members;
  const Thing* thing = impl_->session->find(name);
  if (!thing) return members;
  if (const auto* module = std::get_if<std::shared_ptr<ModuleInstance>>(thing)) {
    for (const auto& [method, definition] : (*module)->methods)
      if (method != "update" && method != "fit") members.push_back(method);
    for (const auto& [net, made] : (*module)->nets) members.push_back(net);
    for (const auto& [variable, state] : (*module)->variables) members.push_back(variable);
  }
  if (std::get_if<std::shared_ptr<PlannerInstance>>(thing)) members = {"act", "explore"};
  if (std::get_if<RobotRef>(thing) && impl_->e.robot_)
    for (const ast::Method* method : impl_->e.robot_->methods) members.push_back(method->name.text);
  return members;
}

}  // namespace duet
