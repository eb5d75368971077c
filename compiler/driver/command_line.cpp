#include "compiler/driver/command_line.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "compiler/base/suggest.h"
#include "compiler/driver/commands.h"
#include "compiler/driver/usage_errors.h"

namespace duet {

namespace {

struct AllOptions {
  std::string diagnostics = "text";
  CheckOptions check;
  FormatOptions format;
  ExplainOptions explain;
  RunOptions run;
  BatchOptions batch;
  CompareOptions compare;
  AlgorithmsOptions algorithms;
  ReproduceOptions reproduce;
  EvaluateOptions evaluate;
  ProfileOptions profile;
  PlotCommandOptions plot;
  OpsOptions ops;
  RobotsOptions robots;
  RobotOptions robot;
  ReplCommandOptions repl;
  PictureOptions render;
  VerifyCommandOptions verify;
};

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& doc) {
  CLI::App* command = app.add_subcommand(name, doc);
  command->fallthrough();  // --diagnostics may stand behind the command
  return command;
}

void add_settings(CLI::App* command, ScriptOptions& script) {
  command->add_option("--set", script.settings, "A setting of the algorithm, KEY=EXPRESSION (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--disable-pass", script.disabled_passes, "Leave a pass of the compiler out (repeatable)")
      ->type_name("PASS")
      ->allow_extra_args(false);
}

void add_threads(CLI::App* command, int& threads, const std::string& more = "") {
  command->add_option("--threads", threads, "Threads that work (one for each core); changes none of the numbers" + more)
      ->check(CLI::Range(1, 1024));
}

void add_engine(CLI::App* command, std::string& engine, const std::string& usual) {
  command->add_option("--engine", engine, "plan (compiled) or interp (the reference on LibTorch); usually " + usual)
      ->type_name("NAME");
}

void add_batch_options(CLI::App* command, BatchOptions& options) {
  command
      ->add_option("--jobs", options.jobs,
                   "Runs at a time (as many as there are cores for, each with --threads-per-run)")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--threads-per-run", options.threads_per_run,
                   "Threads and cores of each run, as by `duet run --threads` (1)")
      ->check(CLI::Range(1, 1024));
  add_engine(command, options.engine, "plan");
  command->add_flag("--quiet", options.quiet, "No progress, no closing words");
}

void add_check(CLI::App& app, CheckOptions& options) {
  CLI::App* command = add_command(app, "check", "Check scripts without running them");
  command->add_option("FILE", options.files, "Scripts")->required();
  command->add_option("--robot", options.robot, "Check algorithms with the sizes of this robot");
  command->add_flag("-v,--verbose", options.verbose, "Name the files that are right, too");
}

void add_format(CLI::App& app, FormatOptions& options) {
  CLI::App* command = add_command(app, "fmt", "Lay scripts out in their one layout, in place");
  command->add_option("FILE", options.files, "Scripts")->required();
  command->add_flag("--check", options.check, "Change nothing; list the files that differ and exit with 1");
}

void add_explain(CLI::App& app, ExplainOptions& options) {
  CLI::App* command =
      add_command(app, "explain", "Show what the compiler makes of a script, or what a diagnostic means");
  command->add_option("FILE", options.script.file, "A script");
  command->add_option("--stage", options.stage, "ast, types, graph or plan")
      ->check(CLI::IsMember({"ast", "types", "graph", "plan"}));
  command->add_option("--code", options.code, "Explain a diagnostic such as E0312");
  command->add_option("--robot", options.script.robot, "The robot, by name or as a .duet file");
  command->add_option("--algorithm", options.script.algorithm, "Which algorithm, if the script has several");
  add_settings(command, options.script);
  CLI::Option* json = command->add_flag("--json", options.json, "As JSON");
  command->add_flag("--dot", options.dot, "The graph for Graphviz")->excludes(json);
}

