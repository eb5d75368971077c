#pragma once

#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/sema/library.h"
#include "compiler/syntax/ast.h"

namespace duet {

/// A robot with all that it takes over from the robots it extends. Of two clauses of one kind that of the nearer robot
/// counts; numbers of the episode, variables and functions replace each other by name; `set` clauses are all done,
/// those of the nearer robot last. Everything points into the library's trees.
struct RobotScript {
  /// A parameter and the robot that declares it.
  struct Parameter {
    const ast::Parameter* declared = nullptr;
    const ast::Expr* value = nullptr;  ///< what `extends` gives, or the default; null if there is neither
  };

  std::vector<const ast::Robot*> line;  ///< the robot itself, then what it extends, and so on
  bool whole = true;                    ///< false if the line breaks off at an error
  std::vector<Parameter> parameters;    ///< in the order in which their values can be computed
  const ast::Name* mjcf = nullptr;
  const ast::Expr *frames = nullptr, *limit = nullptr, *settle = nullptr, *observe = nullptr, *reward = nullptr,
                  *done = nullptr, *truncate = nullptr;
  const ast::ActionClause* action = nullptr;
  const ast::Control* control = nullptr;
  const ast::Reset* reset = nullptr;
  std::vector<const ast::Binding*> randomize;
  std::vector<const ast::ModelEdit*> edits;
  std::vector<const ast::RobotVariable*> variables;
  std::vector<const ast::Method*> methods;

  const ast::Robot& own() const { return *line.front(); }
};

/// Reports a robot that extends an unknown one or itself, arguments that fit no parameter, and names that clash.
RobotScript robot_script(const ast::Robot& robot, const Library& library, Diagnostics& diagnostics);

/// The path of the model file that `script` names, relative to the file of the clause; empty if there is no clause.
std::string model_path(const RobotScript& script, const SourceMap& sources);

}  // namespace duet
