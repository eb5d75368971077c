#include "compiler/driver/repl/commands.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <ostream>
#include <set>

#include "compiler/base/suggest.h"
#include "compiler/driver/repl/session.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/graph/print.h"
#include "compiler/passes/pipeline.h"
#include "compiler/sema/unknown_name.h"

namespace duet {

namespace {

bool help(Session& session, const CommandArgument&) {
  std::ostream& output = session.output();
  size_t width = 0;
  for (const Command& command : commands()) width = std::max(width, command.name.size() + command.argument.size() + 3);
  output << "An entry is an expression, statements, declarations or definitions. Commands:\n";
  for (const Command& command : commands()) {
    std::string usage = "  :" + std::string(command.name) + " " + std::string(command.argument);
    usage.resize(width + 3, ' ');
    output << usage << command.doc << "\n";
  }
  return true;
}

bool load(Session& session, const CommandArgument& argument) {
  return session.load(std::string(argument.text));
}

bool robot(Session& session, const CommandArgument& argument) {
  if (!argument.text.empty()) return session.choose_robot(std::string(argument.text));
  for (const std::string& name : session.library().robot_names()) session.output() << name << "\n";
  return true;
}

bool open(Session& session, const CommandArgument& argument) {
  return session.open_algorithm(std::string(argument.text));
}

bool reset(Session& session, const CommandArgument&) {
  if (!session.reset_robot()) return false;
  session.show_observation();
  return true;
}

bool step(Session& session, const CommandArgument& argument) {
  return session.step_robot(*argument.expression);
}

bool act(Session& session, const CommandArgument& argument) {
  const auto action = session.act(*argument.expression);
  if (!action) return false;
  session.show(*action);
  return session.hold("it", *action);
}

bool type(Session& session, const CommandArgument& argument) {
  const auto piece = session.interactive().expression(*argument.expression);
  session.interactive().discard();
  if (!piece) return false;
  for (const Shown& shown : piece->shown)
    session.output() << shown.label << (shown.label.empty() ? "" : ": ") << shown.words << "\n";
  return true;
}

bool graph(Session& session, const CommandArgument& argument) {
  auto piece = session.interactive().expression(*argument.expression);
  session.interactive().discard();
  if (!piece) return false;
  Program program = session.interactive().program();
  program.main = std::move(piece->block);
  // Names that were declared again have left states of the same name behind.
  std::set<std::string> taken;
  for (State& state : program.states)
    for (const std::string name = state.name; !taken.insert(state.name).second;)
      state.name = name + "@" + std::to_string(taken.size());
  run_pipeline(program);
  session.output() << print_block(program, program.main);
  return true;
}

std::string duration_text(double seconds) {
  if (seconds < 1e-3) return number_text(seconds * 1e6) + " us";
  return seconds < 1 ? number_text(seconds * 1e3) + " ms" : number_text(seconds) + " s";
}

/// The median of as many runs as fit into about a second.
bool time(Session& session, const CommandArgument& argument) {
  using Clock = std::chrono::steady_clock;
  const auto piece = session.interactive().expression(*argument.expression);
  session.interactive().discard();
  if (!piece) return false;
  std::vector<double> seconds;
  double total = 0;
  while (seconds.size() < 3 || (total < 1.0 && seconds.size() < 101)) {
    const auto start = Clock::now();
    if (!session.evaluate(piece->block)) return false;
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    total += seconds.back();
  }
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2), seconds.end());
  session.output() << duration_text(seconds[seconds.size() / 2]) << " (median of " << seconds.size()
                   << " runs of the reference engine)\n";
  return true;
}