void add_run(CLI::App& app, RunOptions& options) {
  CLI::App* command = add_command(app, "run", "Run an algorithm on a robot");
  command->add_option("FILE", options.script.file, "A script");
  command->add_option("--robot", options.script.robot, "The robot, by name or as a .duet file");
  command->add_option("--algorithm", options.script.algorithm, "Which algorithm, if the script has several");
  command->add_option("--steps", options.steps, "Environment steps of the whole run")->check(CLI::PositiveNumber);
  command->add_option("--seed", options.seed, "Seed of all random numbers (1)")->check(CLI::NonNegativeNumber);
  command->add_option("--out", options.out, "The run folder (runs/ALGORITHM-ROBOT-seedSEED)");
  command->add_option("--resume", options.resume,
                      "Go on with an unfinished run, or with --steps extend a finished one");
  command->add_option("--checkpoint-every", options.checkpoint_every, "Environment steps between checkpoints (1000)")
      ->check(CLI::PositiveNumber);
  command->add_option("--keep", options.keep, "How many checkpoints are kept (3)")->check(CLI::Range(2, 1000000));
  add_engine(command, options.engine, "plan");
  add_threads(command, options.threads, "; many runs are done side by side by `duet batch --jobs`");
  command->add_flag("--quiet", options.quiet, "No progress bar, no closing words");
  add_settings(command, options.script);
}

void add_batch(CLI::App& app, BatchOptions& options) {
  CLI::App* command = add_command(app, "batch", "Run an experiment: algorithms x robots x values x seeds");
  command->add_option("FILE", options.file, "A script with an experiment")->required();
  command->add_option("--experiment", options.experiment, "Which experiment, if the script has several");
  command->add_option("--out", options.out, "The folder of all its runs (runs/EXPERIMENT); what is there goes on");
  add_batch_options(command, options);
}

void add_reproduce(CLI::App& app, ReproduceOptions& options) {
  CLI::App* command = add_command(app, "reproduce", "Run an experiment again and say whether its results still hold");
  command
      ->add_option("NAME", options.name, "Evidence in algorithms/evidence, or a script with an experiment that expects")
      ->required();
  command->add_option("--experiment", options.batch.experiment, "Which experiment, if the script has several");
  command->add_option("--out", options.batch.out,
                      "The folder of all its runs (runs/reproduce-NAME[-EXPERIMENT]); what is there goes on");
  add_batch_options(command, options.batch);
}

void add_compare(CLI::App& app, CompareOptions& options) {
  CLI::App* command = add_command(app, "compare", "Compare runs: interquartile means with intervals over seeds");
  command->add_option("RUN", options.runs, "Run folders, batch folders, curves (.csv); LABEL=PATH names them")
      ->required();
  command->add_option("--metric", options.metric, "What is compared (evaluate/return)");
  command->add_option("--at", options.at, "The environment step of the scores (the last that all runs reach)");
  command->add_option("--threshold", options.threshold, "Also compare the steps until the metric is this high");
  command->add_option("--csv", options.csv, "Write all numbers into this file");
  command->add_option("-o,--out", options.picture, "Draw the curves into this .png or .svg");
  command->add_option("--title", options.title, "Words above the picture");
}

void add_evaluate(CLI::App& app, EvaluateOptions& options) {
  CLI::App* command = add_command(app, "eval", "Evaluate what a run has learned, in whole episodes");
  command->add_option("RUN", options.run, "A run folder")->required();
  command->add_option("--episodes", options.episodes, "Number of episodes (10)")->check(CLI::PositiveNumber);
  command->add_option("--seed", options.seed, "Seed of the episodes (1)")->check(CLI::NonNegativeNumber);
  add_engine(command, options.engine, "the one of the run");
  add_threads(command, options.threads);
  command->add_flag("--json", options.json, "As JSON, with the return of every episode");
}

void add_profile(CLI::App& app, ProfileOptions& options) {
  CLI::App* command = add_command(app, "profile", "Show which lines of a script take the time");
  command->add_option("RUN|FILE", options.what, "A run folder, from whose last checkpoint it goes on; or a script")
      ->required();
  command->add_option("--robot", options.script.robot, "The robot, by name or as a .duet file");
  command->add_option("--algorithm", options.script.algorithm, "Which algorithm, if the script has several");
  command->add_option("--steps", options.steps, "Environment steps (1000)")->check(CLI::PositiveNumber);
  command->add_option("--seed", options.seed, "Seed of all random numbers of a script (1)")
      ->check(CLI::NonNegativeNumber);
  add_threads(command, options.threads);
  command->add_flag("--all", options.all, "Do not leave out lines that take next to no time");
  command->add_flag("--json", options.json, "As JSON, with every line");
  add_settings(command, options.script);
}

