#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "compiler/passes/pipeline.h"
#include "runtime/run/executor.h"

namespace duet {

/// What is known of an engine without loading it.
struct EngineKind {
  std::string_view name;     // as --engine takes it
  std::string_view program;  // the program that holds it, beside duet
  std::span<const PipelineStep> passes;
};

/// All engines, the usual one first.
std::span<const EngineKind> engine_kinds();

/// The engine called `name`, or for an empty name the usual one. UsageError E0011 with the near match if there is none.
const EngineKind& engine_kind(std::string_view name);

/// An engine that this program holds: each program's main function passes its own to the commands.
struct EngineMaker {
  const EngineKind& kind;
  std::map<std::string, std::string> versions;  // of the libraries it computes with, for the manifest
  std::function<std::unique_ptr<Executor>(const Program&, EngineOptions)> make;
};

}  // namespace duet
