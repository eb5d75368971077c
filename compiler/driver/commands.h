#pragma once

#include "compiler/driver/context.h"
#include "compiler/driver/options.h"

/// The commands that need neither LibTorch nor MuJoCo. Each returns the exit code; what is wrong ends up in the
/// context's diagnostics, which the caller prints, or is thrown as Error.
namespace duet {

/// duet check: nothing is printed on success, unless `verbose`.
ExitCode check(const CheckOptions& options, Context& context);

/// duet fmt: rewrites files in their one layout, or with `check` lists those that differ.
ExitCode format_files(const FormatOptions& options, Context& context);

/// duet explain: the tree, the types or the graph of a script, or what a diagnostic code means.
ExitCode explain(const ExplainOptions& options, Context& context);

/// duet ops: operations and library definitions with their documentation.
ExitCode list_ops(const OpsOptions& options, Context& context);

/// duet batch: all runs of an experiment, some at a time, each in a process of its own.
ExitCode batch(const BatchOptions& options, Context& context);

/// duet reproduce: runs an experiment again and looks whether what it expects comes out. kFailed if something does not.
ExitCode reproduce(const ReproduceOptions& options, Context& context);

/// duet compare: statistics of runs, by what they are runs of.
ExitCode compare(const CompareOptions& options, Context& context);

/// duet plot: learning curves of runs as a picture.
ExitCode plot(const PlotCommandOptions& options, Context& context);

/// duet algorithms: the bundled algorithms, one a line, or as tables of what they choose.
ExitCode list_algorithms(const AlgorithmsOptions& options, Context& context);

/// duet robots: the bundled robots, one a line. One that has mistakes is reported and left out.
ExitCode list_robots(const RobotsOptions& options, Context& context);

/// duet robot: all that is known of a robot without running it.
ExitCode describe_robot(const RobotOptions& options, Context& context);

}  // namespace duet