void add_algorithms(CLI::App& app, AlgorithmsOptions& options) {
  CLI::App* command = add_command(app, "algorithms", "List the bundled algorithms");
  command->add_flag("--markdown", options.markdown,
                    "As tables of what they are made of and choose: docs/algorithms.md");
}

void add_robots(CLI::App& app, AllOptions& all) {
  CLI::App* robots = add_command(app, "robots", "List the bundled robots");
  robots->add_flag("--json", all.robots.json, "As JSON");
  CLI::App* robot = add_command(app, "robot", "Show all that is known of a robot: its script, its timing, its model");
  robot->add_option("ROBOT", all.robot.robot, "The robot, by name or as a .duet file")->required();
  robot->add_option("--set", all.robot.settings, "A parameter of the robot, robot.NAME=EXPRESSION (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  robot->add_flag("--all", all.robot.all, "Do not cut long lists");
  robot->add_option("--picture", all.robot.picture, "Draw the robot too, into this .png");
  robot->add_flag("--json", all.robot.json, "As JSON");
}

void add_render(CLI::App& app, PictureOptions& options) {
  CLI::App* command = add_command(app, "render", "Film an episode: of what a run has learned, or of a robot alone");
  command->add_option("RUN|ROBOT", options.what, "A run folder; or a robot, by name or as a .duet file")->required();
  command->add_option("-o,--out", options.out, "The film, .mp4, or pictures of the episode, .png")->required();
  command
      ->add_option("--steps", options.steps,
                   "Control steps (a run: the whole episode; a robot: up to 10 s; one picture: 0)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--frames", options.frames, "Pictures in a .png, spread over the episode (6)")
      ->check(CLI::Range(1, 100));
  command
      ->add_option("--size", options.size, "Size of each picture in pixels (film 480x360, sheet 320x240, one 640x480)")
      ->type_name("WxH");
  command->add_option("--camera", options.camera, "A camera of the model, or free (track, if there is one, else free)");
  command->add_option("--policy", options.policy, "How a robot acts: random (within its limits) or zero (random)")
      ->check(CLI::IsMember({"random", "zero"}));
  command->add_option("--seed", options.seed, "Seed of the episode (1)")->check(CLI::NonNegativeNumber);
  command->add_option("--set", options.settings, "A parameter of the robot, robot.NAME=EXPRESSION (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_engine(command, options.engine, "the one of the run");
  command->add_flag("--shadows", options.shadows, "Draw shadows, which takes longer");
}

void add_verify(CLI::App& app, VerifyCommandOptions& options) {
  CLI::App* command = add_command(app, "verify", "Replay recorded trajectories on a robot and compare");
  command->add_option("ROBOT", options.robot, "The robot, by name or as a .duet file")->required();
  command->add_option("--against", options.against, "A recording, or a folder with several below it")->required();
  command->add_option("--facts", options.facts,
                      "The numbers of the model as JSON (../../facts/ENV.json from the recording, if it is there)");
  command
      ->add_option("--tolerance", options.tolerance,
                   "Largest difference of observations and states (0; 1e-15 of sines and the like)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--reward-tolerance", options.reward_tolerance, "Largest relative difference of rewards (1e-12)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--set", options.settings, "A parameter of the robot, robot.NAME=EXPRESSION (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--from-checkpoints", options.from_checkpoints, "Go on from each recorded checkpoint");
  command->add_flag("--json", options.json, "As JSON, with every array");
}

void add_others(CLI::App& app, AllOptions& all) {
  CLI::App* plot = add_command(app, "plot", "Draw learning curves");
  plot->add_option("RUN", all.plot.runs,
                   "Run folders, batch folders; runs of one algorithm become one curve with a band")
      ->required();
  plot->add_option("-o,--out", all.plot.out, "The picture, .png or .svg")->required();
  plot->add_option("--metric", all.plot.metric, "What to draw (evaluate/return)");
  plot->add_option("--title", all.plot.title, "Words above the picture");
  CLI::App* ops = add_command(app, "ops", "List operations and library definitions with their documentation");
  ops->add_option("NAME", all.ops.name, "Only this one");
  ops->add_flag("--json", all.ops.json, "As JSON");
  CLI::App* repl = add_command(app, "repl", "Try the language at a prompt");
  repl->add_option("FILE", all.repl.file, "A script to load first");
  repl->add_option("--robot", all.repl.robot, "A robot to make first");
  repl->add_option("--seed", all.repl.seed, "Seed of all random numbers (1)")->check(CLI::NonNegativeNumber);
}

void add_everything(CLI::App& app, AllOptions& all) {
  app.name("duet");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("duet ") + DUET_VERSION);
  app.add_option("--diagnostics", all.diagnostics, "How errors are printed: text or json")
      ->check(CLI::IsMember({"text", "json"}));
  add_check(app, all.check);
  add_format(app, all.format);
  add_explain(app, all.explain);
  add_run(app, all.run);
  add_batch(app, all.batch);
  add_reproduce(app, all.reproduce);
  add_compare(app, all.compare);
  add_evaluate(app, all.evaluate);
  add_profile(app, all.profile);
  add_algorithms(app, all.algorithms);
  add_robots(app, all);
  add_render(app, all.render);
  add_verify(app, all.verify);
  add_others(app, all);
}

/// A mistake on the command line must already be printed in the form asked for.
ReportStyle style_of(int argc, char** argv) {
  ReportStyle style;
  style.colours = ::isatty(STDERR_FILENO) && !std::getenv("NO_COLOR");
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--diagnostics=json") style.json = true;
    if (argument == "--diagnostics" && i + 1 < argc) style.json = std::string_view(argv[i + 1]) == "json";
  }
  return style;
}

