#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "compiler/elaborate/elaborator.h"

/// The part of a script that a loss depends on may be written before `minimize`, in `let`s. Gradients must reach the
/// parameters through it, so the nodes between the parameters and the loss are copied into the block of the loss.
/// `gradient[m](J)` works alike: the nodes between m and J are copied into its block.
namespace duet {

namespace {

using Values = std::unordered_set<ValueId>;

void visit(const Block& block, const std::function<void(const Node&)>& f) {
  for (const Node& node : block.nodes) {
    f(node);
    for (const Block& inner : node.blocks) visit(inner, f);
  }
}

bool reads(const Node& node, const std::set<int64_t>& states) {
  return node.op == Op::load && states.count(node.integer("state")) > 0;
}

/// The states a node changes.
std::vector<int64_t> changes(const Node& node) {
  if (node.op == Op::assign) return {node.integer("state")};
  if (node.op == Op::minimize) return node.integers("parameters");
  if (node.op == Op::track) return node.integers("slow");
  return {};
}

bool touches(const Node& node, const Values& values, const std::set<int64_t>& states) {
  const auto direct = [&](const Node& n) {
    return reads(n, states) ||
           std::any_of(n.inputs.begin(), n.inputs.end(), [&](ValueId id) { return values.count(id) > 0; });
  };
  if (node.op == Op::stop || node.op == Op::play) return false;
  if (direct(node)) return true;
  bool inside = false;
  for (const Block& block : node.blocks) visit(block, [&](const Node& n) { inside = inside || direct(n); });
  return inside;
}

/// Values of `nodes` through which the states in `states` act, given those of the enclosing blocks.
Values dependents(const std::vector<Node>& nodes, const std::set<int64_t>& states, Values found = {}) {
  for (const Node& node : nodes) {
    if (node.op == Op::minimize) {
      // What an earlier step exported may depend on the parameters, but is from before that step.
      const Block& loss = node.blocks[0];
      const Values inside = dependents(loss.nodes, states, found);
      for (size_t i = 1; i < node.results.size(); ++i)
        if (inside.count(loss.results[i])) found.insert(node.results[i]);
    } else if (touches(node, found, states)) {
      found.insert(node.results.begin(), node.results.end());
    }
  }
  return found;
}

Values uses(const Block& block) {
  Values used(block.results.begin(), block.results.end());
  visit(block, [&](const Node& node) {
    used.insert(node.inputs.begin(), node.inputs.end());
    for (const Block& inner : node.blocks) used.insert(inner.results.begin(), inner.results.end());
  });
  return used;
}

/// What the results of `block` depend on other than through `stop`.
Values differentiable_uses(const Block& block) {
  Values live(block.results.begin(), block.results.end());
  for (auto node = block.nodes.rbegin(); node != block.nodes.rend(); ++node) {
    const bool is_live =
        std::any_of(node->results.begin(), node->results.end(), [&](ValueId id) { return live.count(id) > 0; });
    if (!is_live || node->op == Op::stop || node->op == Op::play) continue;
    live.insert(node->inputs.begin(), node->inputs.end());
    for (const Block& inner : node->blocks) {
      const Values used = uses(inner);
      live.insert(used.begin(), used.end());
    }
  }
  return live;
}

class Copier {
 public:
  explicit Copier(Program& program) : program_(program) {}

  Node copy(const Node& node) {
    Node copy = node;
    rewire(copy);
    for (ValueId& id : copy.results) id = fresh(id);
    return copy;
  }

  /// Replaces uses of copied values, recursively.
  void rewire(Block& block) {
    for (Node& node : block.nodes) rewire(node);
    for (ValueId& id : block.results) id = mapped(id);
  }

  void map(ValueId old, ValueId now) { map_[old] = now; }
  ValueId mapped(ValueId id) const {
    const auto it = map_.find(id);
    return it == map_.end() ? id : it->second;
  }

 private:
  void rewire(Node& node) {
    for (ValueId& id : node.inputs) id = mapped(id);
    for (Block& block : node.blocks) {
      // Values defined inside are renewed too, so that every value has one definition.
      for (ValueId& id : block.parameters) id = fresh_inside(id);
      for (Node& inner : block.nodes) {
        rewire(inner);
        if (renew_)
          for (ValueId& id : inner.results) id = fresh(id);
      }
      for (ValueId& id : block.results) id = mapped(id);
    }
  }

  ValueId fresh(ValueId id) {
    program_.values.push_back(Value(program_.values[static_cast<size_t>(id)]));
    return map_[id] = static_cast<ValueId>(program_.values.size() - 1);
  }
  ValueId fresh_inside(ValueId id) { return renew_ ? fresh(id) : id; }

 public:
  bool renew_ =
      true;  // whether blocks inside rewired nodes get values of their own (copies do, the loss itself does not)

