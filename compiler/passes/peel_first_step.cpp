#include "compiler/passes/peel_first_step.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "compiler/passes/copy_block.h"
#include "compiler/passes/cost.h"
#include "compiler/passes/effects.h"
#include "compiler/passes/result_axes.h"
#include "compiler/passes/rewriter.h"

namespace duet {

namespace {

using Axes = std::vector<Axis>;

constexpr double kWorthwhile = 0.05;  // of the arithmetic of the scan

/// The axes that matter of the values that are alike along some of theirs.
using Narrow = std::unordered_map<ValueId, Axes>;

class PeelFirstStep : public Rewriter {
 public:
  using Rewriter::Rewriter;

 private:
  void visit(Node node) override {
    if (node.op == Op::scan && can_be_peeled(node)) {
      const double saved = saved_by_peeling(node);
      if (saved > kWorthwhile * flops(program(), node)) {
        changed();
        note(node.span, "the first step, which starts alike along axes of its state, is done once for them", saved);
        return peel(std::move(node));
      }
    }
    put(std::move(node));
  }

  /// The carries after the first step are stacked along the axis of the scan, so they cannot have it themselves.
  bool can_be_peeled(const Node& scan) const {
    const auto first = scan.results.begin();
    return scan.integer("count") > 0 && !scan.has("reverse") && effects_of(scan).pure() &&
           std::none_of(first, first + scan.integer("carries"),
                        [&](ValueId id) { return type(id).has(scan.text("axis")); });
  }

  // --- does it pay? ---
  double saved_by_peeling(const Node& scan) const {
    Narrow narrow;
    for (size_t i = 0; i < static_cast<size_t>(scan.integer("carries")); ++i)
      if (const Node* expand = maker(scan.inputs[i], Op::expand))
        narrow[scan.blocks[0].parameters[1 + i]] = axes(expand->inputs[0]);
    double saved = 0;
    if (!narrow.empty())
      for (const Node& node : scan.blocks[0].nodes) saved += saved_in(node, narrow);
    return saved;
  }

  /// What a node saves if its inputs are as narrow as `narrow` says; adds its result there.
  double saved_in(const Node& node, Narrow& narrow) const {
    if (!node.blocks.empty() || node.results.size() != 1) return 0;
    std::vector<Axes> inputs = input_axes(node);
    if (node.op == Op::expand && narrow.count(node.inputs[0])) narrow[node.results[0]] = narrow[node.inputs[0]];
    bool narrower = false;
    for (size_t i = 0; i < inputs.size(); ++i) narrower |= narrow_input(node, i, narrow, inputs[i]);
    const std::optional<Axes> result = narrower ? result_axes(node, inputs) : std::nullopt;
    const Axes& whole = axes(node.results[0]);
    if (!result || result->size() == whole.size()) return 0;
    narrow[node.results[0]] = *result;
    return flops(node, input_axes(node), whole) - flops(node, inputs, *result);
  }

  bool narrow_input(const Node& node, size_t i, const Narrow& narrow, Axes& input) const {
    const auto found = narrow.find(node.inputs[i]);
    if (found == narrow.end()) return false;
    const std::vector<std::string> own = own_axes(node);
    const Type less{Kind::real, found->second}, whole{Kind::real, input};
    if (std::any_of(own.begin(), own.end(), [&](const auto& name) { return whole.has(name) && !less.has(name); }))
      return false;
    input = less.axes;
    return true;
  }

  // --- the two scans ---
  void peel(Node node) {
    const std::string axis = node.text("axis");
    const auto carries = static_cast<size_t>(node.integer("carries"));
    const bool last = node.integer("count") == 1;
    std::vector<ValueId> stacked = first_step(node, last);
    std::vector<ValueId> states;
    const ValueId zero = make(Op::constant, {}, {}, node.span, {{"value", 0.0}});
    for (size_t i = 0; i < carries; ++i)
      states.push_back(make(Op::take, {stacked[i], zero}, type(node.results[i]), node.span, {{"axis", axis}}));
    if (last) {
      for (size_t i = 0; i < carries; ++i) replace(node.results[i], states[i]);
      return;
    }
    std::copy(states.begin(), states.end(), node.inputs.begin());
    other_steps(std::move(node), {stacked.begin() + static_cast<std::ptrdiff_t>(carries), stacked.end()});
  }

  /// The scan of the first step; gives its results: the carries, then the outputs. If it is the only one, the outputs
  /// are those of `node`.
  std::vector<ValueId> first_step(const Node& node, bool only) {
    const auto carries = static_cast<size_t>(node.integer("carries"));
    const Block& body = node.blocks[0];
    Copier copy(program());
    Block step;
    for (size_t i = 0; i < body.parameters.size(); ++i) {
      const bool carry = i >= 1 && i <= carries;
      if (!carry) step.parameters.push_back(value(type(body.parameters[i])));
      copy.map(body.parameters[i], carry ? node.inputs[i - 1] : step.parameters.back());
    }
    step.nodes = copy.nodes(body.nodes);
    for (const ValueId id : body.results) step.results.push_back(copy(id));
    Node first{Op::scan, {}, {}, node.attributes, {}, node.span};
    first.inputs.assign(node.inputs.begin() + static_cast<std::ptrdiff_t>(carries), node.inputs.end());
    first.attributes["carries"] = int64_t{0};
    first.attributes["count"] = int64_t{1};
    first.blocks.push_back(std::move(step));
    for (size_t i = 0; i < body.results.size(); ++i) {
      Type stacked = type(body.results[i]);
      stacked.axes.insert(stacked.axes.begin(), {node.text("axis"), 1});
      first.results.push_back(only && i >= carries ? node.results[i] : value(std::move(stacked)));
    }
    std::vector<ValueId> results = first.results;
    put(std::move(first));
    return results;
  }

  /// The scan without its first step, and its outputs joined to those of that step.
  void other_steps(Node node, const std::vector<ValueId>& first_outputs) {
    const std::string axis = node.text("axis");
    const auto carries = static_cast<size_t>(node.integer("carries"));
    const Span span = node.span;
    node.attributes["from"] = node.integer("from") + 1;
    node.attributes["count"] = node.integer("count") - 1;
    count_from_one(node.blocks[0], span);
    const std::vector<ValueId> joined(node.results.begin() + static_cast<std::ptrdiff_t>(carries), node.results.end());
    std::vector<ValueId> outputs;
    for (size_t i = 0; i < joined.size(); ++i) {
      Type less = type(joined[i]);
      less.axes[0].size -= 1;
      outputs.push_back(value(std::move(less)));
      node.results[carries + i] = outputs.back();
    }
    put(std::move(node));
    for (size_t i = 0; i < joined.size(); ++i)
      put({Op::concat, {first_outputs[i], outputs[i]}, {joined[i]}, {{"axis", axis}}, {}, span});
  }

  /// The step index of the body, if it is read, is one more than that of its scan.
  void count_from_one(Block& body, Span span) {
    const ValueId index = body.parameters[0];
    if (readers(index) == 0) return;
    const ValueId one = value({});
    body.parameters[0] = value({});
    std::vector<Node> nodes{{Op::constant, {}, {one}, {{"value", 1.0}}, {}, span},
                            {Op::add, {body.parameters[0], one}, {index}, {}, {}, span}};
    std::move(body.nodes.begin(), body.nodes.end(), std::back_inserter(nodes));
    body.nodes = std::move(nodes);
  }
};

}  // namespace

bool peel_first_step(Program& program, Notes& notes) {
  return PeelFirstStep(program, notes).run();
}

}  // namespace duet
