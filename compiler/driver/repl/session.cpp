#include "compiler/driver/repl/session.h"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "compiler/base/render.h"
#include "compiler/base/suggest.h"
#include "compiler/driver/repl/commands.h"
#include "compiler/driver/repl/interrupt.h"
#include "compiler/sema/robot_script.h"
#include "runtime/core/hash.h"

namespace duet {

/// Metrics that statements report.
class Session::MetricPrinter : public Observer {
 public:
  explicit MetricPrinter(std::ostream& output) : output_(output) {}
  void metric(const MetricEvent& event) override { output_ << event.name << ": " << number_text(event.value) << "\n"; }
  void warning(std::string_view text) override { output_ << "warning: " << text << "\n"; }

 private:
  std::ostream& output_;
};

Session::Session(const ReplOptions& options, std::ostream& output)
    : options_(options),
      output_(output),
      library_(sources_, options.paths),
      interactive_(sources_, library_, diagnostics_) {
  events_.add(std::make_unique<MetricPrinter>(output));
}

Session::~Session() = default;

void Session::print_diagnostics() {
  if (diagnostics_.empty()) return;
  RenderOptions options;
  options.colours = options_.colours;
  Diagnostics shown;
  for (Diagnostic diagnostic : diagnostics_.all()) {
    for (Label& label : diagnostic.labels)
      if (const auto whole = whole_.find(label.span.file); whole != whole_.end()) label.span.file = whole->second;
    shown.add(std::move(diagnostic));
  }
  output_ << render_text(shown, sources_, options);
  diagnostics_.clear();
}

Session::Reply Session::finish(bool worked) {
  worked = worked && !diagnostics_.has_errors();
  print_diagnostics();
  return worked ? Reply::done : Reply::failed;
}

Session::Reply Session::take(const std::string& text, bool more_to_come) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) return Reply::done;
  try {
    return text[first] == ':' ? take_command(text, more_to_come) : take_entry(text, more_to_come);
  } catch (const Error& error) {
    diagnostics_.add(error);
  } catch (const std::exception& failure) {
    diagnostics_.error("E0099", {}, std::string("an error inside Duet: ") + failure.what())
        .help("the session goes on; please report what you entered");
  }
  interactive_.discard();
  return finish(false);
}

namespace {

/// Nothing but comments: they belong to what comes next.
bool only_comments(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const size_t first = line.find_first_not_of(" \t");
        first != std::string::npos && line.compare(first, 2, "//") != 0)
      return false;
  return true;
}

}  // namespace

Session::Reply Session::take_entry(const std::string& text, bool more_to_come) {
  if (only_comments(text)) return more_to_come ? Reply::incomplete : Reply::done;
  const uint32_t source = sources_.add("entry " + std::to_string(entry_count_ + 1), text);
  auto entry = std::make_unique<ReplEntry>(parse_entry(sources_, source, diagnostics_));
  if (entry->incomplete && more_to_come) {
    diagnostics_.clear();
    return Reply::incomplete;
  }
  ++entry_count_;
  if (diagnostics_.has_errors()) return finish(false);
  return finish(run_entry(std::move(entry), source));
}

bool Session::run_entry(std::unique_ptr<ReplEntry> given, uint32_t source) {
  entries_.push_back(std::move(given));
  ReplEntry& entry = *entries_.back();
  if (!entry.uses.empty() || !entry.items.empty()) {
    ast::File file;
    file.id = source;
    file.uses = std::move(entry.uses);
    file.items = std::move(entry.items);
    if (!define(std::move(file))) return false;
  }
  if (entry.expression) return run_piece(interactive_.expression(*entry.expression, true), entry.expression.get());
  if (entry.memories.empty() && entry.instances.empty() && entry.statements.statements.empty()) return true;
  if (!entry.instances.empty()) actors_.clear();
  return run_piece(interactive_.entry(entry), nullptr);
}

// --- definitions ----------------------------------------------------------------------------------------------------

bool Session::load(const std::string& path) {
  const uint32_t source = sources_.load(path);
  ast::File file = parse(sources_, source, diagnostics_);
  if (diagnostics_.has_errors()) return false;
  return define(std::move(file));
}

/// Definitions take the place of earlier ones of the same name, unless they have errors.
bool Session::define(ast::File file) {
  std::vector<const ast::Item*> earlier;
  std::vector<std::string> names;
  for (const ast::Item& item : file.items) {
    names.push_back(name_of(item).text);
    if (const ast::Item* old = library_.find(names.back())) earlier.push_back(old);
  }
  const ast::File* adopted = library_.adopt(std::move(file), true, diagnostics_);
  if (!diagnostics_.has_errors()) check_file(sources_, library_, *adopted, diagnostics_);
  if (diagnostics_.has_errors()) {
    for (const ast::Item* item : earlier) restore(*item);
    return false;
  }
  for (const ast::Item& item : adopted->items) output_ << kind_of(item) << " " << name_of(item).text << "\n";
  renew(names);
  return true;
}

