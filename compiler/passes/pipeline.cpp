#include "compiler/passes/pipeline.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "compiler/passes/cut_tiles.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/drop_unused.h"
#include "compiler/passes/expand_late.h"
#include "compiler/passes/fold_constants.h"
#include "compiler/passes/fuse_activations.h"
#include "compiler/passes/fuse_elements.h"
#include "compiler/passes/fuse_slopes.h"
#include "compiler/passes/fuse_tracking.h"
#include "compiler/passes/hoist_invariant.h"
#include "compiler/passes/keep_slopes.h"
#include "compiler/passes/mark_zero_rows.h"
#include "compiler/passes/open_groups.h"
#include "compiler/passes/order_axes.h"
#include "compiler/passes/peel_first_step.h"
#include "compiler/passes/select_weights.h"
#include "compiler/passes/share_equal.h"
#include "compiler/passes/share_sigmoids.h"
#include "compiler/passes/split_layers.h"
#include "compiler/passes/take_early.h"

namespace duet {

namespace {

constexpr auto kPipeline = std::to_array<PipelineStep>({
    {kDropUnused, "first, so that every later pass sees only what matters"},
    {kHoistInvariant, "after drop_unused, so that nothing unread is moved out of a loop and computed for all that"},
    {kShareEqual,
     "after drop_unused, which makes blocks that differ only in unread results equal, and hoist_invariant, which "
     "brings "
     "what several loops compute alike into one block"},
});

constexpr auto kPlanPipeline = std::to_array<PipelineStep>({
    {kDropUnused, "first, so that every later pass sees only what matters"},
    {kHoistInvariant, "before differentiate, which saves what a loop computes for its way back"},
    {kShareEqual, "before differentiate, so that nothing is differentiated twice"},
    {kTakeEarly, "before differentiate, so that nothing is done and undone for what is not read"},
    {kDifferentiate, "after the first cleaning, so that nothing is differentiated for nobody"},
    {kDropUnused, "after differentiate, which lets loops save more than is read"},
    {kFoldConstants, "before all that asks whether something is constant"},
    {kDropUnused, "what the constants were made of, so that fewer things have several readers"},
    {kOpenGroups, "before the passes that look for axes in common"},
    {kTakeEarly, "before anything is copied or moved, while parts still have one reader"},
    {kExpandLate, "before peel_first_step, which looks at what scans start with"},
    {kDropUnused, "what the passes above no longer read"},
    {kPeelFirstStep, "after expand_late, when what is still repeated before a scan is needed so by its later steps"},
    {kOrderAxes, "before expand_late, which keeps the orders that it finds"},
    {kExpandLate, "does the peeled steps once"},
    {kDropUnused, "what the passes above no longer read"},
    {kSelectWeights, "after take_early, which moves parts of weights before the choice of members"},
    {kSplitLayers,
     "after expand_late, when a part of the input may be alike along an axis, and select_weights, so that of "
     "chosen weights too parts are read in place"},
    {kDropUnused, "the copies of weights"},
    {kHoistInvariant, "after drop_unused, so that nothing unread is moved out of a loop and computed for all that"},
    {kShareEqual, "after hoist_invariant, which brings what several loops compute alike into one block"},
    {kKeepSlopes, "before share_sigmoids, which takes the other swishes apart"},
    {kShareSigmoids, "before activations are fused, since a swish that is taken apart is none"},
    {kFuseActivations, "when it is settled which products there are"},
    {kMarkZeroRows,
     "when it is settled which products there are, and before slopes and chains hide what makes rows zero"},
    {kFuseSlopes, "the same, and before cut_tiles, so that a slope's mask is not kept for another tile"},
    {kDropUnused, "the products without slopes"},
    {kFuseTracking, "when the steps of optimizers are there"},
    {kCutTiles, "before fuse_elements, so that no chain lies across the border of a tile"},
    {kFuseElements, "last: it moves operations, and no other pass looks into what it makes"},
});

size_t count(const Block& block) {
  size_t n = block.nodes.size();
  for (const Node& node : block.nodes)
    for (const Block& inner : node.blocks) n += count(inner);
  return n;
}

void check(const Program& program, const PassReport& report, const VerifyOptions& options) {
  const std::vector<std::string> findings = verify(program, options);
  if (findings.empty()) return;
  std::string message = "the pass " + std::string(report.name) + " broke the program:";
  for (const std::string& finding : findings) message += "\n  " + finding;
  throw std::logic_error(message);
}

const Pass* find(std::span<const PipelineStep> steps, std::string_view name) {
  for (const PipelineStep& step : steps)
    if (step.pass.name == name) return &step.pass;
  return nullptr;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_names(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!find_pass(name)) throw std::invalid_argument("there is no pass called " + name);
}

PassReport run_one(Program& program, const Pass& pass) {
  PassReport report{pass.name};
  report.nodes_before = count_nodes(program);
  const auto start = std::chrono::steady_clock::now();
  report.changed = pass.run(program, report.notes);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.nodes_after = count_nodes(program);
  return report;
}

}  // namespace

std::span<const PipelineStep> pipeline() {
  return kPipeline;
}

std::span<const PipelineStep> plan_pipeline() {
  return kPlanPipeline;
}

const Pass* find_pass(std::string_view name) {
  const Pass* found = find(kPipeline, name);
  return found ? found : find(kPlanPipeline, name);
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const std::span<const PipelineStep> steps : {pipeline(), plan_pipeline()})
    for (const PipelineStep& step : steps)
      if (!contains(names, step.pass.name)) names.emplace_back(step.pass.name);
  return names;
}

std::vector<PassReport> run_pipeline(Program& program, const PipelineOptions& options,
                                     std::span<const PipelineStep> steps) {
  check_names(options.disabled);
  std::vector<PassReport> reports;
  for (const PipelineStep& step : steps) {
    if (contains(options.disabled, step.pass.name)) {
      const size_t nodes = count_nodes(program);
      reports.push_back({step.pass.name, true, false, 0, nodes, nodes});
      continue;
    }
    reports.push_back(run_one(program, step.pass));
    if (options.verify && reports.back().changed) check(program, reports.back(), options.verify_options);
    if (options.after) options.after(step.pass.name, program);
  }
  return reports;
}

size_t count_nodes(const Program& program) {
  size_t n = 0;
  for (const Block* outermost : program.blocks()) n += count(*outermost);
  return n;
}

}  // namespace duet
