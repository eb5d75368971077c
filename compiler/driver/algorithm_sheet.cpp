#include "compiler/driver/algorithm_sheet.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "compiler/driver/header_comment.h"
#include "compiler/driver/script.h"

namespace duet {

namespace {

using ast::Expr;
using ast::ExprKind;

/// Visits an expression and all in it, outer ones first, until `visit` returns false for one.
bool walk(const Expr& expr, const std::function<bool(const Expr&)>& visit) {
  if (!visit(expr)) return false;
  const auto inner = [&](const ast::ExprPtr& part) { return !part || walk(*part, visit); };
  for (const auto& child : expr.children)
    if (!inner(child)) return false;
  for (const ast::Argument& argument : expr.arguments)
    if (!inner(argument.value)) return false;
  for (const ast::Binding& binding : expr.bindings)
    if (!inner(binding.value)) return false;
  return true;
}

/// The name of what is called: `kl` of `kl(m, v; u, w)`, `coloured` of `coloured[H](m, v)`; empty for anything else.
std::string callee(const Expr& expr) {
  if (expr.kind == ExprKind::where) return callee(*expr.children[0]);
  if (expr.kind != ExprKind::call) return "";
  const Expr* function = expr.children[0].get();
  while (function->kind == ExprKind::index) function = function->children[0].get();
  return function->kind == ExprKind::name ? function->text : "";
}

/// The name that `world.step`, `world[k].step` and the like begin with.
std::string base_name(const Expr& expr) {
  const Expr* at = &expr;
  while (at->kind == ExprKind::field || at->kind == ExprKind::index || at->kind == ExprKind::call)
    at = at->children[0].get();
  return at->kind == ExprKind::name ? at->text : "";
}

void add(std::string& list, const std::string& word, const char* between = ", ") {
  if (!word.empty()) list += (list.empty() ? "" : between) + word;
}

/// Reads one planner of an algorithm.
class PlannerReader {
 public:
  /// `things`: what the parameters of the planner stand for, "world" -> "ensemble".
  PlannerReader(std::map<std::string, std::string> things, std::map<std::string, std::string> learners,
                const Context& context)
      : things_(std::move(things)), learners_(std::move(learners)), context_(context) {}

  PlannerChoices read(const ast::Planner& planner) {
    choices_.name = planner.name.text;
    for (const ast::PlannerClause& clause : planner.clauses)
      std::visit([this](const auto& as) { this->clause(as); }, clause.as);
    return std::move(choices_);
  }

 private:
  std::string text(const Expr& expr) const {
    std::string line;
    for (const char c : context_.sources.text(expr.span))
      if (c != '\n' && (c != ' ' || (!line.empty() && line.back() != ' '))) line += c;
    return line;
  }
  /// What is called, or all of it where nothing is.
  std::string words(const Expr& expr) const {
    const std::string name = callee(expr);
    return name.empty() ? text(expr) : name;
  }

  void clause(const ast::Draw& draw) {
    std::string from = words(*draw.distribution);
    if (draw.within) from += " within " + draw.within->text;
    for (const auto& more : draw.more) from += " + " + words(*more);
    add(choices_.distribution, from, "; ");
  }
  void clause(const ast::Weigh& weigh) { add(choices_.utility, words(*weigh.binding.value)); }
  void clause(const ast::Mirror& mirror) {
    std::string map = words(*mirror.call);
    if (mirror.on) {
      map = "potential " + map;
      if (mirror.on->direction == ast::Direction::score) map += ", score";
      if (mirror.on->direction == ast::Direction::pathwise) map += ", pathwise";
      if (mirror.on->within) map += ", within " + words(*mirror.on->within);
    }
    const ast::ExprPtr& step = mirror.on ? mirror.on->size : mirror.step;
    add(choices_.mirror, map + (step ? " step " + text(*step) : ""));
  }
  void clause(const ast::Shift& shift) {
    for (const ast::Binding& binding : shift.bindings)
      add(choices_.shift, binding.names[0].text + (binding.draws ? " ~ " : " = ") + shift_of(*binding.value));
  }
  std::string shift_of(const Expr& value) const {
    if (value.kind == ExprKind::along) return text(*value.children[0]) + " along " + base_name(*value.children[1]);
    return words(value);
  }
  void clause(const ast::RolloutClause& clause) { rollout(clause.rollout); }
  void clause(const ast::RecordRollout& clause) { rollout(clause.rollout); }
  void rollout(const ast::Rollout& rollout) {
    for (const auto& step : rollout.steps)
      if (const auto* binding = std::get_if<ast::Binding>(&step))
        walk(*binding->value, [this](const Expr& expr) { return !steps_something(expr); });
  }
  /// True if it is `THING.step(...)`, whose thing is then what is rolled out.
  bool steps_something(const Expr& expr) {
    if (expr.kind != ExprKind::call || expr.children[0]->kind != ExprKind::field || expr.children[0]->text != "step")
      return false;
    const auto thing = things_.find(base_name(*expr.children[0]));
    if (thing == things_.end()) return false;
    if (choices_.model.find(thing->second) == std::string::npos) add(choices_.model, thing->second);
    return true;
  }
  void clause(const ast::Score& score) {
    walk(*score.binding.value, [this](const Expr& expr) {
      const bool asks = expr.kind == ExprKind::call && expr.children[0]->kind == ExprKind::field;
      const auto learner = asks ? learners_.find(base_name(*expr.children[0])) : learners_.end();
      if (learner == learners_.end()) return true;
      choices_.terminal = learner->second + "." + expr.children[0]->text;
      return false;
    });
  }
  template <typename Other>
  void clause(const Other&) {}

