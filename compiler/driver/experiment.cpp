#include "compiler/driver/experiment.h"

#include <cmath>

#include "compiler/base/suggest.h"
#include "compiler/driver/script.h"

namespace duet {

namespace {

const ast::Experiment* find_experiment(const ast::File& file, const std::string& name, Context& context) {
  std::vector<std::string> known;
  for (const ast::Item& item : file.items)
    if (const auto* experiment = std::get_if<ast::Experiment>(&item.as)) {
      if (experiment->name.text == name) return experiment;
      known.push_back(experiment->name.text);
    }
  context.diagnostics.error("E0214", Span{file.id, 0, 0}, "there is no experiment `" + name + "` in this script")
      .help(did_you_mean(name, known));
  return nullptr;
}

/// A plain whole number, at least `least`.
std::optional<int64_t> whole(const ast::Expr& expr, int64_t least, const std::string& what, Context& context) {
  if (expr.kind == ast::ExprKind::number && expr.number >= static_cast<double>(least) &&
      expr.number == std::floor(expr.number) && expr.number < 9e15)
    return static_cast<int64_t>(expr.number);
  context.diagnostics.error("E0215", expr.span, what + " must be a whole number, at least " + std::to_string(least))
      .here("not one");
  return std::nullopt;
}

std::vector<uint64_t> seeds_of(const ast::Experiment& experiment, uint64_t otherwise, Context& context) {
  std::vector<uint64_t> seeds;
  for (const ast::Range& range : experiment.seeds) {
    if (!range.from || (range.is_range && !range.to)) {
      context.diagnostics.error("E0215", range.span, "a range of seeds has a beginning and an end")
          .help("for example `seeds 1..3`");
      continue;
    }
    const auto from = whole(*range.from, 0, "a seed", context);
    const auto to = range.is_range ? whole(*range.to, from.value_or(0), "the last seed", context) : from;
    if (!from || !to) continue;
    for (int64_t seed = *from; seed <= *to; ++seed) seeds.push_back(static_cast<uint64_t>(seed));
  }
  if (experiment.seeds.empty()) seeds.push_back(otherwise);
  return seeds;
}

}  // namespace

std::optional<std::vector<RunOptions>> runs_of_experiment(const RunOptions& options, Context& context) {
  Library library(context.sources, context.places.search);
  const ast::File* file = load_file(library, options.script.file, context);
  if (!file) return std::nullopt;
  const ast::Experiment* experiment = find_experiment(*file, options.experiment, context);
  if (!experiment) return std::nullopt;
  const std::string out = options.out.empty() ? "runs/" + experiment->name.text : options.out;
  const std::vector<uint64_t> seeds = seeds_of(*experiment, options.seed, context);
  std::vector<RunOptions> runs;
  for (const ast::Experiment::Run& run : experiment->runs) {
    const auto steps = options.steps ? options.steps : whole(*run.steps, 1, "the number of steps", context);
    for (const ast::Name& algorithm : run.algorithms)
      for (const ast::Name& robot : run.robots)
        for (const uint64_t seed : seeds) {
          RunOptions one = options;
          one.experiment.clear();
          one.script.algorithm = algorithm.text;
          one.script.robot = robot.text;
          one.seed = seed;
          one.steps = steps;
          one.out = out + "/" + algorithm.text + "-" + robot.text + "-seed" + std::to_string(seed);
          runs.push_back(std::move(one));
        }
  }
  if (context.diagnostics.has_errors()) return std::nullopt;
  return runs;
}

}  // namespace duet
