#include "compiler/driver/verify_report.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace duet {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kModelLines = 10;  // a model of another robot differs everywhere

__attribute__((format(printf, 1, 2))) std::string formatted(const char* format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return std::string(buffer, std::min(static_cast<std::size_t>(std::max(length, 0)), sizeof buffer - 1));
}

std::string short_number(double value) {
  return value == 0 ? "0" : formatted("%.2g", value);
}

/// The largest difference of the arrays that `wanted` holds for; "-" if none was recorded.
template <class Wanted>
std::string largest(const RecordingReport& report, Wanted wanted) {
  double most = -1;
  for (const ArrayReport& array : report.arrays)
    if (wanted(array.array)) most = std::max(most, array.largest);
  return most < 0 ? "-" : short_number(most);
}

bool is_observation(const std::string& array) {
  return array == "obs" || array == "obs0";
}
bool is_reward(const std::string& array) {
  return array == "reward";
}
bool is_state(const std::string& array) {
  return !is_observation(array) && !is_reward(array) && array != "terminated";
}

/// The recording's place below the folder that was asked for.
std::string short_name(const std::string& folder, const std::string& against) {
  const std::filesystem::path near = std::filesystem::path(folder).lexically_relative(against);
  return near.empty() || near == "." ? folder : near.string();
}

std::string place(std::size_t trajectory, std::size_t step) {
  return "trajectory " + std::to_string(trajectory) +
         (step == 0 ? ", after the reset" : ", step " + std::to_string(step));
}

std::string row(std::size_t width, const RecordingReport& r, const std::string& name) {
  return formatted("%-*s %12zu %8zu %12s %12s %12s   ", static_cast<int>(width), name.c_str(), r.trajectories, r.steps,
                   largest(r, is_observation).c_str(), largest(r, is_state).c_str(), largest(r, is_reward).c_str()) +
         (r.agrees() ? "OK" : "differs") + "\n";
}

std::string first_difference(const RecordingReport& r, const std::string& name) {
  std::string text;
  if (r.first) {
    const Difference& d = *r.first;
    text += "\n" + name + " differs first in " + d.array + ", " + place(d.trajectory, d.step) + ", element " +
            std::to_string(d.element) + ":\n";
    text += formatted("  here %.17g, recorded %.17g, difference %.3g\n", d.ours, d.recorded, d.size);
  }
  for (const ArrayReport& array : r.arrays)
    if (array.first)
      text += "  " + array.array + ": " + std::to_string(array.different) + " of " + std::to_string(array.compared) +
              " numbers differ, the first at " + place(array.first->trajectory, array.first->step) + ", element " +
              std::to_string(array.first->element) + "; at most by " + short_number(array.largest) + "\n";
  if (r.breakdown)
    text += "\n" + name + " could not be replayed beyond " + place(r.breakdown->trajectory, r.breakdown->step) + ": " +
            r.breakdown->message + "\n";
  return text;
}

std::string remarks(const RecordingReport& r, const std::string& name) {
  std::string text;
  for (const std::string& file : r.missing) text += (text.empty() ? "" : ", ") + file;
  if (!text.empty()) text = name + ": not recorded, so not compared: " + text + "\n";
  if (r.rewards_not_compared > 0)
    text += name + ": " + std::to_string(r.rewards_not_compared) +
            " rewards after checkpoints were not compared; they need more than qpos and qvel of the moment before\n";
  return text;
}

std::string allowed(const VerifyReport& report) {
  std::string text = formatted("largest differences; allowed are %.3g", report.options.tolerance.value_or(0));
  const std::size_t count = report.recordings.empty() ? 0 : report.recordings.front().library_elements;
  if (count > 0)
    text += formatted(", of %zu elements of obs made with sines and the like %.3g", count, kLibraryTolerance);
  return text + formatted(", of rewards %.3g relative to max(1, |reward|)\n", report.options.reward_tolerance);
}

