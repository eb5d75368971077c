#include "compiler/driver/batch/batch_manifest.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/core/atomic_file.h"
#include "runtime/core/error.h"

namespace duet {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kFormat = 1;

BatchRun run_of(const ordered_json& json) {
  BatchRun run;
  json.at("folder").get_to(run.folder);
  json.at("label").get_to(run.label);
  json.at("algorithm").get_to(run.algorithm);
  json.at("robot").get_to(run.robot);
  json.at("seed").get_to(run.seed);
  json.at("steps").get_to(run.steps);
  json.at("settings").get_to(run.settings);
  return run;
}

}  // namespace

BatchManifest manifest_of(const ExperimentPlan& plan, const std::string& script, const std::string& engine,
                          SourceHashes sources) {
  BatchManifest manifest{plan.name, script, engine, std::move(sources), {}};
  for (const uint64_t seed : plan.seeds)
    for (const ExperimentCell& cell : plan.cells) {
      BatchRun run{
          cell.folder + "-seed" + std::to_string(seed), cell.label, cell.algorithm, cell.robot, seed, cell.steps, {}};
      for (const auto& setting : cell.settings) run.settings[setting.key->text] = setting.text;
      manifest.runs.push_back(std::move(run));
    }
  return manifest;
}

void write_batch(const fs::path& folder, const BatchManifest& manifest) {
  ordered_json runs = ordered_json::array();
  for (const BatchRun& run : manifest.runs)
    runs.push_back({{"folder", run.folder},
                    {"label", run.label},
                    {"algorithm", run.algorithm},
                    {"robot", run.robot},
                    {"seed", run.seed},
                    {"steps", run.steps},
                    {"settings", run.settings}});
  const ordered_json json = {{"format", kFormat},           {"experiment", manifest.experiment},
                             {"script", manifest.script},   {"engine", manifest.engine},
                             {"sources", manifest.sources}, {"runs", runs}};
  write_file_atomically(folder / "batch.json", json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

BatchManifest read_batch(const fs::path& folder) {
  std::ifstream in(folder / "batch.json");
  if (!in) throw Error("E0706", folder.string() + " is no folder of a batch: it has no batch.json");
  try {
    const ordered_json json = ordered_json::parse(in);
    if (json.at("format").get<int>() != kFormat)
      throw Error("E0706", (folder / "batch.json").string() + " is of another version of duet");
    BatchManifest manifest;
    json.at("experiment").get_to(manifest.experiment);
    json.at("script").get_to(manifest.script);
    json.at("engine").get_to(manifest.engine);
    json.at("sources").get_to(manifest.sources);
    for (const ordered_json& run : json.at("runs")) manifest.runs.push_back(run_of(run));
    return manifest;
  } catch (const nlohmann::json::exception& error) {
    throw Error("E0706", (folder / "batch.json").string() + " is broken (" + error.what() + ")");
  }
}

bool is_batch_folder(const fs::path& folder) {
  std::error_code none;
  return fs::is_regular_file(folder / "batch.json", none);
}

std::vector<std::string> differences(const BatchManifest& then, const BatchManifest& now) {
  std::vector<std::string> lines;
  if (then.experiment != now.experiment)
    lines.push_back("the experiment was " + then.experiment + ", is " + now.experiment);
  if (then.engine != now.engine) lines.push_back("the engine was " + then.engine + ", is " + now.engine);
  for (const auto& [name, hash] : then.sources) {
    const auto it = now.sources.find(name);
    if (it != now.sources.end() && it->second != hash) lines.push_back(name + " has changed");
  }
  for (const BatchRun& run : now.runs)
    for (const BatchRun& old : then.runs) {
      if (old.folder != run.folder) continue;
      if (old.settings != run.settings) lines.push_back("the settings of " + run.folder + " have changed");
      if (old.steps > run.steps)
        lines.push_back(run.folder + " had " + std::to_string(old.steps) + " steps, has " + std::to_string(run.steps));
    }
  return lines;
}

}  // namespace duet
