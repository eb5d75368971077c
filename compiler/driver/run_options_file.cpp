#include "compiler/driver/run_options_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/core/atomic_file.h"
#include "runtime/core/error.h"

namespace duet {

void write_drive(const std::filesystem::path& run, const RunDrive& drive) {
  const nlohmann::ordered_json json = {{"steps", drive.steps},
                                       {"checkpoint_every", drive.checkpoint_every},
                                       {"keep", drive.keep},
                                       {"disabled_passes", drive.disabled_passes}};
  write_file_atomically(run / "options.json", json.dump(2) + "\n");
}

RunDrive read_drive(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "options.json";
  std::ifstream in(path);
  if (!in) throw Error("E0706", run.string() + " is not a run folder that can be used: it has no options.json", "start a new run with another --out");
  try {
    const auto json = nlohmann::json::parse(in);
    RunDrive drive;
    json.at("steps").get_to(drive.steps);
    json.at("checkpoint_every").get_to(drive.checkpoint_every);
    json.at("keep").get_to(drive.keep);
    json.at("disabled_passes").get_to(drive.disabled_passes);
    return drive;
  } catch (const nlohmann::json::exception& error) {
    throw Error("E0706", path.string() + " is broken (" + error.what() + ")");
  }
}

}  // namespace duet