/// The first line of a definition, up to its brace.
std::string head_of(const Session& session, const ast::Item& item) {
  std::string text(session.sources().text(item.span));
  if (const size_t brace = text.find('{'); brace != std::string::npos && !std::get_if<ast::Function>(&item.as))
    text.resize(brace);
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

bool doc(Session& session, const CommandArgument& argument) {
  std::ostream& output = session.output();
  const std::string name(argument.text);
  std::vector<std::string> known;
  bool found = false;
  if (const std::string words = session.interactive().words_of(name); !words.empty()) {
    output << name << ": " << words << "\n";
    found = true;
  }
  for (const BoundName& bound : session.interactive().names()) known.push_back(bound.name);
  if (const ast::Item* item = session.library().find(name)) {
    output << head_of(session, *item) << "\n";
    if (!item->doc.empty()) output << item->doc << "\n";
    output << kind_of(*item) << ", defined at " << session.sources().place(name_of(*item).span) << "\n";
    found = true;
  }
  for (const std::string& definition : session.library().names()) known.push_back(definition);
  for (const Documentation& row : documented_builtins()) {
    known.push_back(row.name);
    if (row.name != name || found) continue;
    output << row.usage << "\n" << row.doc << "\n";
    found = true;
  }
  for (const Command& command : commands()) {
    known.push_back(":" + std::string(command.name));
    if (name != known.back()) continue;
    output << name << " " << command.argument << "\n" << command.doc << "\n";
    found = true;
  }
  for (const Axis& axis : session.interactive().axes()) {
    known.push_back(axis.name);
    if (axis.name != name || found) continue;
    output << "axis " << to_string(axis) << "\n";
    found = true;
  }
  if (!found)
    session.diagnostics()
        .error("E0203", {}, "nothing is known about `" + name + "`")
        .help(help_with_unknown(name, known, session.library()));
  return found;
}

bool names(Session& session, const CommandArgument&) {
  std::ostream& output = session.output();
  for (const BoundName& bound : session.interactive().names()) output << bound.name << ": " << bound.words << "\n";
  std::map<std::string, std::string> definitions;
  for (const std::string& name : session.library().names()) {
    std::string& list = definitions[kind_of(*session.library().find(name))];
    list += (list.empty() ? "" : ", ") + name;
  }
  for (const auto& [kind, list] : definitions) output << kind << ": " << list << "\n";
  return true;
}

using Takes = Command::Takes;

constexpr auto kCommands = std::to_array<Command>({
    {"help", "", "this list", Takes::nothing, help},
    {"load", "FILE", "load a script; definitions replace earlier ones of the same name", Takes::text, load},
    {"robot", "[NAME]", "choose a robot, or list them; `state` is its observation", Takes::optional_text, robot},
    {"open", "ALGORITHM", "declare the memories, models, learners and planners of an algorithm", Takes::text, open},
    {"reset", "", "begin an episode", Takes::nothing, reset},
    {"step", "ACTION", "move the robot by a vector, or by what acts, such as plan.act", Takes::expression, step},
    {"act", "ACTOR", "what agent.act, agent.explore, plan.act ... does at `state`; `it` is the action",
     Takes::expression, act},
    {"plan", "PLANNER", "the same for a planner; what it remembers lasts until :reset", Takes::expression, act},
    {"type", "EXPR", "the type of an expression", Takes::expression, type},
    {"graph", "EXPR", "the graph of an expression, after the passes", Takes::expression, graph},
    {"time", "EXPR", "how long an expression takes", Takes::expression, time},
    {"doc", "NAME", "what is known about a name", Takes::text, doc},
    {"names", "", "all names of the session and all definitions", Takes::nothing, names},
    {"quit", "", "leave; Ctrl-D does too", Takes::nothing, nullptr},
});

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

Session::Reply Session::take_command(const std::string& text, bool more_to_come) {
  const size_t colon = text.find(':');
  const size_t end = std::min(text.find_first_of(" \t\n", colon), text.size());
  const std::string name = text.substr(colon + 1, end - colon - 1);
  const size_t from = std::min(text.find_first_not_of(" \t\n", end), text.size());
  const std::string_view argument =
      std::string_view(text).substr(from, from < text.size() ? text.find_last_not_of(" \t\n") + 1 - from : 0);
  const uint32_t source = sources_.add("entry " + std::to_string(entry_count_ + 1), text);
  const auto at = [&](size_t begin, size_t stop) {
    return Span{source, static_cast<uint32_t>(begin), static_cast<uint32_t>(stop)};
  };
  const auto command =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& c) { return c.name == name; });
  if (command == kCommands.end()) {
    ++entry_count_;
    std::vector<std::string> known;
    for (const Command& c : kCommands) known.emplace_back(c.name);
    const auto near = nearest(name, known);
    diagnostics_.error("E0004", at(colon, end), "there is no command `:" + name + "`")
        .help(near ? "did you mean `:" + *near + "`?" : "`:help` lists the commands");
    return finish(false);
  }
  CommandArgument given{argument, nullptr};
  const bool wants = command->takes == Takes::text || command->takes == Takes::expression;
  if ((wants && argument.empty()) || (command->takes == Takes::nothing && !argument.empty())) {
    ++entry_count_;
    diagnostics_
        .error("E0005", at(colon, text.size()),
               wants ? "`:" + name + "` needs something after it" : "`:" + name + "` stands alone")
        .help("`:" + name + (command->argument.empty() ? "" : " " + std::string(command->argument)) +
              "`: " + std::string(command->doc));
    return finish(false);
  }
  if (command->takes == Takes::expression) {
    // The command's name becomes spaces, so that places are those of the line.
    const std::string blank = std::string(from, ' ') + text.substr(from);
    const uint32_t line = sources_.add("entry " + std::to_string(entry_count_ + 1), blank);
    whole_[line] = source;
    auto entry = std::make_unique<ReplEntry>(parse_entry(sources_, line, diagnostics_));
    if (entry->incomplete && more_to_come) {
      diagnostics_.clear();
      return Reply::incomplete;
    }
    ++entry_count_;
    if (!diagnostics_.has_errors() && !entry->expression)
      diagnostics_.error("E0005", at(from, text.size()), "`:" + name + "` takes an expression");
    if (diagnostics_.has_errors()) return finish(false);
    given.expression = entry->expression.get();
    entries_.push_back(std::move(entry));
  } else {
    ++entry_count_;
  }
  if (!command->run) return Reply::quit;
  return finish(command->run(*this, given));
}

}  // namespace duet
