#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "compiler/base/suggest.h"
#include "compiler/driver/batch/batch.h"
#include "compiler/driver/commands.h"
#include "compiler/driver/compare/compared_runs.h"
#include "compiler/driver/compare/comparison_text.h"
#include "compiler/driver/usage.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> evidence_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".duet") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// The script of what is to be reproduced, by its name in algorithms/evidence or as a path.
fs::path script_of(const std::string& name, const Context& context) {
  if (name.ends_with(".duet")) return name;
  const fs::path folder = fs::path(context.places.search.algorithms) / "evidence";
  const fs::path file = folder / (name + ".duet");
  if (fs::exists(file)) return file;
  const std::vector<std::string> names = evidence_names(folder);
  const std::string near = did_you_mean(name, names);
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  throw UsageError("E0005", "there is no evidence `" + name + "`", near.empty() ? "there is: " + list : near);
}

std::string label_of(const ExperimentCell& cell) {
  return cell.algorithm + cell.label.substr((cell.algorithm + " on " + cell.robot).size());
}

std::string band_text(const Claim& claim) {
  return estimate_text({claim.low, std::nullopt}) + " .. " + estimate_text({claim.high, std::nullopt});
}

/// Looks at one claim of one cell and says what it found. True if it holds.
bool holds(const Claim& claim, const ExperimentCell& cell, const std::vector<RunCurve>& runs) {
  std::vector<RunCurve> own;
  for (const RunCurve& run : runs)
    if (run.label == label_of(cell) && run.task == cell.robot) own.push_back(run);
  const std::string what = cell.label + ": " + claim.metric + " at step " + std::to_string(claim.steps);
  if (own.empty()) {
    std::cout << "missing  " << what << "\n";
    return false;
  }
  const Comparison comparison = compare_runs(own, {claim.metric, static_cast<double>(claim.steps), std::nullopt});
  const Estimate& score = comparison.groups.front().score;
  const bool inside = claim.low <= score.value && score.value <= claim.high;
  std::cout << (inside ? "inside   " : "OUTSIDE  ") << what << ": " << estimate_text(score) << " of n = " << own.size()
            << ", expected " << band_text(claim) << (claim.source.empty() ? "" : " (" + claim.source + ")") << "\n";
  return inside;
}

bool check_claims(const ExperimentPlan& plan, const fs::path& folder) {
  bool all = true;
  for (const Claim& claim : plan.claims) {
    const ComparedRuns found = runs_of_batch(folder.string(), claim.metric);
    for (const ExperimentCell& cell : plan.cells)
      if (std::find(claim.cells.begin(), claim.cells.end(), cell.label) != claim.cells.end())
        all = holds(claim, cell, found.runs) && all;
  }
  return all;
}

/// The largest difference of two curves, relative to the largest value; infinite if they have different steps.
double difference(const RunCurve& a, const RunCurve& b) {
  const std::vector<PlotPoint> x = tidied(a.points), y = tidied(b.points);
  if (x.size() != y.size()) return INFINITY;
  double largest = 0, scale = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i].x != y[i].x) return INFINITY;
    largest = std::max(largest, std::abs(x[i].y - y[i].y));
    scale = std::max(scale, std::abs(x[i].y));
  }
  return largest > 0 ? largest / scale : 0;
}

/// Says how the runs differ from the recorded ones. They may: machines round differently, and learning amplifies it.
void compare_with_record(const fs::path& record, const fs::path& folder) {
  if (!fs::exists(record)) {
    std::cout << "no recorded curves: " << record.string() << " is not there\n";
    return;
  }
  const std::vector<RunCurve> recorded = read_comparison_csv(record);
  size_t known = 0, equal = 0;
  double largest = 0;
  for (const RunCurve& run : runs_of_batch(folder.string(), "evaluate/return").runs)
    for (const RunCurve& old : recorded) {
      if (old.label != run.label || old.task != run.task || old.seed != run.seed) continue;
      const double found = difference(old, run);
      ++known;
      equal += found == 0 ? 1 : 0;
      largest = std::max(largest, found);
    }
  std::cout << record.string() << ": " << equal << " of " << known << " recorded curves are equal to the last digit";
  if (equal < known) std::cout << ", the largest difference is " << std::round(1000 * largest) / 10 << " %";
  std::cout << "\n";
}

}  // namespace

ExitCode reproduce(const ReproduceOptions& options, Context& context) {
  const fs::path script = script_of(options.name, context);
  // One of several has a folder and a record of its own.
  const std::string& chosen = options.batch.experiment;
  const std::string name = script.stem().string() + (chosen.empty() ? "" : "-" + chosen);
  Library library(context.sources, context.places.search);
  const ast::File* file = load_file(library, script.string(), context);
  const ast::Experiment* experiment = file ? choose_experiment(*file, chosen, context) : nullptr;
  if (!experiment) return context.report();
  const std::optional<ExperimentPlan> plan = plan_experiment(library, *file, *experiment, context);
  if (!plan) return context.report();
  if (plan->claims.empty()) {
    context.diagnostics.error("E0218", experiment->name.span, "this experiment expects nothing")
        .help("say what must come out: `expect \"evaluate/return\" at 5000 steps in 900..1200`");
    return context.report();
  }
  BatchOptions how = options.batch;
  how.file = script.string();
  const fs::path folder = how.out.empty() ? "runs/reproduce-" + name : how.out;
  how.again = "duet reproduce " + options.name + (chosen.empty() ? "" : " --experiment " + chosen) + " --out " +
              folder.string();
  if (const ExitCode code = run_plan(*plan, how, folder, context); code != kOk) return code;
  const bool all = check_claims(*plan, folder);
  compare_with_record(context.places.home / "docs/curves" / (name + ".csv"), folder);
  return all ? kOk : kFailed;
}

}  // namespace duet
