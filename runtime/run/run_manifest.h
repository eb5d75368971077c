#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace duet {

/// A script, library or robot file as it was when the run began.
struct RunSource {
  std::string path;  ///< as the compiler found it
  std::string text;
};

/// What made a run what it is: manifest.json and the folder sources/.
struct RunManifest {
  std::string name;
  std::string script;  ///< path of the main script
  std::string algorithm;
  std::string robot;
  uint64_t seed = 0;
  std::map<std::string, std::string> parameters;  ///< as written: "hidden" -> "[256, 256]"
  std::map<std::string, std::string> versions;    ///< "duet" -> "0.1.0", "mujoco" -> "2.2.2", ...
  std::vector<std::string> command_line;
  std::string started_at;  ///< ISO 8601, UTC; filled in when the folder is created
  std::vector<RunSource> sources;
};

/// Writes manifest.json and sources/ into `folder`. Error E0701.
void write_manifest(const std::filesystem::path& folder, const RunManifest& manifest);

/// Reads them back. Error E0706 if they are missing or broken, or a source differs from the hash in the manifest.
RunManifest read_manifest(const std::filesystem::path& folder);

/// In what two runs differ so that one cannot go on where the other stopped: sources (by content; where they lie does
/// not matter), algorithm, robot, seed, parameters. One line each; empty: they are the same run.
std::vector<std::string> differences(const RunManifest& then, const RunManifest& now);

}  // namespace duet
