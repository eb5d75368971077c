#include "runtime/run/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "runtime/core/error.h"

namespace duet {

namespace {

std::vector<ComparedGroup> grouped(std::vector<RunCurve> runs) {
  std::vector<ComparedGroup> groups;
  for (RunCurve& run : runs) {
    run.points = tidied(std::move(run.points));
    if (run.points.empty())
      throw Error("E0708", run.label + " on " + run.task + ", seed " + run.seed + " has no finite value");
    const auto same = [&](const ComparedGroup& group) { return group.label == run.label && group.task == run.task; };
    auto group = std::find_if(groups.begin(), groups.end(), same);
    if (group == groups.end()) group = groups.insert(group, {run.label, run.task, {}, {}, {}, {}, {}, {}});
    for (const RunCurve& other : group->runs)
      if (other.seed == run.seed)
        throw Error("E0708", "seed " + run.seed + " of " + run.label + " on " + run.task + " is given twice",
                    "runs are grouped by what they are runs of; LABEL=PATH gives them another name");
    group->runs.push_back(std::move(run));
  }
  return groups;
}

double last_common_step(const std::vector<ComparedGroup>& groups) {
  double step = std::numeric_limits<double>::infinity();
  for (const ComparedGroup& group : groups)
    for (const RunCurve& run : group.runs) step = std::min(step, run.points.back().x);
  return step;
}

Estimate estimate(const std::vector<double>& values) {
  Estimate result{interquartile_mean(values), std::nullopt};
  if (values.size() >= kFewestForIntervals) result.interval = bootstrap_interval({values});
  return result;
}

void take_scores(ComparedGroup& group, double step) {
  for (const RunCurve& run : group.runs) {
    const std::optional<double> value = value_at(run.points, step);
    if (!value)
      throw Error("E0708", run.label + " on " + run.task + ", seed " + run.seed + " has no value at step " +
                               std::to_string(static_cast<int64_t>(step)));
    group.scores.push_back(*value);
  }
  group.score = estimate(group.scores);
}

void take_steps(ComparedGroup& group, double threshold) {
  for (const RunCurve& run : group.runs) {
    const auto first = std::find_if(run.points.begin(), run.points.end(),
                                    [&](const PlotPoint& point) { return point.y >= threshold; });
    group.steps_to.push_back(first == run.points.end() ? std::numeric_limits<double>::infinity() : first->x);
  }
  group.steps_to_mean = estimate(group.steps_to);
}

void take_curve(ComparedGroup& group) {
  std::set<double> steps;
  for (const RunCurve& run : group.runs)
    for (const PlotPoint& point : run.points) steps.insert(point.x);
  for (const double step : steps) {
    std::vector<double> values;
    for (const RunCurve& run : group.runs)
      if (const auto value = value_at(run.points, step)) values.push_back(*value);
    if (values.size() == group.runs.size()) group.curve.push_back({step, estimate(values)});
  }
}

std::vector<std::string> labels_of(const std::vector<ComparedGroup>& groups) {
  std::vector<std::string> labels;
  for (const ComparedGroup& group : groups)
    if (std::find(labels.begin(), labels.end(), group.label) == labels.end()) labels.push_back(group.label);
  return labels;
}

std::map<std::string, std::vector<double>> scores_by_task(const std::vector<ComparedGroup>& groups,
                                                          const std::string& label) {
  std::map<std::string, std::vector<double>> scores;
  for (const ComparedGroup& group : groups)
    if (group.label == label) scores[group.task] = group.scores;
  return scores;
}

bool enough(const Strata& strata) {
  return std::all_of(strata.begin(), strata.end(),
                     [](const auto& stratum) { return stratum.size() >= kFewestForIntervals; });
}

std::vector<ComparedPair> pairs_of(const std::vector<ComparedGroup>& groups) {
  std::vector<ComparedPair> pairs;
  const std::vector<std::string> labels = labels_of(groups);
  for (size_t i = 0; i < labels.size(); ++i)
    for (size_t j = i + 1; j < labels.size(); ++j) {
      Strata a, b;
      const auto others = scores_by_task(groups, labels[j]);
      for (const auto& [task, scores] : scores_by_task(groups, labels[i]))
        if (const auto it = others.find(task); it != others.end()) {
          a.push_back(scores);
          b.push_back(it->second);
        }
      if (a.empty()) continue;
      ComparedPair pair{labels[i], labels[j], a.size(), {probability_of_improvement(a, b), std::nullopt}};
      if (enough(a) && enough(b)) pair.probability.interval = improvement_interval(a, b);
      pairs.push_back(std::move(pair));
    }
  return pairs;
}

/// The lowest and the highest score on each task.
std::map<std::string, Interval> ranges_of(const std::vector<ComparedGroup>& groups) {
  std::map<std::string, Interval> ranges;
  for (const ComparedGroup& group : groups)
    for (const double score : group.scores) {
      Interval& range = ranges.try_emplace(group.task, Interval{score, score}).first->second;
      range = {std::min(range.low, score), std::max(range.high, score)};
    }
  return ranges;
}

std::vector<OverallScore> overall_of(const std::vector<ComparedGroup>& groups) {
  const auto ranges = ranges_of(groups);
  std::vector<OverallScore> overall;
  if (ranges.size() < 2) return overall;
  for (const std::string& label : labels_of(groups)) {
    Strata strata;
    std::vector<double> all;
    for (auto [task, scores] : scores_by_task(groups, label)) {
      const Interval range = ranges.at(task);
      for (double& score : scores)
        score = range.high > range.low ? (score - range.low) / (range.high - range.low) : 0.5;
      all.insert(all.end(), scores.begin(), scores.end());
      strata.push_back(std::move(scores));
    }
    if (strata.size() < ranges.size()) continue;
    OverallScore one{label, {interquartile_mean(all), std::nullopt}};
    if (enough(strata)) one.score.interval = bootstrap_interval(strata);
    overall.push_back(std::move(one));
  }
  return overall;
}

}  // namespace

Comparison compare_runs(std::vector<RunCurve> runs, const ComparisonOptions& options) {
  if (runs.empty()) throw Error("E0708", "there is nothing to compare");
  Comparison result{options.metric, 0, options.threshold, grouped(std::move(runs)), {}, {}};
  result.step = options.step.value_or(last_common_step(result.groups));
  for (ComparedGroup& group : result.groups) {
    take_scores(group, result.step);
    if (options.threshold) take_steps(group, *options.threshold);
    take_curve(group);
  }
  result.pairs = pairs_of(result.groups);
  result.overall = overall_of(result.groups);
  return result;
}

std::vector<PlotCurve> curves_of(const Comparison& comparison) {
  std::vector<PlotCurve> curves;
  for (const ComparedGroup& group : comparison.groups) {
    PlotCurve curve{group.task.empty() ? group.label : group.label + " on " + group.task,
                    static_cast<int>(group.runs.size()),
                    {},
                    group.runs.size() >= kFewestForIntervals,
                    {}};
    for (const auto& point : group.curve) {
      const Interval band = point.value.interval.value_or(Interval{point.value.value, point.value.value});
      curve.points.push_back({point.step, point.value.value, band.low, band.high});
    }
    if (group.runs.size() > 1)
      for (const RunCurve& run : group.runs) curve.singles.push_back(run.points);
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace duet