/// Runs a command of another program, if this is the one that has it.
template <class Command, class Options>
ExitCode start(const Command& command, const std::string& name, const Options& options, Context& context) {
  if (!command) throw UsageError("E0010", "this program does not run `" + name + "`", "call it by `duet " + name + "`");
  return command(options, context);
}

ExitCode dispatch(const CLI::App& app, const AllOptions& all, const EngineCommands& engine, Context& context) {
  const std::string command = app.get_subcommands().front()->get_name();
  if (command == "check") return check(all.check, context);
  if (command == "fmt") return format_files(all.format, context);
  if (command == "explain" && all.explain.stage == "plan" && all.explain.code.empty())
    return start(engine.explain_plan, command, all.explain, context);
  if (command == "explain") return explain(all.explain, context);
  if (command == "ops") return list_ops(all.ops, context);
  if (command == "plot") return plot(all.plot, context);
  if (command == "algorithms") return list_algorithms(all.algorithms, context);
  if (command == "robots") return list_robots(all.robots, context);
  if (command == "robot") return describe_robot(all.robot, context);
  if (command == "compare") return compare(all.compare, context);
  if (command == "reproduce") return reproduce(all.reproduce, context);
  if (command == "batch") return batch(all.batch, context);
  if (command == "run") return start(engine.run, command, all.run, context);
  if (command == "profile") return start(engine.profile, command, all.profile, context);
  if (command == "eval") return start(engine.evaluate, command, all.evaluate, context);
  if (command == "render") return start(engine.render, command, all.render, context);
  if (command == "verify") return start(engine.verify, command, all.verify, context);
  return start(engine.repl, command, all.repl, context);
}

/// Parses and runs. Anything that cannot go on is thrown.
ExitCode parse_and_run(int argc, char** argv, const EngineCommands& engine, Context& context) {
  CLI::App app("Duet: two-loop robot learning. Scripts say what is learned and planned; duet checks and runs them.");
  AllOptions all;
  add_everything(app, all);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help and --version
      app.exit(error);
      return kOk;
    }
    throw to_usage_error(app, error);
  }
  all.run.command_line.assign(argv, argv + argc);
  return dispatch(app, all, engine, context);
}

}  // namespace

int run_command_line(int argc, char** argv, const EngineCommands& engine, const FactsSource& facts) {
  Context context{find_places(), facts, style_of(argc, argv), {}, {}};
  if (!context.facts) context.facts = facts_from_helper(context.places.programs);
  try {
    return parse_and_run(argc, argv, engine, context);
  } catch (const UsageError& error) {
    if (!error.is_reported()) context.diagnostics.add(error);
    context.report();
    return kWrongUsage;
  } catch (const Error& error) {
    context.diagnostics.add(error);
  } catch (const std::bad_alloc&) {
    context.diagnostics.error("E0009", {}, "out of memory");
  } catch (const std::exception& error) {
    context.diagnostics.error("E0099", {}, error.what())
        .help("this is a mistake in duet, not in your script; please report it with the script");
  }
  context.report();
  return kFailed;
}

}  // namespace duet
