#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "compiler/elaborate/elaborator.h"
#include "compiler/symbolic/derivative.h"
#include "compiler/symbolic/evaluate.h"
#include "compiler/symbolic/inverse.h"
#include "compiler/symbolic/monotone.h"
#include "compiler/symbolic/normal_form.h"

/// Potentials: from the nodes that a definition gives to terms, which are differentiated, inverted and checked.
namespace duet {

namespace {

using symbolic::TermPtr;

void collect_givens(const TermPtr& term, std::vector<ValueId>& all) {
  if (!term) return;
  const auto id = static_cast<ValueId>(term->given);
  if (term->form == symbolic::Form::given && std::find(all.begin(), all.end(), id) == all.end()) all.push_back(id);
  collect_givens(term->a, all);
  collect_givens(term->b, all);
}

struct NotSeparable {
  Span span;
  std::string why;
};

/// Reads the term of a potential off the nodes that compute it. A sum over axes of theta is read as what is summed:
/// theta's elements go their own ways, and each is in one summand. Once something is summed, it may only be added to
/// its like and be multiplied with what has no axes but its own, so that every element keeps its weight.
class PotentialReader {
 public:
  PotentialReader(const Program& program, const std::vector<Node>& nodes, size_t begin, ValueId x)
      : program_(program), x_(x) {
    for (size_t i = begin; i < nodes.size(); ++i) {
      for (const ValueId id : nodes[i].results) made_[id] = &nodes[i];
      if (std::any_of(nodes[i].inputs.begin(), nodes[i].inputs.end(), [&](ValueId id) { return moves(id); }))
        moving_.insert(nodes[i].results.begin(), nodes[i].results.end());
    }
  }

  void name(ValueId id, const std::string& name) { names_.emplace(id, name); }

  TermPtr read(ValueId id) {
    if (id == x_) return symbolic::variable();
    const auto it = made_.find(id);
    const Node* node = it == made_.end() ? nullptr : it->second;
    if (node && node->op == Op::constant) return symbolic::number(node->real("value"));
    if (!node || (!moves(id) && !is_arithmetic(*node))) return symbolic::given(id, name_of(id));
    switch (node->op) {
      case Op::expand:
      case Op::cast:
        return read(node->inputs[0]);
      case Op::sum:
        read(node->inputs[0]);
        summed_.insert(id);
        return read(node->inputs[0]);
      default:
        break;
    }
    if (!is_arithmetic(*node))
      throw NotSeparable{node->span, "`" + std::string(info(node->op).name) + "` of theta is no sum over its elements"};
    return arithmetic(*node, id);
  }

 private:
  bool moves(ValueId id) const { return id == x_ || moving_.count(id) > 0; }
  static bool is_arithmetic(const Node& node) {
    const OpGroup group = info(node.op).group;
    return (group == OpGroup::unary || group == OpGroup::binary) && symbolic::has_meaning(node.op);
  }
  std::string name_of(ValueId id) const {
    if (const auto it = names_.find(id); it != names_.end()) return it->second;
    const std::string& name = program_.values[static_cast<size_t>(id)].name;
    return name.empty() ? "c" + std::to_string(id) : name;
  }

  TermPtr arithmetic(const Node& node, ValueId id) {
    std::vector<TermPtr> parts;
    for (const ValueId input : node.inputs) parts.push_back(read(input));
    if (moves(id)) check_axes(node, id);
    return parts.size() == 1 ? symbolic::unary(node.op, parts[0]) : symbolic::binary(node.op, parts[0], parts[1]);
  }

  /// An element of theta must not be counted several times, and a sum be used only where it stays a sum.
  void check_axes(const Node& node, ValueId id) {
    const auto is_sum = [&](ValueId input) { return summed_.count(input) > 0; };
    const bool sums = std::any_of(node.inputs.begin(), node.inputs.end(), is_sum);
    for (const ValueId input : node.inputs)
      if (moves(input) && program_.type(input).axes.size() != program_.type(id).axes.size())
        throw NotSeparable{node.span, "elements of theta meet an axis that they do not have"};
    if (!sums) return;
    const bool linear = node.op == Op::neg || node.op == Op::add || node.op == Op::sub ||
                        (node.op == Op::mul && moves(node.inputs[0]) != moves(node.inputs[1])) ||
                        (node.op == Op::div && !moves(node.inputs[1]));
    if (!linear) throw NotSeparable{node.span, "this is no sum over the elements of theta"};
    for (const ValueId input : node.inputs)
      if (moves(input) && !is_sum(input)) throw NotSeparable{node.span, "a sum over theta meets single elements"};
    summed_.insert(id);
  }

