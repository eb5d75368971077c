#include "compiler/driver/profile_report.h"

#include <algorithm>

#include "compiler/driver/tile_cuts.h"

namespace duet {

namespace {

class Attribution {
 public:
  Attribution(const Program& program, const NodeTimes& times, int threads, const SourceMap& sources)
      : program_(program), times_(times), threads_(threads), sources_(sources) {}

  std::vector<LineCost> run() {
    add(program_.main, {}, 1);
    std::vector<LineCost> list;
    for (auto& [place, cost] : lines_) list.push_back(cost);
    std::ranges::stable_sort(list, std::greater{}, &LineCost::seconds);
    return list;
  }

 private:
  /// Adds the nodes of a block within `around`, `lanes` of which work at once. How long they took by the clock.
  double add(const Block& block, Span around, int64_t lanes) {
    double seconds = 0;
    for (const Node& node : block.nodes) seconds += add(node, node.span.known() ? node.span : around, lanes);
    return seconds;
  }

  double add(const Node& node, Span span, int64_t lanes) {
    const int64_t inner_lanes = node.op == Op::tile ? lanes * lanes_of(node) : lanes;
    double inside = 0;
    for (const Block& block : node.blocks) inside += add(block, span, inner_lanes);
    const auto found = times_.find(&node);
    if (found == times_.end()) return inside;
    const plan::Profile::Entry& entry = found->second;
    const double seconds = entry.seconds / static_cast<double>(lanes);
    // What is done inside is counted there.
    charge(span, entry.calls, std::max(0.0, seconds - inside), inside > 0 ? 0 : entry.flops);
    return seconds;
  }

  int64_t lanes_of(const Node& tile) const {
    const int64_t pieces = tile_pieces(program_, tile);
    return pieces == kUnknownSize ? threads_ : std::min<int64_t>(threads_, pieces);
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

  const Program& program_;
  const NodeTimes& times_;
  int threads_;
  const SourceMap& sources_;
  std::map<std::pair<uint32_t, uint32_t>, LineCost> lines_;  // by file and line
};

}  // namespace

std::vector<LineCost> line_costs(const Program& program, const NodeTimes& times, int threads,
                                 const SourceMap& sources) {
  return Attribution(program, times, threads, sources).run();
}

}  // namespace duet
