#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"
#include "compiler/driver/settings.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/passes/pipeline.h"

namespace duet {

/// What is to be compiled: definitions, and which of them. Nothing is owned by the caller's context but the texts.
struct Script {
  std::unique_ptr<Library> library;
  const ast::File* file = nullptr;       // null when it comes from a run folder
  const ast::Item* algorithm = nullptr;  // null: the file has none, `robot` is looked at alone
  RobotChoice robot;                     // without item: no robot is chosen
  Settings settings;                     // those of the command line before those of the scripts
  const ast::Settings* block = nullptr;  // the scripts' own for this algorithm on this robot, if there are any
};

/// Loads a script, chooses its algorithm (the only one that it defines, or without any that it has settings for; or
/// `options.algorithm`) and loads the robot with the facts of its model. A file without algorithm gives its first
/// robot. If the scripts have settings for the algorithm, but none for the robot, that is an error (E0217). Nullopt
/// after errors, which are in the diagnostics. UsageError E0006 for settings on the command line.
std::optional<Script> load_script(const ScriptOptions& options, Context& context);

/// Loads a robot, by name or as a .duet file, with the facts of its model; no algorithm. Nullopt after errors.
std::optional<Script> load_robot(const std::string& robot, Context& context);

/// Loads a file alone. Null after errors.
const ast::File* load_file(Library& library, const std::string& path, Context& context);

/// The algorithm called `name`, or the only one of the file. Null after an error.
const ast::Item* choose_algorithm(const Script& script, const std::string& name, Context& context);

/// The robot of an item: the path of its model and, if `with_facts`, the facts of it. Nullopt after an error.
std::optional<RobotChoice> robot_choice(const ast::Item& item, const Library& library, bool with_facts,
                                        Context& context);

struct Compiled {
  Elaboration elaboration;
  std::vector<PassReport> passes;

  Program& program() { return elaboration.program; }
};

/// Elaborates, verifies and runs `passes`. Nullopt after errors. Names in `disabled_passes` that are no passes are a
/// UsageError; a program that is not well-formed is an error in the compiler (std::logic_error).
std::optional<Compiled> compile(const Script& script, const Settings& settings,
                                const std::vector<std::string>& disabled_passes, Context& context,
                                std::span<const PipelineStep> passes = pipeline());

}  // namespace duet
