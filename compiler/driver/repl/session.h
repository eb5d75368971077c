#pragma once

#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/driver/repl/repl.h"
#include "compiler/driver/repl/table.h"
#include "compiler/elaborate/interactive.h"
#include "compiler/sema/library.h"
#include "compiler/syntax/parser.h"
#include "runtime/interp/interpreter.h"
#include "runtime/sim/environment.h"

namespace duet {

/// A robot in a simulator of its own, for `:reset` and `:step`.
struct RobotSeat {
  std::shared_ptr<const Model> model;
  std::unique_ptr<Environment> environment;
  bool over = true;  // the episode has ended
  double total = 0;  // the rewards of the episode
};

/// Everything the prompt remembers: definitions, the growing program, its engine, the robot.
/// Functions that can fail report through diagnostics, which `take` prints; the session goes on.
class Session {
 public:
  Session(const ReplOptions& options, std::ostream& output);
  ~Session();

  enum class Reply { done, failed, incomplete, quit };

  /// Takes an entry or a command. An entry that ends too early is `incomplete` unless no more lines will come.
  Reply take(const std::string& text, bool more_to_come);

  // --- what commands are made of; true or a value if it worked ---
  bool load(const std::string& path);
  bool choose_robot(const std::string& name);
  bool reset_robot();
  bool step_robot(const ast::Expr& action);
  /// The action that something which acts chooses in the robot's present state.
  std::optional<TensorData> act(const ast::Expr& actor);
  /// Declares the memories and instances of an algorithm.
  bool open_algorithm(const std::string& name);
  /// Evaluates a block and takes what it bound as bound.
  std::optional<std::vector<TensorData>> evaluate(const Block& block, std::span<const TensorData> inputs = {});
  void show(const TensorData& value);
  /// What the robot observes now.
  void show_observation();
  /// Gives a name a value.
  bool hold(const std::string& name, const TensorData& value);

  const Library& library() const { return library_; }
  const SourceMap& sources() const { return sources_; }
  const Interactive& interactive() const { return interactive_; }
  Interactive& interactive() { return interactive_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  std::ostream& output() { return output_; }

 private:
  struct Actor {
    ActorPiece piece;
    bool begun = false;  // in this episode
  };
  class MetricPrinter;

  Reply take_entry(const std::string& text, bool more_to_come);
  Reply take_command(const std::string& text, bool more_to_come);
  bool run_entry(std::unique_ptr<ReplEntry> entry, uint32_t source);
  bool define(ast::File file);
  void renew(const std::vector<std::string>& names);
  void restore(const ast::Item& item);
  bool run_piece(std::optional<Piece> piece, const ast::Expr* expression);
  void show_piece(const Piece& piece, const std::vector<TensorData>& values, const ast::Expr* expression);
  Interpreter& engine();
  void print_diagnostics();
  Reply finish(bool worked);

  ReplOptions options_;
  std::ostream& output_;
  SourceMap sources_;
  Library library_;
  Diagnostics diagnostics_;
  Interactive interactive_;
  Events events_;
  std::unique_ptr<Interpreter> engine_;
  RobotSeat seat_;
  std::map<std::string, Actor> actors_;              // by their text
  std::vector<std::unique_ptr<ReplEntry>> entries_;  // their trees stay in use
  std::map<uint32_t, uint32_t> whole_;               // part of a command that was parsed -> the whole line
  size_t entry_count_ = 0;
};

}  // namespace duet
