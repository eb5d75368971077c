#include "compiler/driver/profile_report.h"

#include <algorithm>

namespace duet {

namespace {

class Attribution {
 public:
  Attribution(const NodeTimes& times, const SourceMap& sources) : times_(times), sources_(sources) {}

  std::vector<LineCost> run(const Program& program) {
    add(program.main, {}, 1);
    std::vector<LineCost> list;
    for (auto& [place, cost] : lines_) list.push_back(cost);
    std::ranges::stable_sort(list, std::greater{}, &LineCost::seconds);
    return list;
  }

 private:
  /// Adds the nodes of a block within `around`. By the clock a thread's second counts `scale`.
  void add(const Block& block, Span around, double scale) {
    for (const Node& node : block.nodes) add(node, node.span.known() ? node.span : around, scale);
  }

  void add(const Node& node, Span span, double scale) {
    const double inside = inside_of(node);
    const auto found = times_.find(&node);
    if (found == times_.end()) {
      for (const Block& block : node.blocks) add(block, span, scale);
      return;
    }
    const plan::Profile::Entry& entry = found->second;
    const bool shared = node.op == Op::tile && inside > 0;
    const double own = shared ? 0 : std::max(0.0, entry.seconds - inside);
    for (const Block& block : node.blocks) add(block, span, shared ? scale * entry.seconds / inside : scale);
    // Arithmetic that is done inside is counted there.
    charge(span, entry.calls, scale * own, inside > 0 ? 0 : entry.flops);
  }

  /// Seconds of the nodes in a node's blocks, of all threads together.
  double inside_of(const Node& node) const {
    double seconds = 0;
    for (const Block& block : node.blocks)
      for (const Node& inner : block.nodes) {
        const auto found = times_.find(&inner);
        seconds += found == times_.end() ? inside_of(inner) : found->second.seconds;
      }
    return seconds;
  }

  void charge(Span span, int64_t calls, double seconds, double flops) {
    const uint32_t line = span.known() && sources_.has(span.file) ? sources_.position(span.file, span.begin).line : 0;
    LineCost& cost = lines_[{line ? span.file : 0, line}];
    cost.file = line ? span.file : 0;
    cost.line = line;
    cost.calls = std::max(cost.calls, calls);
    cost.seconds += seconds;
    cost.flops += flops;
  }

  const NodeTimes& times_;
  const SourceMap& sources_;
  std::map<std::pair<uint32_t, uint32_t>, LineCost> lines_;  // by file and line
};

}  // namespace

std::vector<LineCost> line_costs(const Program& program, const NodeTimes& times, const SourceMap& sources) {
  return Attribution(times, sources).run(program);
}

}  // namespace duet