  const Program& program_;
  ValueId x_;
  std::unordered_map<ValueId, const Node*> made_;
  std::unordered_set<ValueId> moving_, summed_;
  std::unordered_map<ValueId, std::string> names_;
};

std::string shown(double value) {
  return symbolic::to_string(symbolic::number(value));
}

}  // namespace

std::vector<ValueId> givens(const TermPtr& term) {
  std::vector<ValueId> all;
  collect_givens(term, all);
  return all;
}

Potential Elaborator::potential_of(const ast::Expr& call, const ast::Function& definition, ValueId theta,
                                   const ScopePtr& scope) {
  const std::string& name = definition.method.name.text;
  const Span span = call.span;
  const auto& parameters = definition.method.parameters;
  if (parameters.empty() || parameters[0].keyword)
    fail(error("E0450", definition.method.span, "a potential has theta as its first parameter")
             .help("for example `potential " + name + "(x; scale = 1) = ...`"));
  CallArguments args;
  if (call.kind == ast::ExprKind::call) args = arguments(call, scope);
  if (!args.positional.empty())
    fail(error("E0450", args.positional[0].span, "a potential is given its other parameters by name")
             .help("what it moves stands behind `on`"));
  // A value of its own, so that what the other parameters have to do with theta does not matter.
  const ValueId x = builder_.unary(Op::stop, theta, span);
  args.positional.push_back({Tensor{x}, span});
  const size_t begin = builder_.block().nodes.size();
  const Function function = *function_of(definition.method, name, top_);
  const ValueId value = tensor(call_function(function, args, span), span);
  PotentialReader reader(program_, builder_.block().nodes, begin, x);
  for (const auto& [parameter, meaning] : args.named)
    if (const auto* t = std::get_if<Tensor>(&meaning.thing)) reader.name(builder_.current(t->id), parameter.text);
  Potential potential;
  potential.name = name;
  try {
    const TermPtr term = reader.read(value);
    potential.domain = symbolic::domain_of(term);
    const TermPtr slope = symbolic::as_term(symbolic::as_sum(symbolic::derivative(term)));
    potential.slope = slope;
    potential.curvature = symbolic::derivative(slope);
  } catch (const NotSeparable& reason) {
    fail(error("E0450", reason.span, reason.why)
             .label(span, "used as a potential here")
             .help("write the potential element by element, as in `potential " + name + "(x) = x^2 / 2`"));
  }
  check_potential(potential, span);
  const std::string inverse = potential.inverse ? symbolic::to_string(potential.inverse, "y") : "found by iteration";
  typed_.emplace_back(span, name + ": potential on " + symbolic::to_string(potential.domain) + ", slope " +
                                symbolic::to_string(potential.slope) + ", inverse " + inverse);
  return potential;
}

namespace {

/// Numbers for what a potential was given: element by element where all of it is known now, else attempts.
struct Assignments {
  std::vector<symbolic::Values> all;
  bool known = true;
};

constexpr double kAttempts[] = {1, -1, 0.5, 2, -0.5, 0.25, 4, -2};

Assignments attempts(const std::vector<ValueId>& ids) {
  Assignments result{{}, false};
  constexpr size_t kMost = 64;
  for (size_t i = 0; i < kMost; ++i) {
    symbolic::Values values;
    size_t rest = i;
    for (const ValueId id : ids) {
      values[id] = kAttempts[rest % std::size(kAttempts)];
      rest /= std::size(kAttempts);
    }
    result.all.push_back(values);
    if (ids.empty()) break;
  }
  return result;
}

std::string spelled(const symbolic::Values& values, const TermPtr& slope) {
  std::string text;
  const std::function<void(const TermPtr&)> visit = [&](const TermPtr& term) {
    if (!term) return;
    const std::string entry = term->name + " = " + (values.count(term->given) ? shown(values.at(term->given)) : "?");
    if (term->form == symbolic::Form::given && text.find(entry) == std::string::npos)
      text += (text.empty() ? " with " : ", ") + entry;
    visit(term->a);
    visit(term->b);
  };
  visit(slope);
  return text;
}

bool has_unknown_number(const TermPtr& term) {
  if (!term) return false;
  return (symbolic::is_number(term) && std::isnan(term->number)) || has_unknown_number(term->a) ||
         has_unknown_number(term->b);
}

}  // namespace

/// By evaluation: the slope must grow everywhere (strict convexity) and without bounds (so that every step has a
/// solution). Where parameters are known only while running, some of the values that are tried must do.
void Elaborator::check_potential(Potential& potential, Span span) {
  std::vector<ValueId> ids = givens(potential.slope);
  for (const TermPtr& end : {potential.domain.low, potential.domain.high})
    for (const ValueId id : givens(end))
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  Assignments tried{{}, true};
  size_t count = 1;
  std::map<ValueId, std::vector<double>> known;
  for (const ValueId id : ids) {
    const auto elements = known_elements(id);
    tried.known = tried.known && elements && !elements->empty();
    if (elements) count = std::max(count, (known[id] = *elements).size());
  }
  if (tried.known)
    for (size_t i = 0; i < count; ++i) {
      symbolic::Values values;
      for (const ValueId id : ids) values[id] = known[id][i % known[id].size()];
      tried.all.push_back(values);
    }
  else
    tried = attempts(ids);
  if (has_unknown_number(potential.slope)) return;

  struct Verdict {
    std::string code, message, note;
  };
  std::optional<Verdict> worst;
  const symbolic::Values* good = nullptr;
  for (const symbolic::Values& values : tried.all) {
    const symbolic::Ends ends = symbolic::evaluate(potential.domain, values);
    const std::string given = spelled(values, potential.slope);
    std::optional<Verdict> verdict;
    if (!(ends.low < ends.high)) {
      verdict = {"E0452", "the domain of `" + potential.name + "` is empty",
                 "it is " + symbolic::to_string(potential.domain) + given};
    } else if (const auto found = symbolic::falls(potential.slope, ends, values)) {
      const std::string x = shown(found->b);
      verdict = {"E0451", "`" + potential.name + "` is not strictly convex",
                 std::isfinite(found->at_b)
                     ? "its slope " + symbolic::to_string(potential.slope) +
                           " does not grow from x = " + shown(found->a) + " to x = " + x + ": it is " +
                           shown(found->at_a) + ", then " + shown(found->at_b) + given
                     : "its slope " + symbolic::to_string(potential.slope) + " is no number at x = " + x + given};
    } else {
      const symbolic::Ends range = symbolic::range_of(potential.slope, ends, values);
      if (std::isfinite(range.low) || std::isfinite(range.high))
        verdict = {
            "E0453", "the slope of `" + potential.name + "` has a bound, so that a step may have no solution",
            "its slope " + symbolic::to_string(potential.slope) +
                (std::isfinite(range.low) ? " stays above " + shown(range.low) : " stays below " + shown(range.high)) +
                given};
    }
    if (!verdict) {
      good = &values;
      if (!tried.known) break;
      continue;
    }
    if (!worst || worst->code == "E0452") worst = verdict;
    if (tried.known) break;
  }
  if (worst && (tried.known || !good)) fail(error(worst->code, span, worst->message).note(worst->note));

  const std::vector<TermPtr> candidates = symbolic::inverse_candidates(potential.slope);
  for (const TermPtr& candidate : candidates)
    if (symbolic::inverts(candidate, potential.slope, symbolic::evaluate(potential.domain, *good), *good)) {
      potential.inverse = candidate;
      break;
    }
}

/// The elements of a value of the innermost block that is made of constants: one number, or a vector.
std::optional<std::vector<double>> Elaborator::known_elements(ValueId id) {
  const auto& nodes = builder_.block().nodes;
  const auto it = std::find_if(nodes.rbegin(), nodes.rend(), [&](const Node& node) {
    return std::find(node.results.begin(), node.results.end(), id) != node.results.end();
  });
  if (it == nodes.rend()) return std::nullopt;
  const Node& node = *it;
  const Type& type = builder_.type(id);
  if (node.op == Op::constant) return std::vector<double>{node.real("value")};
  if (node.op == Op::values) return node.reals("values");
  if (node.op == Op::rename || node.op == Op::cast || node.op == Op::stop) return known_elements(node.inputs[0]);
  if (node.op == Op::expand) {
    auto known = known_elements(node.inputs[0]);
    // Repeated rows say nothing new.
    const bool whole = known && (known->size() == 1 || (builder_.type(node.inputs[0]).axes.size() == 1));
    return whole ? known : std::nullopt;
  }
  const OpGroup group = info(node.op).group;
  if ((group != OpGroup::unary && group != OpGroup::binary) || !symbolic::has_meaning(node.op) || type.axes.size() > 1)
    return std::nullopt;
  std::vector<std::vector<double>> inputs;
  size_t count = 1;
  for (const ValueId input : node.inputs) {
    const auto known = known_elements(input);
    if (!known || known->empty()) return std::nullopt;
    count = std::max(count, inputs.emplace_back(*known).size());
  }
  std::vector<double> result;
  for (size_t i = 0; i < count; ++i) {
    const double a = inputs[0][i % inputs[0].size()];
    if (inputs.size() == 1)
      result.push_back(node.op == Op::square ? a * a : symbolic::apply(node.op, a));
    else
      result.push_back(symbolic::apply(node.op, a, inputs[1][i % inputs[1].size()]));
  }
  return result;
}

}  // namespace duet
