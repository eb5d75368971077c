#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compiler/elaborate/elaborate.h"
#include "compiler/syntax/parser.h"
#include "runtime/interp/interpreter.h"

namespace duet::test {

/// An algorithm as a program for a robot, and small blocks that look into its run.
class Compiled {
 public:
  /// `text` is a script with one algorithm. Failures of the test if it has errors.
  Compiled(const std::string& text, const std::string& robot, const std::map<std::string, std::string>& settings = {});
  /// A script in a file.
  static std::string text_of(const std::string& path);

  Program program;

  /// The states whose name begins so, in their order.
  std::vector<int64_t> states(const std::string& prefix) const;
  /// A block that gives a state, and one that sets it to its parameter.
  Block getter(int64_t state);
  Block setter(int64_t state);
  /// A block that gives the transitions of a memory: obs, action, reward, obs', alive along `row`.
  Block contents(const std::string& memory);

 private:
  ValueId value(Type type);

  SourceMap sources_;
  Diagnostics diagnostics_;
  Library library_;
  std::vector<ReplEntry> entries_;
};

/// Calls `f` for every node, nested ones included, in their order.
void visit(const Block& block, const std::function<void(const Node&)>& f);

}  // namespace duet::test
