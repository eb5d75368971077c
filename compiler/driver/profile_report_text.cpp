#include <algorithm>
#include <nlohmann/json.hpp>

#include "compiler/driver/profile_report.h"
#include "compiler/driver/units.h"

namespace duet {

namespace {

// Lines with a smaller share are left out.
constexpr double kShown = 0.002;

double rate(double flops, double seconds) {
  return seconds > 0 ? 1e-9 * flops / seconds : 0;
}

double share(const ProfileReport& report, double seconds) {
  return report.seconds > 0 ? seconds / report.seconds : 0;
}

std::string place(const LineCost& cost, const SourceMap& sources) {
  return cost.line ? sources.path(cost.file) + ":" + std::to_string(cost.line) : "(no line)";
}

std::string text_of(const LineCost& cost, const SourceMap& sources) {
  if (!cost.line) return "";
  const std::string_view text = sources.line_text(cost.file, cost.line);
  const size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? "" : std::string(text.substr(first));
}

std::string row(const ProfileReport& report, double seconds) {
  return right_aligned(fixed(seconds, 3), 9) + right_aligned(fixed(100 * share(report, seconds), 1), 7) + " %";
}

std::string row(const ProfileReport& report, const LineCost& cost) {
  std::string text = row(report, cost.seconds) + right_aligned(std::to_string(cost.calls), 11);
  const double reached = rate(cost.flops, cost.seconds);
  if (cost.flops == 0) return text + std::string(19, ' ');
  return text + right_aligned(fixed(reached, 2), 10) + right_aligned(fixed(100 * reached / report.peak, 1), 7) + " %";
}

double sum_of(const std::vector<LineCost>& lines) {
  double sum = 0;
  for (const LineCost& cost : lines) sum += cost.seconds;
  return sum;
}

}  // namespace

std::string to_text(const ProfileReport& report, bool all, const SourceMap& sources) {
  std::string out = report.name + ": " + std::to_string(report.steps) + " steps in " + fixed(report.seconds, 2) +
                    " s; " + std::to_string(report.threads) + (report.threads == 1 ? " thread" : " threads") +
                    ", at most " + fixed(report.peak, 0) + " GFLOP/s\n\n";
  out += "  seconds    share      calls   GFLOP/s  of peak\n";
  size_t width = 0, hidden = 0;
  double hidden_seconds = 0;
  for (const LineCost& cost : report.lines) width = std::max(width, place(cost, sources).size());
  for (const LineCost& cost : report.lines) {
    if (!all && share(report, cost.seconds) < kShown) {
      ++hidden;
      hidden_seconds += cost.seconds;
      continue;
    }
    out += row(report, cost) + "  " + left_aligned(place(cost, sources), width) + " | " + text_of(cost, sources) + "\n";
  }
  if (hidden) out += row(report, hidden_seconds) + "  " + std::to_string(hidden) + " more lines (--all shows them)\n";
  return out + row(report, std::max(0.0, report.seconds - sum_of(report.lines))) + "  between the operations\n";
}

nlohmann::ordered_json to_json(const ProfileReport& report, const SourceMap& sources) {
  auto lines = nlohmann::ordered_json::array();
  for (const LineCost& cost : report.lines) {
    const double reached = rate(cost.flops, cost.seconds);
    lines.push_back({{"path", cost.line ? nlohmann::ordered_json(sources.path(cost.file)) : nullptr},
                     {"line", cost.line ? nlohmann::ordered_json(cost.line) : nullptr},
                     {"text", text_of(cost, sources)},
                     {"calls", cost.calls},
                     {"seconds", cost.seconds},
                     {"share", share(report, cost.seconds)},
                     {"flops", cost.flops},
                     {"gflops_per_second", reached},
                     {"share_of_peak", reached / report.peak}});
  }
  return {{"name", report.name},
          {"steps", report.steps},
          {"seconds", report.seconds},
          {"threads", report.threads},
          {"peak_gflops_per_second", report.peak},
          {"lines", std::move(lines)}};
}

}  // namespace duet