/// Gives an earlier definition its place back: its text is read again, at the same lines of a file of the same name.
void Session::restore(const ast::Item& item) {
  const std::string_view whole = sources_.text(item.span.file);
  size_t begin = item.span.begin;
  for (uint32_t line = sources_.position(item.span.file, item.span.begin).line; line > 1; --line) {
    const std::string_view above = sources_.line_text(item.span.file, line - 1);
    const size_t first = above.find_first_not_of(" \t");
    if (first == std::string_view::npos || above.substr(first, 2) != "//") break;
    begin = sources_.line_begin(item.span.file, line - 1);
  }
  std::string text(whole.substr(0, item.span.end));
  for (size_t i = 0; i < begin; ++i)
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
  const uint32_t source = sources_.add(sources_.path(item.span.file), std::move(text));
  Diagnostics known;  // it was accepted before
  library_.adopt(parse(sources_, source, known), true, known);
}

void Session::renew(const std::vector<std::string>& names) {
  std::vector<std::string> older;
  std::optional<Piece> piece = interactive_.renew(names, older);
  for (const std::string& name : older)
    output_ << "`" << name << "` keeps its earlier definition; declare it again for the new one\n";
  if (!piece || piece->bound.empty()) return;
  actors_.clear();
  run_piece(std::move(piece), nullptr);
}

bool Session::open_algorithm(const std::string& name) {
  const ast::Item* item = library_.find(name);
  const auto* algorithm = item ? std::get_if<ast::Algorithm>(&item->as) : nullptr;
  if (!algorithm) {
    std::vector<std::string> known;
    for (const std::string& candidate : library_.names())
      if (std::get_if<ast::Algorithm>(&library_.find(candidate)->as)) known.push_back(candidate);
    diagnostics_.error("E0203", {}, "there is no algorithm `" + name + "`").help(did_you_mean(name, known));
    return false;
  }
  actors_.clear();
  return run_piece(interactive_.declarations(*algorithm), nullptr);
}

// --- evaluation -----------------------------------------------------------------------------------------------------

Interpreter& Session::engine() {
  if (!engine_) {
    EngineOptions options;
    options.seed = options_.seed;
    options.events = &events_;
    options.stop = &interrupted();
    options.robot = seat_.environment.get();
    engine_ = std::make_unique<Interpreter>(interactive_.program(), std::move(options));
  }
  return *engine_;
}

std::optional<std::vector<TensorData>> Session::evaluate(const Block& block, std::span<const TensorData> inputs) {
  interrupted().store(false);
  try {
    std::vector<TensorData> values = engine().evaluate(block, inputs);
    if (!interrupted().exchange(false)) return values;
  } catch (const Error& error) {
    if (!interrupted().exchange(false))
      diagnostics_.add(error);
    else
      output_ << "interrupted\n";
    return std::nullopt;
  }
  output_ << "interrupted\n";
  return std::nullopt;
}

bool Session::run_piece(std::optional<Piece> piece, const ast::Expr* expression) {
  if (!piece) return false;
  std::vector<TensorData> values;
  if (!piece->block.nodes.empty() || !piece->block.results.empty()) {
    auto evaluated = evaluate(piece->block);
    if (!evaluated) {
      interactive_.discard();
      return false;
    }
    values = std::move(*evaluated);
  }
  interactive_.commit();
  show_piece(*piece, values, expression);
  return true;
}

namespace {

bool is_comparison(const ast::Expr& expr) {
  static const char* const kTruths[] = {"<", "<=", ">", ">=", "==", "!=", "and", "or", "not"};
  if (expr.kind == ast::ExprKind::boolean) return true;
  if (expr.kind != ast::ExprKind::binary && expr.kind != ast::ExprKind::unary) return false;
  return std::find(std::begin(kTruths), std::end(kTruths), expr.text) != std::end(kTruths);
}

}  // namespace

void Session::show_piece(const Piece& piece, const std::vector<TensorData>& values, const ast::Expr* expression) {
  if (!expression) {
    for (const BoundName& bound : piece.bound) output_ << bound.name << ": " << bound.words << "\n";
    return;
  }
  for (const Shown& shown : piece.shown) {
    if (!shown.label.empty()) output_ << shown.label << (shown.result >= 0 ? " " + shown.words : "") << "\n";
    if (shown.result >= 0)
      show(values.at(static_cast<size_t>(shown.result)));
    else if (shown.number)
      output_ << number_text(*shown.number, is_comparison(*expression) ? Kind::boolean : Kind::real) << "\n";
    else
      output_ << shown.words << "\n";
  }
}

void Session::show(const TensorData& value) {
  output_ << table(value);
}

