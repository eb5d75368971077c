#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "compiler/driver/robot_sheet.h"

namespace duet {

namespace {

constexpr size_t kLead = 14;      // columns before what a line says
constexpr size_t kWidth = 110;    // of lists of names
constexpr size_t kMostRows = 12;  // of a list that is cut
std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string interval(double low, double high) {
  if (low <= -kNoLimit && high >= kNoLimit) return "no limit";
  return short_number(low) + " .. " + short_number(high);
}

std::string counted(size_t count, const std::string& one, const std::string& several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

/// How much of a list of `size` is shown. A list that would be cut by one or two entries is shown whole.
size_t shown_of(size_t size, bool all) {
  return all || size <= kMostRows + 2 ? size : kMostRows;
}

std::string rest_of(size_t size, size_t shown) {
  return shown == size ? "" : "... " + std::to_string(size - shown) + " more (--all shows them)";
}

/// Writes the text piece by piece.
class Page {
 public:
  Page(const RobotSheet& sheet, bool all) : sheet_(sheet), robot_(sheet.program), all_(all) {}

  std::string run() {
    head();
    sizes();
    timing();
    clauses();
    model();
    line("picture", "duet robot " + seen_as() + " --picture " + sheet_.name + ".png");
    return std::move(out_);
  }

 private:
  using Row = std::vector<std::string>;

  void line(const std::string& lead, const std::string& text) {
    out_ += lead.empty() ? std::string(kLead, ' ') : padded(lead, kLead - 1) + " ";
    for (const char c : text) {
      out_ += c;
      if (c == '\n') out_ += std::string(kLead, ' ');
    }
    out_.erase(out_.find_last_not_of(' ') + 1);
    out_ += "\n";
  }

  void gap() { out_ += "\n"; }

  /// How another command finds the robot: by its name if its file is bundled, else by the file.
  std::string seen_as() const {
    const std::string path = sheet_.place.substr(0, sheet_.place.find(':'));
    return path.ends_with("robots/" + sheet_.name + ".duet") ? sheet_.name : path;
  }

  void head() {
    line(sheet_.name, sheet_.place);
    size_t at = 0;
    while (at < sheet_.doc.size()) {
      const size_t end = std::min(sheet_.doc.find('\n', at), sheet_.doc.size());
      out_ += at == end ? "\n" : "  " + sheet_.doc.substr(at, end - at) + "\n";
      at = end + 1;
    }
    gap();
    std::string bases;
    for (const std::string& each : sheet_.extends) bases += (bases.empty() ? "" : ", which extends ") + each;
    if (!bases.empty()) line("extends", bases);
    parameters();
  }

  void parameters() {
    std::vector<Row> rows;
    for (const ParameterSheet& each : sheet_.parameters) {
      std::string numbers;
      for (const double number : each.value.numbers) numbers += (numbers.empty() ? "" : ", ") + short_number(number);
      std::string why = "default";
      if (each.source == "--set")
        why = "by --set";
      else if (each.source != "default")
        why = "given by " + each.source;
      if (each.written && each.source != "default") why += ", default " + *each.written;
      if (each.declared_by != sheet_.name) why += ", a parameter of " + each.declared_by;
      rows.push_back({each.name + " = " + (each.value.is_list ? "[" + numbers + "]" : numbers), "(" + why + ")"});
    }
    table("parameters", rows, true);
  }

  void sizes() {
    line("observation", counted(static_cast<size_t>(robot_.obs), "number", "numbers"));
    if (robot_.action == 0) return line("action", "none: nothing acts");
    const char* rule = robot_.outside == OutsideLimits::pass   ? "are passed on"
                       : robot_.outside == OutsideLimits::clip ? "are clipped"
                                                               : "stop the run";
    line("action",
         counted(static_cast<size_t>(robot_.action), "number", "numbers") + "; those outside the limits " + rule);
    std::vector<Row> rows;
    for (size_t i = 0; i < robot_.low.size(); ++i) {
      const std::string name = i < sheet_.action_names.size() ? sheet_.action_names[i] : "";
      rows.push_back({std::to_string(i), name, interval(robot_.low[i], robot_.high[i])});
    }
    table("", rows, all_);
  }

  void timing() {
    line("physics", short_number(sheet_.model.timestep) + " s a step, " + sheet_.model.integrator);
    line("control", counted(static_cast<size_t>(robot_.frames), "physics step", "physics steps") +
                        " a control step: dt = " + short_number(sheet_.dt) + " s, " + short_number(1 / sheet_.dt) +
                        " Hz");
    line("episode", robot_.limit > 0 ? "at most " + std::to_string(robot_.limit) + " steps, " +
                                           short_number(static_cast<double>(robot_.limit) * sheet_.dt) + " s"
                                     : "no limit of steps");
    if (robot_.settle > 0)
      line("settle", counted(static_cast<size_t>(robot_.settle), "physics step", "physics steps") +
                         " without control after a reset");
    gap();
  }

  void clauses() {
    std::string last;
    for (const ClauseSheet& each : sheet_.clauses) {
      const std::string from = each.robot == sheet_.name ? "" : "   // from " + each.robot;
      line(each.kind == last ? "" : each.kind == "function" ? "functions" : each.kind, each.text + from);
      last = each.kind;
    }
    gap();
  }

  void model() {
    const ModelFacts& m = sheet_.model;
    line("model", sheet_.mjcf + (m.name.empty() ? "" : ", \"" + m.name + "\""));
    line("", "nq " + std::to_string(m.nq) + ", nv " + std::to_string(m.nv) + ", nu " + std::to_string(m.nu) + ", na " +
                 std::to_string(m.na) + ", mass " + short_number(m.mass) + " kg");
    joints();
    std::vector<Row> actuators;
    for (const ActuatorFact& each : m.actuators)
      actuators.push_back({shown(each.name), each.limited ? interval(each.low, each.high) : "no limit"});
    table("actuators", actuators, all_);
    const auto row = [](const auto&) { return std::string(); };
    const auto slots = [](const SensorFact& fact) {
      return fact.size == 1 ? "" : "[" + std::to_string(fact.size) + "]";
    };
    names("sensors", m.sensors, slots);
    names("numeric", m.numerics, slots);
    names("bodies", m.bodies, row);
    names("geoms", m.geoms, row);
    names("sites", m.sites, row);
    names("tendons", m.tendons, row);
    names("activations", m.activations, row);
    names("keyframes", m.keyframes, row);
    names("cameras", m.cameras, row);
    gap();
  }

  void joints() {
    std::vector<Row> rows;
    const auto slots = [](const char* array, int at, int size) {
      return std::string(array) + "[" + std::to_string(at) + (size == 1 ? "" : ".." + std::to_string(at + size)) + "]";
    };
    for (const JointFact& each : sheet_.model.joints)
      rows.push_back(
          {shown(each.name), each.kind, "on " + shown(each.body), slots("qpos", each.qpos_address, each.qpos_size),
           slots("qvel", each.dof_address, each.dof_size),
           each.limited ? interval(each.low, each.high) + (each.kind == "slide" ? " m" : " rad") : "no limit"});
    table("joints", rows, all_);
  }

  static std::string shown(const std::string& name) { return name.empty() ? "(no name)" : name; }

  /// Rows with their columns lined up.
  void table(const std::string& lead, const std::vector<Row>& rows, bool all) {
    std::vector<size_t> widths(rows.empty() ? 0 : rows[0].size(), 0);
    const size_t count = shown_of(rows.size(), all);
    for (size_t i = 0; i < count; ++i)
      for (size_t k = 0; k < widths.size(); ++k) widths[k] = std::max(widths[k], rows[i][k].size());
    for (size_t i = 0; i < count; ++i) {
      std::string text;
      for (size_t k = 0; k < widths.size(); ++k)
        if (widths[k] > 0) text += (text.empty() ? "" : "  ") + padded(rows[i][k], widths[k]);
      line(i == 0 ? lead : "", text);
    }
    if (count < rows.size()) line("", rest_of(rows.size(), count));
  }

  /// The names of a list, several a line; `more` says what stands behind each.
  template <class Fact, class More>
  void names(const std::string& lead, const std::vector<Fact>& facts, More more) {
    if (facts.empty()) return;
    const size_t count = shown_of(facts.size(), all_);
    std::string text, row;
    const auto put = [&](const std::string& word) {
      if (!row.empty() && row.size() + word.size() + 2 > kWidth) {
        text += row + ",\n";
        row.clear();
      }
      row += (row.empty() ? "" : ", ") + word;
    };
    for (size_t i = 0; i < count; ++i) put(shown(facts[i].name) + more(facts[i]));
    if (count < facts.size()) put(rest_of(facts.size(), count));
    line(lead, text + row);
  }

  const RobotSheet& sheet_;
  const RobotProgram& robot_;
  const bool all_;
  std::string out_;
};

}  // namespace

std::string to_text(const RobotSheet& sheet, bool all) {
  return Page(sheet, all).run();
}

}  // namespace duet
