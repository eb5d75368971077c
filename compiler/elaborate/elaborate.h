#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/sema/library.h"
#include "runtime/program/program.h"
#include "runtime/sim/facts.h"

namespace duet {

/// `--set agent.lr=1e-3`, or an entry of a settings block: the key and an expression, parsed.
struct SettingText {
  std::string key;
  const ast::Expr* value = nullptr;
  Span key_span;  // where the key stands, if it stands in a script

  Span place() const { return key_span.known() ? key_span : value->span; }
};

/// The robot a program is made for.
struct RobotChoice {
  const ast::Item* item = nullptr;
  std::optional<ModelFacts> facts;  // of its model; without them sizes stay unknown (checking only)
  std::string mjcf;                 // path of the model file
};

/// What a parameter of a robot stands for: a number, or a list of them.
struct ParameterValue {
  std::string name;
  std::vector<double> numbers;
  bool is_list = false;
};

struct Elaboration {
  Program program;
  std::vector<std::pair<Span, std::string>> types;  // where a name was bound, and `name: type`
  std::vector<ParameterValue> robot_parameters;     // those without errors, in the order in which they are computed
};

/// Turns an algorithm and a robot into a graph, with every type checked; a null `robot.item` leaves sizes open.
/// The program is usable only if `diagnostics` has no errors.
Elaboration elaborate_algorithm(const SourceMap& sources, const Library& library, const ast::Item& algorithm,
                                const RobotChoice& robot, const std::vector<SettingText>& settings,
                                Diagnostics& diagnostics);

/// A robot alone, as a program without algorithm. Of the settings those of the robot count, as in `robot.speed`.
Elaboration elaborate_robot(const SourceMap& sources, const Library& library, const RobotChoice& robot,
                            const std::vector<SettingText>& settings, Diagnostics& diagnostics);

/// Checks every definition of a file: algorithms and robots as wholes, learners and models with their defaults.
void check_file(const SourceMap& sources, const Library& library, const ast::File& file, Diagnostics& diagnostics);

/// One row of `duet ops`.
struct Documentation {
  std::string name, usage, doc, kind;
};
/// The built-in functions and operations that scripts can use.
std::vector<Documentation> documented_builtins();

}  // namespace duet
