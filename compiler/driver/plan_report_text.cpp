#include <algorithm>

#include "compiler/driver/plan_report.h"
#include "compiler/driver/units.h"
#include "compiler/graph/print.h"

namespace duet {

namespace {

/// Writes the text piece by piece.
class Page {
 public:
  Page(const PlanReport& report, const SourceMap& sources) : report_(report), sources_(sources) {
    for (const auto& [pass, removed] : report.passes)
      for (const Removal& removal : removed) widen(removal.note.span);
    for (const EffectCost& effect : report.effects) widen(effect.node->span);
    for (const BlockNeeds& block : report.blocks)
      if (block.owner) widen(block.owner->span);
  }

  std::string run() {
    passes();
    removed();
    effects();
    blocks();
    out_ +=
        "program\n" + print(*report_.program,
                            {false, &sources_, [&](const Node& node) { return remark_on(*report_.program, node); }});
    return std::move(out_);
  }

 private:
  void line(const std::string& text) { out_ += "  " + text + "\n"; }

  std::string place(Span span) const {
    if (!span.known() || !sources_.has(span.file)) return "";
    return sources_.path(span.file) + ":" + std::to_string(sources_.position(span.file, span.begin).line);
  }

  void widen(Span span) { width_ = std::max(width_, place(span).size()); }
  std::string place_column(Span span) const { return left_aligned(place(span), width_) + " "; }

  void passes() {
    out_ += "passes" + std::string(19, ' ') + "ms     nodes\n";
    double seconds = 0;
    for (const auto& [report, removed] : report_.passes) {
      seconds += report.seconds;
      const std::string nodes = right_aligned(std::to_string(report.nodes_before), 10);
      const std::string change = report.disabled   ? "  disabled"
                                 : !report.changed ? "  no change"
                                                   : " -> " + std::to_string(report.nodes_after);
      line(left_aligned(std::string(report.name), 17) + right_aligned(fixed(1e3 * report.seconds, 1), 8) + nodes +
           change);
    }
    line("all" + right_aligned(fixed(1e3 * seconds, 1), 22) + "          of " + fixed(1e3 * report_.seconds, 1) +
         " ms with reading, elaborating and checking");
    out_ += "\n";
  }

  void removed() {
    out_ += "removed work\n";
    bool any = false;
    for (const auto& [report, removed] : report_.passes)
      for (const auto& [note, times] : removed) {
        any = true;
        line(place_column(note.span) + left_aligned(std::string(report.name), 17) +
             right_aligned(short_count(note.flops) + " FLOP", 12) + "  " + note.what +
             (times > 1 ? " (" + std::to_string(times) + " places)" : ""));
      }
    if (!any) line("none");
    out_ += "\n";
  }

  void effects() {
    out_ += "cost of effects, once each\n";
    for (const EffectCost& effect : report_.effects)
      line(place_column(effect.node->span) + right_aligned(short_count(effect.flops) + " FLOP", 12) +
           std::string(static_cast<size_t>(2 + 2 * effect.depth), ' ') + short_name(*effect.node));
    out_ += "\n";
  }

  void blocks() {
    if (report_.blocks.empty()) return;
    out_ += left_aligned("memory of blocks of known size", width_ + 24) + " values      bytes  not shared\n";
    for (const BlockNeeds& block : report_.blocks) {
      std::string name = block.owner ? short_name(*block.owner) : "main";
      if (block.owner && block.owner->blocks.size() > 1) name += " [" + std::to_string(block.number) + "]";
      line(place_column(block.owner ? block.owner->span : Span{}) + left_aligned(name, 22) +
           right_aligned(std::to_string(block.memory.values), 7) + right_aligned(short_bytes(block.memory.bytes), 11) +
           right_aligned(short_bytes(block.memory.apart), 12) +
           (block.times > 1 ? "  (" + std::to_string(block.times) + " blocks)" : ""));
    }
    out_ += "\n";
  }

  const PlanReport& report_;
  const SourceMap& sources_;
  size_t width_ = 0;  // of places
  std::string out_;
};

}  // namespace

std::string to_text(const PlanReport& report, const SourceMap& sources) {
  return Page(report, sources).run();
}

}  // namespace duet
