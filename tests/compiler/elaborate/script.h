#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/elaborate/interactive.h"
#include "runtime/interp/interpreter.h"

namespace duet::test {

/// A piece of script that is entered line by line and evaluated by the interpreter: what programs mean. The definitions
/// of algorithms/std are there with `use`.
class Script {
 public:
  /// Without a robot, `obs` and `action` have no sizes.
  explicit Script(const std::string& robot = "", uint64_t seed = 1);

  /// Definitions, declarations or statements; a failure of the test if they have errors.
  void enter(const std::string& text);
  /// The codes of the errors that the text has, in their order; nothing of it counts.
  std::vector<std::string> errors(const std::string& text);
  /// The value of an expression, which may draw.
  TensorData value(const std::string& text);
  std::vector<float> elements(const std::string& text) { return value(text).data; }
  double number(const std::string& text);
  /// Gives a name a value: elements in the order of the axes.
  void set(const std::string& name, std::vector<Axis> axes, std::vector<float> data);
  /// The first action of something that acts, in a new episode.
  std::vector<float> act(const std::string& actor, const std::vector<float>& obs);

  Interactive& interactive() { return *interactive_; }
  const Program& program() const { return interactive_->program(); }
  Interpreter& engine();

 private:
  /// The parsed text; null after an error.
  ReplEntry* parse(const std::string& text);
  bool define(ReplEntry& entry);
  std::optional<Piece> piece(const std::string& text);
  std::string report();

  SourceMap sources_;
  Diagnostics diagnostics_;
  std::unique_ptr<Library> library_;
  std::unique_ptr<Interactive> interactive_;
  std::unique_ptr<Interpreter> engine_;
  std::vector<std::unique_ptr<ReplEntry>> entries_;
  uint64_t seed_;
};

/// A robot as a program is made for it: its script and the facts of its model.
RobotChoice choose_robot(const SourceMap& sources, Library& library, const std::string& name, Diagnostics& diagnostics);

/// Both have as many elements, and each pair lies within `tolerance` of the larger (at least 1).
void expect_near(const std::vector<float>& ours, const std::vector<double>& expected, double tolerance);

}  // namespace duet::test
