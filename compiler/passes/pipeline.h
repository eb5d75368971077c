#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/verify.h"
#include "compiler/passes/pass.h"

namespace duet {

/// A pass at its place in the pipeline.
struct PipelineStep {
  Pass pass;
  std::string_view reason;  // why it stands here
};

/// The passes before the interpreter, in the order in which they run.
std::span<const PipelineStep> pipeline();

/// The passes before the plan: those of `pipeline`, and more that remove work.
std::span<const PipelineStep> plan_pipeline();

/// The pass called `name` of either, or nullptr: what `--disable-pass` names must be found here.
const Pass* find_pass(std::string_view name);

/// All names, for help and for "did you mean".
std::vector<std::string> pass_names();

struct PipelineOptions {
  std::vector<std::string> disabled = {};  // names of passes that are left out
  bool verify = true;                      // check the program after each pass that changed it
  VerifyOptions verify_options = {};
  std::function<void(std::string_view pass, const Program&)> after =
      {};  // called after each pass, to dump; may be empty
};

struct PassReport {
  std::string_view name;
  bool disabled = false;
  bool changed = false;
  double seconds = 0;       // without verification
  size_t nodes_before = 0;  // nested ones included, robots too
  size_t nodes_after = 0;
  Notes notes = {};  // the work that it removed
};

/// Runs `steps` in order. A pass that breaks the program is an error in the compiler: std::logic_error naming the pass
/// and everything that is wrong. Names in `disabled` that are no passes, in `steps` or elsewhere, are
/// std::invalid_argument.
std::vector<PassReport> run_pipeline(Program& program, const PipelineOptions& options = {},
                                     std::span<const PipelineStep> steps = pipeline());

/// The number of nodes, nested ones included.
size_t count_nodes(const Program& program);

}  // namespace duet
