#include "compiler/driver/experiment.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "compiler/base/suggest.h"
#include "compiler/sema/settings.h"
#include "runtime/core/hash.h"

namespace duet {

namespace {

/// A number with its sign; nullopt after error E0215.
std::optional<double> number(const ast::Expr& expr, const std::string& what, Context& context) {
  const bool negative = expr.kind == ast::ExprKind::unary && expr.text == "-";
  const ast::Expr& digits = negative ? *expr.children[0] : expr;
  if (digits.kind == ast::ExprKind::number) return negative ? -digits.number : digits.number;
  context.diagnostics.error("E0215", expr.span, what + " must be a plain number").here("not one");
  return std::nullopt;
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

std::vector<uint64_t> seeds_of(const ast::Experiment& experiment, Context& context) {
  if (experiment.seeds.empty()) return {1};
  std::set<uint64_t> seeds;
  for (const ast::Range& range : experiment.seeds) {
    if (!range.from || (range.is_range && !range.to)) {
      context.diagnostics.error("E0215", range.span, "a range of seeds has a beginning and an end")
          .help("for example `seeds 1..3`");
      continue;
    }
    const auto from = whole(*range.from, 0, "a seed", context);
    const auto to = range.is_range ? whole(*range.to, from.value_or(0), "the last seed", context) : from;
    if (!from || !to) continue;
    for (int64_t seed = *from; seed <= *to; ++seed) seeds.insert(static_cast<uint64_t>(seed));
  }
  return {seeds.begin(), seeds.end()};
}

/// The text of an expression on one line.
std::string text_of(const ast::Expr& expr, const Context& context) {
  std::string text;
  for (const char c : context.sources.text(expr.span)) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!space || (!text.empty() && text.back() != ' ')) text += space ? ' ' : c;
  }
  return text;
}

ExperimentCell::Setting one_setting(const ast::Name& key, const ast::Expr& value, bool varies, const Context& context) {
  return {&key, &value, text_of(value, context), varies};
}

/// Every combination of what the experiment sets and varies; the last key varies fastest.
std::vector<std::vector<ExperimentCell::Setting>> grid_of(const ast::Experiment& experiment, Context& context) {
  std::vector<std::vector<ExperimentCell::Setting>> grid(1);
  for (const ast::Setting& setting : experiment.fixed)
    grid[0].push_back(one_setting(setting.key, *setting.value, false, context));
  for (const ast::Setting& setting : experiment.varied) {
    if (setting.value->kind != ast::ExprKind::list || setting.value->children.empty()) {
      context.diagnostics.error("E0218", setting.value->span, "`vary` needs a list of values")
          .help("`vary " + setting.key.text + " = [a, b]` runs both; to change a setting in all runs use `set`");
      continue;
    }
    std::vector<std::vector<ExperimentCell::Setting>> finer;
    for (const auto& combination : grid)
      for (const ast::ExprPtr& value : setting.value->children) {
        finer.push_back(combination);
        finer.back().push_back(one_setting(setting.key, *value, true, context));
      }
    grid = std::move(finer);
  }
  return grid;
}

std::string for_folder(const std::string& text) {
  std::string name;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) || std::string_view("._-=+").find(c) != std::string_view::npos)
      name += c;
    else if (!name.empty() && name.back() != '_' && c != ']')
      name += '_';
  return name;
}

ExperimentCell cell_of(const std::string& algorithm, const std::string& robot, int64_t steps,
                       const std::vector<ExperimentCell::Setting>& settings) {
  ExperimentCell cell{algorithm, robot, steps, settings, algorithm + " on " + robot, algorithm + "-" + robot};
  for (const auto& setting : settings) {
    if (!setting.varies) continue;
    cell.label += ", " + setting.key->text + " = " + setting.text;
    cell.folder += "-" + setting.key->text + "=" + for_folder(setting.text);
  }
  return cell;
}

/// Values that differ only in signs that folders do not show are told apart by a number.
void make_folders_unique(std::vector<ExperimentCell>& cells) {
  std::set<std::string> used;
  for (ExperimentCell& cell : cells) {
    const std::string name = cell.folder;
    for (int n = 2; !used.insert(cell.folder).second; ++n) cell.folder = name + "_" + std::to_string(n);
  }
}

void add_cells(const ast::Experiment::Run& run, int64_t steps, const ast::Name& algorithm, const ast::Name& robot,
               const std::vector<std::vector<ExperimentCell::Setting>>& grid, std::vector<ExperimentCell>& cells,
               Context& context) {
  for (const auto& settings : grid) {
    ExperimentCell cell = cell_of(algorithm.text, robot.text, steps, settings);
    if (std::any_of(cells.begin(), cells.end(), [&](const auto& other) { return other.label == cell.label; })) {
      context.diagnostics.error("E0218", run.span, "`" + cell.label + "` is run twice");
      return;
    }
    cells.push_back(std::move(cell));
  }
}

