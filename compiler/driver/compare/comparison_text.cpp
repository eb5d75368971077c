#include "compiler/driver/compare/comparison_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace duet {

namespace {

std::string short_number(double value) {
  if (std::isinf(value)) return "never";
  char text[40];
  std::snprintf(text, sizeof text, "%.4g", value);
  if (std::abs(value) >= 1000) std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

/// Cells in columns, the first row a heading; columns but the first ones stand to the right.
std::string table(const std::vector<std::vector<std::string>>& rows, size_t left_columns) {
  std::vector<size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      line += (i ? "  " : "") + (i < left_columns ? row[i] + space : space + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string reached(const ComparedGroup& group) {
  const auto count =
      std::count_if(group.steps_to.begin(), group.steps_to.end(), [](double s) { return std::isfinite(s); });
  return std::to_string(count) + " of " + std::to_string(group.steps_to.size());
}

std::string scores_table(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows = {{"", "task", "n", "IQM", "95 % interval", "least", "most"}};
  if (comparison.threshold) rows[0].insert(rows[0].end(), {"reached", "after (IQM)", "95 % interval"});
  const auto interval = [](const Estimate& estimate) {
    return estimate.interval ? short_number(estimate.interval->low) + " .. " + short_number(estimate.interval->high)
                             : std::string("n < 3");
  };
  for (const ComparedGroup& group : comparison.groups) {
    const auto [least, most] = std::minmax_element(group.scores.begin(), group.scores.end());
    rows.push_back({group.label, group.task, std::to_string(group.runs.size()), short_number(group.score.value),
                    interval(group.score), short_number(*least), short_number(*most)});
    if (group.steps_to_mean)
      rows.back().insert(rows.back().end(),
                         {reached(group), short_number(group.steps_to_mean->value), interval(*group.steps_to_mean)});
  }
  return table(rows, 2);
}

}  // namespace

std::string estimate_text(const Estimate& estimate) {
  std::string text = short_number(estimate.value);
  if (estimate.interval)
    text += " [" + short_number(estimate.interval->low) + ", " + short_number(estimate.interval->high) + "]";
  return text;
}

std::string comparison_text(const Comparison& comparison) {
  std::string text = comparison.metric + " at step " + short_number(comparison.step);
  if (comparison.threshold) text += ", and the steps until it is " + short_number(*comparison.threshold);
  text += "\n" + scores_table(comparison);
  if (!comparison.overall.empty()) {
    std::vector<std::vector<std::string>> rows = {{"all tasks, each scaled from its least to its most score", "IQM"}};
    for (const OverallScore& one : comparison.overall) rows.push_back({one.label, estimate_text(one.score)});
    text += "\n" + table(rows, 1);
  }
  if (!comparison.pairs.empty()) {
    std::vector<std::vector<std::string>> rows = {{"probability of improvement", "over", "tasks", ""}};
    for (const ComparedPair& pair : comparison.pairs)
      rows.push_back({pair.a, pair.b, std::to_string(pair.tasks), estimate_text(pair.probability)});
    text += "\n" + table(rows, 2);
  }
  const bool few = std::any_of(comparison.groups.begin(), comparison.groups.end(),
                               [](const ComparedGroup& group) { return group.runs.size() < kFewestForIntervals; });
  if (few) text += "\nFewer than 3 seeds say nothing about others: no intervals for those.\n";
  return text;
}

}  // namespace duet
