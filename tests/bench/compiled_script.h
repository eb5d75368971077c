#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "compiler/base/source.h"
#include "compiler/passes/pipeline.h"
#include "compiler/sema/library.h"
#include "runtime/program/program.h"

namespace duet::bench {

/// A bundled script compiled for half_cheetah.
class CompiledScript {
 public:
  /// `script` is a file of algorithms/. std::runtime_error if it does not compile.
  CompiledScript(const std::string& script, std::span<const PipelineStep> passes,
                 const std::map<std::string, std::string>& settings = {});

  Program& program() { return *program_; }

  /// The first node of a kind in the main loop, at any depth. std::runtime_error if there is none.
  const Node& in_loop(Op op) const;
  /// The block of the main loop.
  const Block& loop() const;
  /// A new value, for blocks that are made by hand.
  ValueId value(Type type);

 private:
  SourceMap sources_;
  Library library_;
  std::unique_ptr<Program> program_;
};

/// The first node of a kind in a block, at any depth, or null.
const Node* find_node(Op op, const Block& in);

}  // namespace duet::bench