bool agrees(const ExperimentCell& cell, const ast::Expectation& expectation, const Context& context) {
  if (expectation.algorithm && expectation.algorithm->text != cell.algorithm) return false;
  if (expectation.robot && expectation.robot->text != cell.robot) return false;
  return std::all_of(expectation.settings.begin(), expectation.settings.end(), [&](const ast::Setting& wanted) {
    return std::any_of(cell.settings.begin(), cell.settings.end(), [&](const ExperimentCell::Setting& given) {
      return given.key->text == wanted.key.text && given.text == text_of(*wanted.value, context);
    });
  });
}

/// The comment that stands behind something on its last line, without `//`.
std::string comment_behind(Span span, const ast::File& file, const Context& context) {
  const uint32_t line = context.sources.position(file.id, span.end).line;
  for (const ast::Comment& comment : file.comments) {
    if (comment.span.begin < span.end || context.sources.position(file.id, comment.span.begin).line != line) continue;
    const size_t words = comment.text.find_first_not_of("/ ");
    return words == std::string::npos ? "" : comment.text.substr(words);
  }
  return "";
}

std::optional<Claim> claim_of(const ast::Expectation& expectation, const std::vector<ExperimentCell>& cells,
                              const ast::File& file, Context& context) {
  const ast::Range& band = expectation.band;
  const auto steps = whole(*expectation.steps, 1, "a step", context);
  if (!band.is_range || !band.from || !band.to) {
    context.diagnostics.error("E0215", band.span, "a band has two ends").help("for example `in 900..1200`");
    return std::nullopt;
  }
  const auto low = number(*band.from, "the end of a band", context);
  const auto high = number(*band.to, "the end of a band", context);
  if (!steps || !low || !high) return std::nullopt;
  Claim claim{expectation.metric.text,
              expectation.metric.span,
              *steps,
              *low,
              *high,
              {},
              comment_behind(expectation.span, file, context)};
  if (*low > *high) context.diagnostics.error("E0215", band.span, "this band ends before it begins");
  bool late = false;
  for (const ExperimentCell& cell : cells) {
    if (!agrees(cell, expectation, context)) continue;
    late = late || cell.steps < *steps;
    claim.cells.push_back(cell.label);
  }
  if (claim.cells.empty())
    context.diagnostics.error("E0219", expectation.span, "the experiment runs nothing that this is expected of");
  if (late)
    context.diagnostics.error("E0219", expectation.steps->span, "the runs end before this step").here("too late");
  return claim;
}

void check_shape(const Library& library, const ast::Experiment& experiment, Context& context) {
  if (experiment.runs.empty())
    context.diagnostics.error("E0218", experiment.name.span, "this experiment runs nothing")
        .help("add `run ALGORITHM on ROBOT for 5000 steps`");
  for (const ast::Experiment::Run& run : experiment.runs)
    for (const ast::Name& algorithm : run.algorithms) {
      const bool known = require_algorithm(algorithm, library, context.diagnostics) != nullptr;
      for (const ast::Name& robot : run.robots)
        if (check_robot_name(robot, library, context.diagnostics) && known)
          require_settings(library, algorithm.text, robot, context.diagnostics);
    }
  check_keys(experiment.fixed, context.diagnostics);
  check_keys(experiment.varied, context.diagnostics);
  for (const ast::Setting& setting : experiment.varied)
    for (const ast::Setting& fixed : experiment.fixed)
      if (fixed.key.text == setting.key.text)
        context.diagnostics.error("E0216", setting.key.span, "`" + setting.key.text + "` is both set and varied")
            .label(fixed.key.span, "it is set here");
}

/// The text of a script without its comments and experiments, which change nothing in a run.
std::string essence(const ast::File& file, const Context& context) {
  std::vector<Span> left_out;
  for (const ast::Comment& comment : file.comments) left_out.push_back(comment.span);
  for (const ast::Item& item : file.items)
    if (std::get_if<ast::Experiment>(&item.as)) left_out.push_back(item.span);
  std::string text(context.sources.text(file.id));
  for (const Span& span : left_out) std::fill(text.begin() + span.begin, text.begin() + span.end, ' ');
  std::string words;
  for (const char c : text)
    if (!std::isspace(static_cast<unsigned char>(c)))
      words += c;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  return words;
}

/// The last folder and the file name: what tells files apart, wherever the whole tree lies.
std::string short_name(const std::string& path) {
  std::error_code none;
  const std::filesystem::path whole = std::filesystem::weakly_canonical(path, none);
  return (whole.parent_path().filename() / whole.filename()).string();
}