 private:
  Program& program_;
  std::unordered_map<ValueId, ValueId> map_;
};

}  // namespace

void Elaborator::copy_dependents(Block& loss, const std::set<int64_t>& parameters, std::vector<ValueId>& exported,
                                 Span span) {
  const std::vector<Node>& before = builder_.block().nodes;
  const Values moving = dependents(before, parameters);
  Values needed;
  for (const ValueId id : differentiable_uses(loss))
    if (moving.count(id)) needed.insert(id);

  std::vector<const Node*> nodes;
  for (auto node = before.rbegin(); node != before.rend(); ++node) {
    if (std::none_of(node->results.begin(), node->results.end(), [&](ValueId id) { return needed.count(id) > 0; }))
      continue;
    const auto stale = [&](Span at) {
      fail(error("E0408", at, "this was computed before its parameters changed")
               .label(span, "the loss uses it here")
               .help("compute it again after the earlier `minimize`, or put it in `stop(...)`"));
    };
    if (node->op == Op::minimize) stale(node->span);
    if (info(node->op).group == OpGroup::effect && node->op == Op::load)
      for (auto later = before.begin() + (node.base() - before.begin()); later != before.end(); ++later)
        for (const int64_t state : changes(*later))
          if (state == node->integer("state")) stale(node->span);
    nodes.push_back(&*node);
    for (const ValueId id : node->inputs)
      if (moving.count(id)) needed.insert(id);
    for (const Block& block : node->blocks)
      for (const ValueId id : uses(block))
        if (moving.count(id)) needed.insert(id);
  }
  if (nodes.empty()) {
    if (!dependents(loss.nodes, parameters).count(loss.results[0]))
      fail(error("E0411", span, "this loss does not depend on what it is minimised over"));
    return;
  }
  std::reverse(nodes.begin(), nodes.end());
  Copier copier(program_);
  std::vector<Node> copies;
  for (const Node* node : nodes) copies.push_back(copier.copy(*node));
  copier.renew_ = false;
  copier.rewire(loss);
  for (size_t i = 0; i < nodes.size(); ++i)
    for (const ValueId id : nodes[i]->results)
      if (!program_.values[static_cast<size_t>(id)].name.empty()) {
        exported.push_back(id);
        loss.results.push_back(copier.mapped(id));
      }
  copies.insert(copies.end(), std::make_move_iterator(loss.nodes.begin()), std::make_move_iterator(loss.nodes.end()));
  loss.nodes = std::move(copies);
}

std::vector<ValueId> Elaborator::gradients(const std::vector<ValueId>& xs, ValueId y, Span span) {
  std::vector<std::string> axes;
  for (const Axis& axis : builder_.type(y).axes) axes.push_back(axis.name);
  const ValueId total = axes.empty() ? y : builder_.reduce(Op::sum, y, axes, span);
  const std::vector<Node>& before = builder_.block().nodes;
  const Values sources(xs.begin(), xs.end());
  const Values moving = dependents(before, {}, sources);
  if (!moving.count(total) && !robot_) {
    // What only a robot tells is 0 while there is none, and depends on nothing.
    std::vector<ValueId> none;
    for (const ValueId x : xs) none.push_back(builder_.expand(builder_.constant(0, span), builder_.type(x).axes, span));
    return none;
  }
  if (!moving.count(total))
    fail(error("E0454", span, "this does not depend on what its gradient is taken towards")
             .help("through `stop`, whole numbers and comparisons no gradient flows"));

  Values needed{total};
  const auto need = [&](ValueId id) {
    if (moving.count(id) && !sources.count(id)) needed.insert(id);
  };
  std::vector<const Node*> nodes;
  for (auto node = before.rbegin(); node != before.rend(); ++node) {
    if (std::none_of(node->results.begin(), node->results.end(), [&](ValueId id) { return needed.count(id) > 0; }))
      continue;
    if (node->op == Op::simulate)
      fail(error("E0618", node->span, "there is no derivative of the simulator")
               .label(span, "the gradient of this is asked for")
               .help("roll out a learned model, or let the step go down `score`"));
    nodes.push_back(&*node);
    for (const ValueId id : node->inputs) need(id);
    for (const Block& block : node->blocks)
      for (const ValueId id : uses(block)) need(id);
  }
  std::reverse(nodes.begin(), nodes.end());
  Copier copier(program_);
  OpenBlock open(builder_);
  std::vector<Type> types{Type{}};
  for (const ValueId x : xs) {
    types.push_back(builder_.type(x));
    copier.map(x, builder_.parameter(builder_.type(x), program_.values[static_cast<size_t>(x)].name));
  }
  for (const Node* node : nodes) builder_.block().nodes.push_back(copier.copy(*node));
  builder_.block().results = {copier.mapped(total)};
  std::vector<Block> blocks;
  blocks.push_back(open.close());
  std::vector<ValueId> results = builder_.emit(Op::gradient, xs, types, span, {}, std::move(blocks));
  results.erase(results.begin());
  return results;
}

Thing Elaborator::gradient(const ast::Expr& expr, const ScopePtr& scope) {
  std::vector<ValueId> xs;
  const ScopePtr inner = nested(scope);
  for (const ast::Selector& selector : expr.children[0]->selectors) {
    if (selector.axis || selector.index || selector.range.is_range || selector.range.from->kind != ast::ExprKind::name)
      fail(error("E0454", selector.span, "a gradient is taken towards a value that has a name")
               .help("for example `gradient[m](J)`"));
    xs.push_back(tensor(*selector.range.from, scope));
    // A variable is read anew wherever it is named; here all readers mean the one value.
    inner->bind(selector.range.from->text, Tensor{xs.back()}, selector.span);
  }
  const CallArguments args = arguments(expr, inner);
  only_options(args, {}, "`gradient`");
  need_arguments(args, 1, "`gradient`", expr.span);
  const Span at = args.positional[0].span;
  const ValueId y = tensor(args.positional[0].thing, at);
  for (const ValueId x : xs)
    for (const Axis& axis : builder_.type(y).axes)
      if (!builder_.type(x).has(axis.name))
        fail(error("E0307", at, "a gradient is that of one number")
                 .here(to_string(builder_.type(y)))
                 .help("reduce the axis `" + axis.name + "`, which " + to_string(builder_.type(x)) + " lacks"));
  const std::vector<ValueId> found = gradients(xs, y, at);
  if (found.size() == 1) return Tensor{found[0]};
  auto tuple = std::make_shared<Tuple>();
  for (const ValueId id : found) tuple->items.push_back(Tensor{id});
  return std::shared_ptr<const Tuple>(tuple);
}

}  // namespace duet
