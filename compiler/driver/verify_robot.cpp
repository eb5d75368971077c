#include <filesystem>
#include <iostream>
#include <set>

#include "compiler/driver/script.h"
#include "compiler/driver/sim_commands.h"
#include "compiler/driver/verify_report.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

/// Files of numbers for the models of these recordings: the one that was asked for, or those that lie beside them.
std::set<std::string> facts_files(const VerifyCommandOptions& options, const std::vector<RecordingReport>& recordings) {
  if (!options.facts.empty()) return {options.facts};
  std::set<std::string> files;
  for (const RecordingReport& r : recordings) {
    if (r.env.empty()) continue;
    const fs::path facts = fs::absolute(r.folder).lexically_normal() / ".." / ".." / "facts" / (r.env + ".json");
    std::error_code none;
    if (fs::exists(facts, none)) files.insert(facts.lexically_normal().string());
  }
  return files;
}

VerifyReport verify_all(const VerifyCommandOptions& options, const Program& program, Environment& environment) {
  const RobotProgram& robot = program.robot;
  VerifyReport report;
  report.robot = robot.name;
  report.against = options.against;
  report.options = {options.tolerance, options.reward_tolerance, options.from_checkpoints};
  RecordedSets sets = choose_recordings(options.against, robot.name, sizes_of(environment, robot));
  report.skipped = std::move(sets.skipped);
  for (const std::string& folder : sets.chosen)
    report.recordings.push_back(verify_recording(environment, program, read_recording(folder), report.options));
  environment.reset();
  for (const std::string& file : facts_files(options, report.recordings))
    report.models.push_back(verify_model(environment.simulator(), file));
  return report;
}

}  // namespace

ExitCode verify_robot(const VerifyCommandOptions& options, Context& context) {
  const std::optional<Script> script = load_robot(options.robot, context);
  if (!script) return context.report();
  const Settings settings = parse_settings(options.settings, context);
  std::optional<Compiled> compiled = compile(*script, settings, {}, context);
  if (!compiled) return context.report();
  Environment environment(Model::load(script->robot.mjcf), compiled->program(), 1, 0);
  context.report();
  const VerifyReport report = verify_all(options, compiled->program(), environment);
  std::cout << (options.json ? verify_json(report) : verify_table(report));
  return report.agrees() ? kOk : kFailed;
}

}  // namespace duet