std::string model_lines(const VerifyReport& report) {
  if (report.models.empty()) return "model: not compared, there is no file of its numbers\n";
  std::string text;
  for (const ModelReport& model : report.models) {
    const std::size_t count = model.differences.size();
    text += "model: " + std::to_string(model.compared) + " arrays, sizes and options of " + model.file + ": ";
    text += (count == 0 ? "all equal" : std::to_string(count) + " differ") + "\n";
    for (std::size_t i = 0; i < std::min(count, kModelLines); ++i) text += "  " + model.differences[i] + "\n";
    if (count > kModelLines) text += "  and " + std::to_string(count - kModelLines) + " more\n";
  }
  return text;
}

Json to_json(const std::optional<Difference>& d) {
  if (!d) return nullptr;
  return {{"array", d->array},     {"trajectory", d->trajectory}, {"step", d->step},
          {"element", d->element}, {"recorded", d->recorded},     {"here", d->ours},
          {"size", d->size}};
}

Json to_json(const RecordingReport& r) {
  Json arrays = Json::array();
  for (const ArrayReport& a : r.arrays)
    arrays.push_back({{"array", a.array},
                      {"compared", a.compared},
                      {"different", a.different},
                      {"largest", a.largest},
                      {"first", to_json(a.first)}});
  Json breakdown = nullptr;
  if (r.breakdown)
    breakdown = {
        {"trajectory", r.breakdown->trajectory}, {"step", r.breakdown->step}, {"message", r.breakdown->message}};
  return {{"folder", r.folder},
          {"env", r.env},
          {"agrees", r.agrees()},
          {"trajectories", r.trajectories},
          {"steps", r.steps},
          {"first", to_json(r.first)},
          {"breakdown", breakdown},
          {"arrays", arrays},
          {"not_recorded", r.missing},
          {"library_elements", r.library_elements},
          {"rewards_not_compared", r.rewards_not_compared}};
}

Json to_json(const ModelReport& m) {
  return {{"file", m.file}, {"agrees", m.agrees()}, {"compared", m.compared}, {"differences", m.differences}};
}

}  // namespace

bool VerifyReport::agrees() const {
  return std::all_of(models.begin(), models.end(), [](const ModelReport& m) { return m.agrees(); }) &&
         std::all_of(recordings.begin(), recordings.end(), [](const RecordingReport& r) { return r.agrees(); });
}

std::string verify_table(const VerifyReport& report) {
  std::size_t width = 9;
  for (const RecordingReport& r : report.recordings)
    width = std::max(width, short_name(r.folder, report.against).size());
  std::string text = report.robot + " against " + report.against + "\n\n";
  text += formatted("%-*s %12s %8s %12s %12s %12s\n", static_cast<int>(width), "recording", "trajectories", "steps",
                    "obs", "state", "reward");
  std::string below, notes;
  for (const RecordingReport& r : report.recordings) {
    const std::string name = short_name(r.folder, report.against);
    text += row(width, r, name);
    below += first_difference(r, name);
    notes += remarks(r, name);
  }
  text += allowed(report);
  text += model_lines(report) + notes;
  for (const SkippedRecording& skipped : report.skipped)
    text += "skipped " + short_name(skipped.folder, report.against) + ": " + skipped.reason + "\n";
  return text + below;
}

std::string verify_json(const VerifyReport& report) {
  Json json = {{"robot", report.robot},
               {"against", report.against},
               {"agrees", report.agrees()},
               {"tolerance", report.options.tolerance.value_or(0)},
               {"reward_tolerance", report.options.reward_tolerance},
               {"from_checkpoints", report.options.from_checkpoints},
               {"models", Json::array()},
               {"recordings", Json::array()},
               {"skipped", Json::array()}};
  for (const ModelReport& model : report.models) json["models"].push_back(to_json(model));
  for (const RecordingReport& recording : report.recordings) json["recordings"].push_back(to_json(recording));
  for (const SkippedRecording& skipped : report.skipped)
    json["skipped"].push_back({{"folder", skipped.folder}, {"reason", skipped.reason}});
  return json.dump(2) + "\n";
}

}  // namespace duet
