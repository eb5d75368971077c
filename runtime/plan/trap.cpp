#include "runtime/plan/trap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "runtime/core/error.h"
#include "runtime/kernels/optimize.h"

namespace duet::plan {

namespace {

/// What a value looks like as a whole.
struct Summary {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  double sum = 0;
  int64_t elements = 0;
  bool finite = true, nan = false;

  void add(double x) {
    least = std::min(least, x);
    most = std::max(most, x);
    sum += x;
    ++elements;
    finite = finite && std::isfinite(x);
    nan = nan || std::isnan(x);
  }
};

void add(Summary& summary, const float* x, const Layout& layout, size_t d) {
  if (d == layout.sizes.size()) return summary.add(*x);
  for (int64_t i = 0; i < layout.sizes[d]; ++i) add(summary, x + i * layout.strides[d], layout, d + 1);
}

/// Of a value that nobody has computed: no elements.
Summary summary_of(const Thread& thread, ValueId id) {
  Summary summary;
  if (const float* x = thread.value(id)) add(summary, x, thread.engine.layout(id), 0);
  return summary;
}

/// `x: real[batch: 256] from -0.3 to 2, mean 1`.
std::string describe(const Thread& thread, ValueId id) {
  const Value& value = thread.engine.program.values[static_cast<size_t>(id)];
  std::ostringstream text;
  if (!value.name.empty()) text << "`" << value.name << "` ";
  text << to_string(value.type);
  const Summary summary = summary_of(thread, id);
  if (summary.elements == 0) return text.str();
  text << (summary.elements == 1 ? " = " : " from ") << summary.least;
  if (summary.elements > 1)
    text << " to " << summary.most << ", mean " << summary.sum / static_cast<double>(summary.elements);
  return text.str();
}

std::string describe_inputs(const Thread& thread, const Node& node) {
  std::string inputs = node.inputs.size() > 1 ? "its inputs: " : "its input: ";
  for (size_t i = 0; i < node.inputs.size(); ++i) inputs += (i ? "; " : "") + describe(thread, node.inputs[i]);
  return inputs;
}

[[noreturn]] void accuse(const Node& node, const Summary& result, const std::string& inputs) {
  throw Error(
      "E0603",
      "`" + std::string(info(node.op).name) + "` gave " + (result.nan ? "NaN" : "an infinity") + " (" + inputs + ")",
      {}, node.span);
}

/// What a node without inputs makes is nobody's fault: a constant, a draw, what was loaded.
bool has_finite_inputs(const Thread& thread, const Node& node) {
  const auto is_finite = [&](ValueId id) { return summary_of(thread, id).finite; };
  return !node.inputs.empty() && std::ranges::all_of(uses_of(node), is_finite);
}

/// While it lives, steps are traced.
class Tracing {
 public:
  explicit Tracing(Thread& thread) : thread_(thread), tick_(thread.tick) { thread.engine.tracing = true; }
  ~Tracing() {
    thread_.engine.tracing = false;
    thread_.tick = tick_;
  }
  Tracing(const Tracing&) = delete;

  void trace(Body& body, size_t nodes, uint64_t tick) {
    thread_.tick = tick;
    body.trace(thread_, nodes);
  }
  /// Of the effect that found something wrong.
  uint64_t tick() const { return tick_; }

 private:
  Thread& thread_;
  uint64_t tick_;
};

}  // namespace

void run_traced(Thread& thread, const Step& step) {
  const Node& node = *step.node;
  const bool finite = has_finite_inputs(thread, node);
  // Before it runs: a result may take the place of an input.
  const std::string inputs = finite ? describe_inputs(thread, node) : "";
  step.run(thread);
  if (!finite) return;
  for (const ValueId id : node.results)
    if (const Summary result = summary_of(thread, id); !result.finite) accuse(node, result, inputs);
}

void find_culprit_within(const Thread& thread, const Block& chain) {
  std::set<ValueId> wrong;  // what a result that is not finite comes from
  const auto mark = [&](const std::vector<ValueId>& ids) {
    for (const ValueId id : ids)
      if (!summary_of(thread, id).finite) wrong.insert(id);
  };
  mark(chain.results);
  for (auto node = chain.nodes.rbegin(); node != chain.nodes.rend(); ++node)
    if (wrong.count(node->results[0])) mark(node->inputs);
  for (const Node& node : chain.nodes)
    if (wrong.count(node.results[0]) && has_finite_inputs(thread, node))
      accuse(node, summary_of(thread, node.results[0]), describe_inputs(thread, node));
}

void find_culprit(Thread& thread, Body* made) {
  Tracing tracing(thread);
  const std::vector<Running> chain = thread.running;
  for (const Running& at : chain) tracing.trace(*at.body, at.node, at.tick);
  if (made) tracing.trace(*made, made->block().nodes.size(), tracing.tick());
}

void require_finite(Thread& thread, std::span<const float> x, const Node& node, Body* made) {
  if (kernels::all_finite(x.data(), static_cast<int64_t>(x.size()))) return;
  find_culprit(thread, made);
  throw Error("E0603", "`" + std::string(info(node.op).name) + "` was about to use a value that is NaN or infinite", {},
              node.span);
}

}  // namespace duet::plan