void add_hashes(const Script& script, const Context& context, SourceHashes& hashes) {
  for (const auto& file : script.library->files())
    hashes[short_name(context.sources.path(file->id))] = hash_text(essence(*file, context));
  std::ifstream model(script.robot.mjcf, std::ios::binary);
  hashes[short_name(script.robot.mjcf)] =
      hash_text(std::string(std::istreambuf_iterator<char>(model), std::istreambuf_iterator<char>()));
}

void add_logged(const Block& block, std::set<std::string>& names) {
  for (const Node& node : block.nodes) {
    if (node.op == Op::log_metric) names.insert(node.text("metric"));
    for (const Block& inner : node.blocks) add_logged(inner, names);
  }
}

/// The metrics that a run may give: those of every run, and what its program logs.
std::vector<std::string> metrics_of(const Program& program) {
  std::set<std::string> names = {"evaluate/return", "evaluate/return_std", "evaluate/length", "train/return",
                                 "train/length"};
  add_logged(program.main, names);
  return {names.begin(), names.end()};
}

void check_metrics(const std::vector<Claim>& claims, const ExperimentCell& cell, const Program& program,
                   Context& context) {
  const std::vector<std::string> known = metrics_of(program);
  for (const Claim& claim : claims) {
    if (std::find(claim.cells.begin(), claim.cells.end(), cell.label) == claim.cells.end()) continue;
    if (std::find(known.begin(), known.end(), claim.metric) != known.end()) continue;
    std::string list;
    for (const std::string& each : known) list += (list.empty() ? "" : ", ") + each;
    context.diagnostics.error("E0219", claim.metric_place, "the runs of `" + cell.algorithm + "` have no such metric")
        .help(did_you_mean(claim.metric, known))
        .note("they have " + list);
  }
}

}  // namespace

const ast::Experiment* choose_experiment(const ast::File& file, const std::string& name, Context& context) {
  std::vector<const ast::Experiment*> all;
  std::vector<std::string> names;
  for (const ast::Item& item : file.items)
    if (const auto* experiment = std::get_if<ast::Experiment>(&item.as)) {
      if (experiment->name.text == name) return experiment;
      all.push_back(experiment);
      names.push_back(experiment->name.text);
    }
  if (name.empty() && all.size() == 1) return all.front();
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  const Span place{file.id, 0, 0};
  if (all.empty())
    context.diagnostics.error("E0214", place, "this script defines no experiment");
  else if (name.empty())
    context.diagnostics.error("E0214", place, "this script defines several experiments: " + list)
        .help("choose one by --experiment");
  else
    context.diagnostics.error("E0214", place, "there is no experiment `" + name + "` in this script")
        .note("it defines " + list)
        .help(did_you_mean(name, names));
  return nullptr;
}

std::optional<ExperimentPlan> plan_experiment(const Library& library, const ast::File& file,
                                              const ast::Experiment& experiment, Context& context) {
  check_shape(library, experiment, context);
  ExperimentPlan plan{experiment.name.text, {}, seeds_of(experiment, context), {}};
  const auto grid = grid_of(experiment, context);
  for (const ast::Experiment::Run& run : experiment.runs) {
    const auto steps = whole(*run.steps, 1, "the number of steps", context);
    for (const ast::Name& algorithm : run.algorithms)
      for (const ast::Name& robot : run.robots)
        add_cells(run, steps.value_or(1), algorithm, robot, grid, plan.cells, context);
  }
  make_folders_unique(plan.cells);
  if (context.diagnostics.has_errors()) return std::nullopt;
  for (const ast::Expectation& expectation : experiment.expectations)
    if (auto claim = claim_of(expectation, plan.cells, file, context)) plan.claims.push_back(std::move(*claim));
  if (context.diagnostics.has_errors()) return std::nullopt;
  return plan;
}

std::optional<SourceHashes> check_cells(const ExperimentPlan& plan, const std::string& file, Context& context) {
  SourceHashes hashes;
  for (const ExperimentCell& cell : plan.cells) {
    std::optional<Script> script = load_script({file, cell.robot, cell.algorithm, {}, {}}, context);
    if (!script) return std::nullopt;
    for (const auto& setting : cell.settings) script->settings.put(*setting.key, *setting.value, context.sources);
    const Elaboration made = elaborate_algorithm(context.sources, *script->library, *script->algorithm, script->robot,
                                                 script->settings.texts(), context.diagnostics);
    if (!context.diagnostics.has_errors()) check_metrics(plan.claims, cell, made.program, context);
    if (context.diagnostics.has_errors()) return std::nullopt;
    add_hashes(*script, context, hashes);
  }
  return hashes;
}

}  // namespace duet
