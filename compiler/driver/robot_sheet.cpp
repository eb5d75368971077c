#include "compiler/driver/robot_sheet.h"

#include <algorithm>

#include "compiler/driver/header_comment.h"
#include "compiler/sema/robot_script.h"

namespace duet {

namespace {

/// The text under a span; later lines lose the indentation that all of them share.
std::string written(Span span, const SourceMap& sources) {
  const std::string_view text = sources.text(span);
  std::vector<std::string_view> lines;
  size_t least = std::string_view::npos;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    if (lines.size() > 1) least = std::min(least, lines.back().find_first_not_of(" \t"));
    at = end + 1;
  }
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i)
    out += i == 0 ? std::string(lines[i]) : "\n" + std::string(lines[i].substr(std::min(least, lines[i].size())));
  return out;
}

Span spanning(const Span& first, const Span& last) {
  return {first.file, first.begin, last.end};
}

/// Writes down the clauses of a robot, in the order in which an episode comes to them.
class Clauses {
 public:
  Clauses(const RobotScript& robot, const ast::Item& own, const Library& library, const SourceMap& sources)
      : robot_(robot), sources_(sources) {
    for (const ast::Robot* each : robot.line) {
      const ast::Item* item = each == &robot.own() ? &own : library.find(each->name.text);
      if (item) items_.push_back({item->span, each->name.text});
    }
  }

  std::vector<ClauseSheet> run() {
    for (const ast::Binding* binding : robot_.randomize) add("randomize", binding->span);
    for (const ast::ModelEdit* edit : robot_.edits) add("set", edit->span);
    if (robot_.reset) add("reset", span_of(*robot_.reset));
    add("observe", robot_.observe);
    for (const ast::RobotVariable* variable : robot_.variables) add_after_keyword("var", variable->span);
    if (robot_.action) add_after_keyword("action", robot_.action->span);
    add("control", robot_.control ? robot_.control->value.get() : nullptr);
    if (robot_.control && robot_.control->each_frame) clauses_.back().text.insert(0, "each frame ");
    add("reward", robot_.reward);
    add("done", robot_.done);
    add("truncate", robot_.truncate);
    for (const ast::Method* method : robot_.methods) add("function", method->span);
    return std::move(clauses_);
  }

 private:
  static Span span_of(const ast::Reset& reset) {
    Span last = reset.bindings.back().span;
    if (reset.until) last = reset.until->span;
    if (!reset.where.empty()) last = reset.where.back().span;
    return spanning(reset.bindings.front().span, last);
  }

  void add(const std::string& kind, const ast::Expr* expr) {
    if (expr) add(kind, expr->span);
  }

  void add(const std::string& kind, Span span) {
    clauses_.push_back({kind, written(span, sources_), robot_at(span), sources_.place(span)});
  }

  /// A span that begins with the word of its clause.
  void add_after_keyword(const std::string& kind, Span span) {
    const std::string_view text = sources_.text(span);
    const size_t words = text.find_first_not_of(" \t\r\n", kind.size());
    span.begin += static_cast<uint32_t>(words == std::string_view::npos ? text.size() : words);
    add(kind, span);
  }

  std::string robot_at(Span span) const {
    for (const auto& [item, name] : items_)
      if (item.file == span.file && item.begin <= span.begin && span.end <= item.end) return name;
    return robot_.own().name.text;
  }

  const RobotScript& robot_;
  const SourceMap& sources_;
  std::vector<std::pair<Span, std::string>> items_;
  std::vector<ClauseSheet> clauses_;
};

/// The robot that declares the parameter `declared`, and the one that gives it a value by extending that.
std::pair<std::string, std::string> origin(const RobotScript& robot, const ast::Parameter& declared) {
  for (size_t i = 0; i < robot.line.size(); ++i)
    for (const ast::Parameter& each : robot.line[i]->parameters)
      if (&each == &declared) return {robot.line[i]->name.text, i > 0 ? robot.line[i - 1]->name.text : ""};
  return {};
}

std::vector<ParameterSheet> parameters(const RobotScript& robot, const std::vector<ParameterValue>& values,
                                       const Settings& settings, const SourceMap& sources) {
  std::vector<ParameterSheet> sheets;
  for (const RobotScript::Parameter& parameter : robot.parameters) {
    const ast::Parameter& declared = *parameter.declared;
    ParameterSheet sheet{declared.name.text, {}, {}, std::nullopt, "default"};
    for (const ParameterValue& value : values)
      if (value.name == sheet.name) sheet.value = value;
    const auto [owner, nearer] = origin(robot, declared);
    sheet.declared_by = owner;
    if (declared.default_value) sheet.written = written(declared.default_value->span, sources);
    if (parameter.value != declared.default_value.get()) sheet.source = nearer;
    if (settings.written().count("robot." + sheet.name)) sheet.source = "--set";
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

const ast::File* file_of(const ast::Item& item, const Library& library) {
  for (const auto& file : library.files())
    if (file->id == item.span.file) return file.get();
  return nullptr;
}

}  // namespace

std::optional<RobotSheet> robot_sheet(const Script& script, const Settings& settings, Context& context) {
  std::optional<Compiled> compiled = compile(script, settings, {}, context);
  if (!compiled) return std::nullopt;
  const ast::Item& item = *script.robot.item;
  const RobotScript robot = robot_script(std::get<ast::Robot>(item.as), *script.library, context.diagnostics);
  RobotSheet sheet;
  sheet.name = robot.own().name.text;
  sheet.place = context.sources.place(item.span);
  if (const ast::File* file = file_of(item, *script.library)) sheet.doc = documentation_of(item, *file);
  for (size_t i = 1; i < robot.line.size(); ++i) sheet.extends.push_back(robot.line[i]->name.text);
  sheet.mjcf = script.robot.mjcf;
  sheet.parameters = parameters(robot, compiled->elaboration.robot_parameters, settings, context.sources);
  sheet.program = compiled->program().robot;
  sheet.model = *script.robot.facts;
  if (!robot.control)
    for (const ActuatorFact& actuator : sheet.model.actuators) sheet.action_names.push_back(actuator.name);
  sheet.dt = sheet.model.timestep * static_cast<double>(sheet.program.frames);
  sheet.clauses = Clauses(robot, item, *script.library, context.sources).run();
  return sheet;
}

}  // namespace duet
