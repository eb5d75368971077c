#include "compiler/driver/compare/compared_runs.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "compiler/driver/batch/batch_manifest.h"
#include "compiler/driver/batch/batch_runner.h"
#include "runtime/core/error.h"
#include "runtime/run/run_folder.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

/// "algorithm on robot, key = value" without the robot.
std::string label_of(const BatchRun& run) {
  return run.algorithm + run.label.substr((run.algorithm + " on " + run.robot).size());
}

/// A run folder by itself, before it is known what it is compared with.
struct SingleRun {
  RunManifest manifest;
  RunCurve curve;
};

SingleRun single_run(const std::string& folder, const std::string& metric, std::vector<std::string>& notes) {
  SingleRun run{read_manifest(folder), {}};
  run.curve = {run.manifest.algorithm, run.manifest.robot, std::to_string(run.manifest.seed),
               read_metric(folder, metric).points};
  if (!read_status(folder).finished) notes.push_back(folder + " is not finished");
  return run;
}

std::string value_of(const std::map<std::string, std::string>& parameters, const std::string& key) {
  const auto it = parameters.find(key);
  return it == parameters.end() ? "" : it->second;
}

/// Where runs of one algorithm on one robot differ in settings, these belong to their labels.
void name_differences(std::vector<SingleRun>& runs) {
  for (SingleRun& run : runs) {
    const RunManifest& own = run.manifest;
    std::set<std::string> keys;
    for (const SingleRun& other : runs) {
      if (other.manifest.algorithm != own.algorithm || other.manifest.robot != own.robot) continue;
      std::map<std::string, std::string> all = own.parameters;
      all.insert(other.manifest.parameters.begin(), other.manifest.parameters.end());
      for (const auto& [key, value] : all)
        if (value_of(own.parameters, key) != value_of(other.manifest.parameters, key)) keys.insert(key);
    }
    for (const std::string& key : keys)
      if (own.parameters.contains(key)) run.curve.label += ", " + key + " = " + own.parameters.at(key);
  }
}

/// NAME[-ROBOT][-...][-seedN].csv
RunCurve curve_of_file(const fs::path& path, const std::string& metric) {
  std::vector<std::string> parts(1);
  for (const char c : path.stem().string())
    if (c == '-')
      parts.emplace_back();
    else
      parts.back() += c;
  std::string seed = "1";
  if (parts.size() > 1 && parts.back().starts_with("seed")) {
    seed = parts.back().substr(4);
    parts.pop_back();
  }
  RunCurve curve{parts[0], parts.size() > 1 ? parts[1] : "", seed, read_points(path, metric)};
  for (size_t i = 2; i < parts.size(); ++i) curve.label += ", " + parts[i];
  return curve;
}

/// "LABEL=PATH", unless the whole is a path.
std::pair<std::string, std::string> split_label(const std::string& argument) {
  const size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0 || fs::exists(argument)) return {"", argument};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

void append(std::vector<RunCurve> runs, const std::string& label, ComparedRuns& all) {
  for (RunCurve& run : runs) {
    if (!label.empty()) run.label = label;
    all.runs.push_back(std::move(run));
  }
}

void append_batch(ComparedRuns more, const std::string& label, ComparedRuns& all) {
  append(std::move(more.runs), label, all);
  all.notes.insert(all.notes.end(), more.notes.begin(), more.notes.end());
  all.lacking.insert(all.lacking.end(), more.lacking.begin(), more.lacking.end());
  all.other_metrics.merge(more.other_metrics);
}

std::string listed(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

ComparedRuns runs_of_batch(const std::string& folder, const std::string& metric) {
  ComparedRuns result;
  for (const BatchRun& run : read_batch(folder).runs) {
    const fs::path path = fs::path(folder) / run.folder;
    if (!fs::exists(path / "metrics.csv")) {
      result.notes.push_back(path.string() + " has not begun");
      continue;
    }
    if (!is_finished(path, run.steps)) result.notes.push_back(path.string() + " is not finished");
    try {
      auto metrics = read_metrics(path / "metrics.csv");
      if (const auto own = metrics.find(metric); own != metrics.end()) {
        result.runs.push_back({label_of(run), run.robot, std::to_string(run.seed), std::move(own->second)});
        continue;
      }
      result.lacking.push_back(path.string());
      for (const auto& [name, points] : metrics) result.other_metrics.insert(name);
    } catch (const Error& error) {
      result.notes.push_back(error.what());
    }
  }
  return result;
}

ComparedRuns runs_to_compare(const std::vector<std::string>& arguments, const std::string& metric) {
  ComparedRuns all;
  std::vector<SingleRun> singles;
  for (const std::string& argument : arguments) {
    const auto [label, path] = split_label(argument);
    if (is_batch_folder(path)) {
      append_batch(runs_of_batch(path, metric), label, all);
    } else if (is_run_folder(path) || fs::is_directory(path)) {
      SingleRun run = single_run(path, metric, all.notes);
      if (label.empty())
        singles.push_back(std::move(run));
      else
        append({std::move(run.curve)}, label, all);
    } else if (is_comparison_csv(path)) {
      append(read_comparison_csv(path), label, all);
    } else {
      append({curve_of_file(path, metric)}, label, all);
    }
  }
  name_differences(singles);
  for (SingleRun& run : singles) all.runs.push_back(std::move(run.curve));
  return all;
}

void report_notes(const ComparedRuns& found, const std::string& metric) {
  for (const std::string& note : found.notes) std::cerr << "note: " << note << "\n";
  if (found.runs.empty() && !found.lacking.empty())
    throw Error("E0708", "none of the runs has the metric " + metric,
                found.other_metrics.empty()
                    ? "the runs have no metrics yet"
                    : "the runs have: " + listed(found.other_metrics) + "; choose one by --metric");
  for (const std::string& run : found.lacking) std::cerr << "note: " << run << " has no metric " << metric << "\n";
}

}  // namespace duet
