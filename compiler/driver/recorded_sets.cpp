#include "compiler/driver/recorded_sets.h"

#include <algorithm>
#include <cctype>

#include "runtime/core/error.h"

namespace duet {

namespace {

std::string snake_case(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte) && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

struct Candidate {
  std::string folder;
  RecordingMeta meta;
};

/// Why a recording is not of a robot with these sizes; empty if it may be.
std::string misfit(const RecordingMeta& meta, const RobotSizes& sizes) {
  std::string text;
  for (const std::string& mismatch : mismatches(meta, sizes)) text += (text.empty() ? "" : "; ") + mismatch;
  return text;
}

[[noreturn]] void throw_none(const std::string& folder, const std::string& robot, const RecordedSets& sets) {
  const SkippedRecording& example = sets.skipped.front();
  throw Error("E0722", "no recording below " + folder + " is of `" + robot + "`",
              "for example " + example.folder + ": " + example.reason);
}

}  // namespace

std::string robot_name_of(const std::string& env) {
  const std::size_t at = env.rfind("-v");
  if (at == std::string::npos) return snake_case(env);
  const std::string version = env.substr(at + 2);
  return snake_case(env.substr(0, at)) + (version == "4" ? "" : "_v" + version);
}

RecordedSets choose_recordings(const std::string& folder, const std::string& robot, const RobotSizes& sizes) {
  std::vector<std::string> found = find_recordings(folder);
  if (found.size() == 1 && found.front() == folder) return {std::move(found), {}};
  std::vector<Candidate> candidates;
  for (const std::string& each : found) candidates.push_back({each, read_recording_meta(each)});
  const auto named = [&](const Candidate& c) { return robot_name_of(c.meta.env) == robot; };
  const bool by_name = std::any_of(candidates.begin(), candidates.end(), named);
  RecordedSets sets;
  for (const Candidate& c : candidates) {
    const std::string reason = by_name ? (named(c) ? "" : "it is of " + c.meta.env) : misfit(c.meta, sizes);
    if (reason.empty())
      sets.chosen.push_back(c.folder);
    else
      sets.skipped.push_back({c.folder, reason});
  }
  if (sets.chosen.empty()) throw_none(folder, robot, sets);
  return sets;
}

}  // namespace duet
