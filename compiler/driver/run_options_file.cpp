#include "compiler/driver/run_options_file.h"

#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/core/atomic_file.h"
#include "runtime/core/error.h"
#include "runtime/run/checkpoint_folder.h"

namespace duet {

void write_drive(const std::filesystem::path& run, const RunDrive& drive) {
  const nlohmann::ordered_json json = {{"steps", drive.steps},
                                       {"checkpoint_every", drive.checkpoint_every},
                                       {"keep", drive.keep},
                                       {"disabled_passes", drive.disabled_passes},
                                       {"engine", drive.engine}};
  write_file_atomically(run / "options.json", json.dump(2) + "\n");
}

namespace {

/// The value of --steps in a recorded command line, where it is usable.
std::optional<int64_t> steps_of(const std::vector<std::string>& command_line) {
  const std::string option = "--steps";
  std::string text;
  for (size_t i = 0; i < command_line.size(); ++i) {
    if (command_line[i] == option && i + 1 < command_line.size()) text = command_line[i + 1];
    if (command_line[i].starts_with(option + "=")) text = command_line[i].substr(option.size() + 1);
  }
  int64_t steps = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), steps);
  if (failure != std::errc() || end != text.data() + text.size() || steps < 1) return std::nullopt;
  return steps;
}

/// The engine of a run whose options were not written: the interpreter's manifest names the library that it needs.
std::string engine_of(const RunManifest& manifest) {
  return manifest.versions.contains("libtorch") ? "interp" : "plan";
}

}  // namespace

RunDrive read_drive(const std::filesystem::path& run, const RunManifest& manifest) {
  const std::filesystem::path path = run / "options.json";
  std::ifstream in(path);
  if (!in && checkpoint_steps(run).empty())
    if (const auto steps = steps_of(manifest.command_line)) return RunDrive{*steps, 1000, 3, {}, engine_of(manifest)};
  if (!in)
    throw Error("E0706", run.string() + " is not a run folder that can be used: it has no options.json",
                "start a new run with another --out");
  try {
    const auto json = nlohmann::json::parse(in);
    RunDrive drive;
    json.at("steps").get_to(drive.steps);
    json.at("checkpoint_every").get_to(drive.checkpoint_every);
    json.at("keep").get_to(drive.keep);
    json.at("disabled_passes").get_to(drive.disabled_passes);
    drive.engine = json.value("engine", "interp");
    return drive;
  } catch (const nlohmann::json::exception& error) {
    throw Error("E0706", path.string() + " is broken (" + error.what() + ")");
  }
}

}  // namespace duet
