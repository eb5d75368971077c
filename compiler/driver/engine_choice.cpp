#include "compiler/driver/engine_choice.h"

#include "compiler/driver/run_options_file.h"
#include "runtime/core/error.h"

namespace duet {

namespace {

const EngineKind& engine_of_run(const std::string& engine, const std::string& run) {
  if (!engine.empty() || run.empty()) return engine_kind(engine);
  try {
    return engine_kind(read_drive(run, read_manifest(run)).engine);
  } catch (const Error&) {
    return engine_kind("");
  }
}

}  // namespace

const EngineKind& engine_of(const RunOptions& options) {
  return engine_of_run(options.engine, options.resume);
}

const EngineKind& engine_of(const EvaluateOptions& options) {
  return engine_of_run(options.engine, options.run);
}

const EngineKind& engine_of(const PictureOptions& options) {
  return engine_of_run(options.engine, options.what);
}

}  // namespace duet