  std::map<std::string, std::string> things_, learners_;
  const Context& context_;
  PlannerChoices choices_;
};

class AlgorithmReader {
 public:
  AlgorithmReader(const ast::Algorithm& algorithm, const Library& library, const Context& context)
      : algorithm_(algorithm), library_(library), context_(context) {}

  void read(AlgorithmSheet& sheet) {
    if (!algorithm_.parameters.empty()) made_[algorithm_.parameters[0].name.text] = "the simulator";
    for (const ast::Instance& instance : algorithm_.instances) {
      const std::string definition = callee(*instance.value);
      made_[instance.name.text] = definition;
      if (instance.kind == ast::InstanceKind::learner) {
        sheet.learners.push_back(definition);
        learners_.insert(instance.name.text);
      }
      if (instance.kind == ast::InstanceKind::model) sheet.models.push_back(definition);
      const ast::Item* item = library_.find(definition);
      const auto* planner = item ? std::get_if<ast::Planner>(&item->as) : nullptr;
      if (planner) sheet.planners.push_back(choices_of(*planner, *instance.value));
    }
    actors_of(algorithm_.body, sheet.actors);
  }

 private:
  PlannerChoices choices_of(const ast::Planner& planner, const Expr& call) const {
    std::map<std::string, std::string> things, learners;
    size_t position = 0;
    for (const ast::Argument& argument : call.arguments) {
      const bool positional = argument.kind == ast::Argument::Kind::positional;
      const std::string parameter = !positional                            ? argument.name.text
                                    : position < planner.parameters.size() ? planner.parameters[position].name.text
                                                                           : "";
      position += positional ? 1 : 0;
      if (argument.value->kind != ExprKind::name) continue;
      const std::string& given = argument.value->text;
      if (const auto it = made_.find(given); it != made_.end()) things[parameter] = it->second;
      if (learners_.count(given)) learners[parameter] = made_.at(given);
    }
    return PlannerReader(std::move(things), std::move(learners), context_).read(planner);
  }

  void actors_of(const ast::Block& block, std::vector<std::string>& actors) const {
    for (const ast::Statement& statement : block.statements) {
      if (const auto* interact = std::get_if<ast::Interact>(&statement.as)) {
        const std::string actor(context_.sources.text(interact->actor->span));
        if (std::find(actors.begin(), actors.end(), actor) == actors.end()) actors.push_back(actor);
      }
      std::visit(
          [&](const auto& as) {
            if constexpr (requires { as.body.statements; }) actors_of(as.body, actors);
          },
          statement.as);
    }
  }

  const ast::Algorithm& algorithm_;
  const Library& library_;
  const Context& context_;
  std::map<std::string, std::string> made_;  // instances, and the robot
  std::set<std::string> learners_;
};

}  // namespace

std::vector<AlgorithmSheet> algorithm_sheets(const std::string& path, Context& context) {
  Library library(context.sources, context.places.search);
  const ast::File* file = load_file(library, path, context);
  std::vector<AlgorithmSheet> sheets;
  if (!file) return sheets;
  for (const ast::Item& item : file->items) {
    const auto* algorithm = std::get_if<ast::Algorithm>(&item.as);
    if (!algorithm) continue;
    AlgorithmSheet sheet{algorithm->name.text,
                         std::filesystem::path(path).filename().string(),
                         first_sentence(documentation_of(item, *file)),
                         {},
                         {},
                         {},
                         {}};
    AlgorithmReader(*algorithm, library, context).read(sheet);
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

}  // namespace duet
