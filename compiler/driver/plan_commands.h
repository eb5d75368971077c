#pragma once

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"

/// The commands that look into the compiled engine: duet-plan runs them.
namespace duet {

/// duet explain --stage plan: what the passes made of a script, what they saved, what it costs.
ExitCode explain_plan(const ExplainOptions& options, Context& context);

/// duet profile: where the time of a run goes, by line of the script.
ExitCode profile(const ProfileOptions& options, Context& context);

}  // namespace duet
