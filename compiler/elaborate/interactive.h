#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/sema/library.h"
#include "compiler/syntax/parser.h"

namespace duet {

/// One thing that an expression gave.
struct Shown {
  std::string label;             // its name in a tuple or batch; empty for a single thing
  std::string words;             // its type, or what it is: "real[H: 5]", "the planner `plan`"
  std::optional<double> number;  // a number known without evaluating
  int result = -1;               // or a tensor: its place among the results of the block
};

/// A name that an entry binds.
struct BoundName {
  std::string name, words;
};

/// What an entry asks the engine to do.
struct Piece {
  Block block;  // no parameters; its results are what `shown` refers to
  std::vector<Shown> shown;
  std::vector<BoundName> bound;
};

/// Something that acts: `begin` starts an episode, `act` gives the action. `act` has one parameter, the observation, or
/// none if the action does not depend on it.
struct ActorPiece {
  Block begin, act;
};

/// Elaboration that lives on: entries of the prompt become blocks of one program that grows. Names bound by an entry
/// are kept in states of the program once the entry has been evaluated (`commit`).
class Interactive {
 public:
  /// Everything given must outlive this object, and so must every tree given to its functions.
  Interactive(const SourceMap& sources, const Library& library, Diagnostics& diagnostics);
  ~Interactive();

  /// The program of the robot chosen last. Another robot is another program.
  const Program& program() const;
  bool has_robot() const;

  /// Starts a new program for a robot whose facts are known. Functions, numbers, memories, models, learners and
  /// planners are made anew for it. Returns the names that could not be, or nothing (and changes nothing) after an
  /// error. The earlier program lives until the next call, for those who still hold it.
  std::optional<std::vector<std::string>> choose_robot(const RobotChoice& robot);

  /// An expression. With `remember`, `it` will be its value. Nothing after an error.
  std::optional<Piece> expression(const ast::Expr& expr, bool remember = false);
  /// Memories, instances and statements, in this order. Nothing after an error.
  std::optional<Piece> entry(const ReplEntry& entry);
  /// The memories and instances of an algorithm, as if entered one by one; its settings take their defaults.
  std::optional<Piece> declarations(const ast::Algorithm& algorithm);
  /// What chooses an action: `plan`, `plan.act`, `agent.explore`, `uniform(action)` or a vector.
  std::optional<ActorPiece> actor(const ast::Expr& expr);

  /// The names of the last piece count from now on: its block has been evaluated.
  void commit();
  /// Plans and names of the last piece are forgotten: it failed.
  void discard();

  /// A block with one parameter of this type; evaluating it gives `name` the argument as its value.
  Block holder(const std::string& name, const Type& type);

  /// Makes the planners whose definition is one of `definitions` anew, as an entry would. `older` gets the names of the
  /// models and learners that go on with their earlier definition, because they may have been trained with it.
  std::optional<Piece> renew(const std::vector<std::string>& definitions, std::vector<std::string>& older);

  /// All names bound at the prompt, with their types.
  std::vector<BoundName> names() const;
  /// The type of a name, or empty.
  std::string words_of(const std::string& name) const;
  /// The axes in scope.
  std::vector<Axis> axes() const;
  /// What can follow `name.`: methods, networks, variables.
  std::vector<std::string> members(const std::string& name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> make() const;

  const SourceMap& sources_;
  const Library& library_;
  Diagnostics& diagnostics_;
  std::unique_ptr<Impl> impl_, previous_;
};

}  // namespace duet