bool Session::hold(const std::string& name, const TensorData& value) {
  const Block block = interactive_.holder(name, value.type);
  return evaluate(block, {&value, 1}).has_value();
}

// --- the robot
// --------------------------------------------------------------------------------------------------------

bool Session::choose_robot(const std::string& name) {
  // A robot entered at the prompt goes before a bundled one of the same name.
  const ast::Item* item = library_.find(name);
  if (!item || !std::get_if<ast::Robot>(&item->as)) item = library_.robot(name, diagnostics_);
  if (!item) return false;
  Diagnostics repeated;  // the elaborator reports what is wrong with the line of robots
  const RobotScript script = robot_script(std::get<ast::Robot>(item->as), library_, repeated);
  RobotChoice choice{item, std::nullopt, model_path(script, sources_)};
  std::shared_ptr<const Model> model;
  if (script.mjcf) {
    try {
      model = Model::load(choice.mjcf);
    } catch (const Error& error) {
      throw error.at(script.mjcf->span);
    }
    choice.facts = model->facts();
  }
  const auto lost = interactive_.choose_robot(choice);
  if (!lost) return false;
  engine_.reset();
  actors_.clear();
  seat_ = {};
  const RobotProgram& robot = interactive_.program().robot;
  seat_.model = model;
  seat_.environment = std::make_unique<Environment>(model, interactive_.program(), options_.seed, hash_text("repl"));
  output_ << "robot " << robot.name << ": obs " << robot.obs << ", action " << robot.action << ", "
          << number_text(model->facts().timestep * static_cast<double>(robot.frames)) << " s a step\n";
  for (const std::string& forgotten : *lost)
    output_ << "`" << forgotten << "` belonged to the robot before and is forgotten\n";
  return reset_robot();
}

namespace {

TensorData vector_data(const std::string& axis, std::span<const double> values) {
  TensorData data{{Kind::real, {{axis, static_cast<int64_t>(values.size())}}}, {}};
  data.data.assign(values.begin(), values.end());
  return data;
}

}  // namespace

void Session::show_observation() {
  show(vector_data("obs", seat_.environment->observation()));
}

bool Session::reset_robot() {
  if (!seat_.environment) {
    diagnostics_.error("E0041", {}, "there is no robot yet").help("choose one, for example with `:robot half_cheetah`");
    return false;
  }
  const TensorData obs = vector_data("obs", seat_.environment->reset());
  seat_.over = false;
  seat_.total = 0;
  for (auto& [text, actor] : actors_) actor.begun = false;
  return hold("state", obs);
}

std::optional<TensorData> Session::act(const ast::Expr& expr) {
  if (!seat_.environment) {
    diagnostics_.error("E0041", expr.span, "there is no robot yet")
        .help("choose one, for example with `:robot half_cheetah`");
    return std::nullopt;
  }
  const std::string key(sources_.text(expr.span));
  auto found = actors_.find(key);
  if (found == actors_.end()) {
    std::optional<ActorPiece> piece = interactive_.actor(expr);
    if (!piece) return std::nullopt;
    interactive_.discard();
    Actor actor{std::move(*piece), false};
    // A vector is no actor: it is evaluated once, with what its names mean now.
    if (actor.piece.act.parameters.empty()) {
      auto action = evaluate(actor.piece.act);
      return action ? std::optional<TensorData>(action->at(0)) : std::nullopt;
    }
    found = actors_.emplace(key, std::move(actor)).first;
  }
  Actor& actor = found->second;
  if (!actor.begun && !evaluate(actor.piece.begin)) return std::nullopt;
  actor.begun = true;
  const TensorData obs = vector_data("obs", seat_.environment->observation());
  auto action = evaluate(actor.piece.act, {&obs, 1});
  return action ? std::optional<TensorData>(action->at(0)) : std::nullopt;
}

bool Session::step_robot(const ast::Expr& expr) {
  if (seat_.environment && seat_.over) {
    diagnostics_.error("E0044", expr.span, "the episode is over").help("`:reset` starts another");
    return false;
  }
  const auto action = act(expr);
  if (!action) return false;
  const std::vector<double> control(action->data.begin(), action->data.end());
  Environment::Outcome outcome;
  try {
    outcome = seat_.environment->step(control);
  } catch (const Error&) {
    seat_.over = true;  // a simulator that broke down does not go on
    throw;
  }
  seat_.total += outcome.reward;
  seat_.over = outcome.done || outcome.truncated;
  output_ << "reward " << number_text(outcome.reward) << ", return " << number_text(seat_.total) << ", step "
          << seat_.environment->episode_steps();
  if (outcome.done) output_ << ", done";
  if (outcome.truncated && !outcome.done) output_ << ", cut off";
  output_ << "\n";
  show_observation();
  return hold("state", vector_data("obs", seat_.environment->observation()));
}

}  // namespace duet
