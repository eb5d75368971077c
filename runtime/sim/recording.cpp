#include "runtime/sim/recording.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tuple>
#include <type_traits>

#include "runtime/core/error.h"

namespace duet {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

constexpr const char* kHelp = "docs/cli.md says what a recording holds";

[[noreturn]] void fail(const std::string& file, const std::string& fault) {
  throw Error("E0721", file + ": " + fault, kHelp);
}

template <class T>
std::optional<T> member(const std::string& file, const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end() || at->is_null()) return std::nullopt;
  if constexpr (std::is_same_v<T, double>)
    if (!at->is_number()) fail(file, std::string("`") + key + "` is not a number");
  if constexpr (std::is_same_v<T, int64_t>)
    if (!at->is_number_integer()) fail(file, std::string("`") + key + "` is not a whole number");
  try {
    return at->get<T>();
  } catch (const Json::exception&) {
    fail(file, std::string("`") + key + "` is of a wrong kind");
  }
}

int64_t size_member(const std::string& file, const Json& json, const char* key) {
  const std::optional<int64_t> size = member<int64_t>(file, json, key);
  if (!size) fail(file, std::string("`") + key + "` is missing");
  if (*size < 0) fail(file, std::string("`") + key + "` is negative");
  return *size;
}

/// A length that an array must have along one axis; none if any will do.
using Length = std::optional<std::size_t>;

template <class T>
void require_shape(const std::string& file, const NpyArray<T>& array, const std::vector<Length>& wanted) {
  bool fits = array.shape.size() == wanted.size();
  for (std::size_t i = 0; fits && i < wanted.size(); ++i) fits = !wanted[i] || *wanted[i] == array.shape[i];
  if (fits) return;
  std::string text;
  for (const Length& length : wanted) text += (text.empty() ? "" : ", ") + (length ? std::to_string(*length) : "any");
  fail(file, "its shape is " + shape_text(array.shape) + ", but the rest of the recording asks for (" + text +
                 (wanted.size() == 1 ? ",)" : ")"));
}

/// Reads the arrays of one recording, in an order that lets each be held against those before.
class Reader {
 public:
  explicit Reader(const std::string& folder) { r_.folder = folder; }

  Recording read() {
    r_.meta = read_recording_meta(r_.folder);
    read_starts();
    read_offset();
    read_actions();
    const Length n = r_.trajectories(), steps = r_.steps();
    r_.qpos0 = optional("qpos0", {n, nq_});
    r_.warm0 = optional("warm0", {n, nv_});
    r_.obs0 = optional("obs0", {n, obs_});
    r_.reward = optional("reward", {steps});
    read_terminations(steps);
    read_observations();
    read_checkpoints();
    if (!r_.qpos0 && !r_.warm0 && !r_.obs0 && !r_.reward && !r_.terminated && !r_.obs && r_.check_rows.empty())
      fail(r_.folder, "it holds nothing that a robot could be compared with");
    return std::move(r_);
  }

 private:
  std::string path(const std::string& name) const { return (fs::path(r_.folder) / (name + ".npy")).string(); }

  /// Notes the file as missing if it is.
  bool exists(const std::string& name) {
    if (fs::exists(path(name))) return true;
    r_.missing.push_back(name + ".npy");
    return false;
  }
  void require(const std::string& name) const {
    if (!fs::exists(path(name))) fail(r_.folder, name + ".npy is missing");
  }

  NpyArray<double> reals(const std::string& name, const std::vector<Length>& shape) const {
    require(name);
    NpyArray<double> array = read_npy_reals(path(name));
    require_shape(path(name), array, shape);
    return array;
  }
  NpyArray<int64_t> integers(const std::string& name, const std::vector<Length>& shape) const {
    require(name);
    NpyArray<int64_t> array = read_npy_integers(path(name));
    require_shape(path(name), array, shape);
    return array;
  }
  std::optional<NpyArray<double>> optional(const std::string& name, const std::vector<Length>& shape) {
    if (!exists(name)) return std::nullopt;
    return reals(name, shape);
  }

  void read_starts() {
    nq_ = static_cast<std::size_t>(r_.meta.nq);
    nv_ = static_cast<std::size_t>(r_.meta.nv);
    obs_ = static_cast<std::size_t>(r_.meta.obs);
    r_.qpos_set = reals("qpos_set", {std::nullopt, nq_});
    if (r_.trajectories() == 0) fail(path("qpos_set"), "there is no trajectory");
    if (r_.meta.trajectories && static_cast<std::size_t>(*r_.meta.trajectories) != r_.trajectories())
      fail(path("qpos_set"), std::to_string(r_.trajectories()) + " trajectories, but meta.json says " +
                                 std::to_string(*r_.meta.trajectories));
    r_.qvel0 = reals("qvel0", {r_.trajectories(), nv_});
  }

  void read_offset() {
    const std::size_t n = r_.trajectories();
    const NpyArray<int64_t> offset = integers("offset", {n + 1});
    if (offset.values[0] != 0)
      fail(path("offset"), "it begins with " + std::to_string(offset.values[0]) + ", not with 0");
    if (!std::is_sorted(offset.values.begin(), offset.values.end())) fail(path("offset"), "it decreases");
    r_.offset.assign(offset.values.begin(), offset.values.end());
    if (!r_.meta.lengths) return;
    for (std::size_t i = 0; i < n; ++i)
      if (r_.meta.lengths->size() != n || r_.meta.lengths->at(i) != static_cast<int64_t>(r_.length(i)))
        fail(path("offset"), "the lengths of the trajectories are not those of meta.json");
  }

  void read_actions() {
    r_.actions = reals("actions", {r_.trajectories(), std::nullopt, static_cast<std::size_t>(r_.meta.nu)});
    for (std::size_t i = 0; i < r_.trajectories(); ++i)
      if (r_.length(i) > r_.actions.shape[1])
        fail(path("actions"), std::to_string(r_.actions.shape[1]) + " steps, but by offset.npy trajectory " +
                                  std::to_string(i) + " has " + std::to_string(r_.length(i)));
  }

  void read_terminations(Length steps) {
    if (!exists("terminated")) return;
    const NpyArray<int64_t> flags = integers("terminated", {steps});
    for (const int64_t flag : flags.values)
      if (flag != 0 && flag != 1) fail(path("terminated"), "it holds " + std::to_string(flag) + ", not 0 or 1");
    r_.terminated = {flags.type, flags.shape, {flags.values.begin(), flags.values.end()}};
  }

  void read_observations() {
    if (!exists("obs")) return;
    if (fs::exists(path("obs_row"))) {
      r_.obs_rows = rows("obs_row");
      r_.obs = reals("obs", {r_.obs_rows.size(), obs_});
    } else {
      r_.obs = reals("obs", {r_.steps(), obs_});
      for (std::size_t i = 0; i < r_.trajectories(); ++i)
        for (std::size_t step = 1; step <= r_.length(i); ++step)
          r_.obs_rows.push_back({i, step, r_.offset[i] + step - 1});
    }
  }

  void read_checkpoints() {
    if (!exists("check_row")) return;
    r_.check_rows = rows("check_row");
    const Length count = r_.check_rows.size();
    r_.check_qpos = optional("check_qpos", {count, nq_});
    r_.check_qvel = optional("check_qvel", {count, nv_});
    r_.check_warm = optional("check_warm", {count, nv_});
    if (!r_.check_qpos && !r_.check_qvel && !r_.check_warm) r_.check_rows.clear();
  }

  std::vector<RecordedRow> rows(const std::string& name) const {
    const NpyArray<int64_t> pairs = integers(name, {std::nullopt, std::size_t{2}});
    std::vector<RecordedRow> out;
    for (std::size_t i = 0; i < pairs.rows(); ++i) {
      const int64_t trajectory = pairs.row(i)[0], step = pairs.row(i)[1];
      const bool known = trajectory >= 0 && trajectory < static_cast<int64_t>(r_.trajectories());
      if (!known || step < 1 || step > static_cast<int64_t>(r_.length(static_cast<std::size_t>(trajectory))))
        fail(path(name), "row " + std::to_string(i) + " names step " + std::to_string(step) + " of trajectory " +
                             std::to_string(trajectory) + ", which was not executed");
      out.push_back({static_cast<std::size_t>(trajectory), static_cast<std::size_t>(step), i});
    }
    std::stable_sort(out.begin(), out.end(), [](const RecordedRow& a, const RecordedRow& b) {
      return std::tie(a.trajectory, a.step) < std::tie(b.trajectory, b.step);
    });
    return out;
  }

  Recording r_;
  std::size_t nq_ = 0, nv_ = 0, obs_ = 0;
};

bool is_recording(const fs::path& folder) {
  std::error_code none;
  return fs::is_regular_file(folder / "meta.json", none) || fs::is_regular_file(folder / "actions.npy", none);
}

std::string number_text(double value) {
  return Json(value).dump();
}

}  // namespace

RecordingMeta read_recording_meta(const std::string& folder) {
  const std::string file = (fs::path(folder) / "meta.json").string();
  std::ifstream in(file);
  if (!in) fail(file, "there is no such file, or it may not be read");
  const Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) fail(file, "it is not a JSON object");
  RecordingMeta meta;
  meta.env = member<std::string>(file, json, "env").value_or("");
  meta.nq = size_member(file, json, "nq");
  meta.nv = size_member(file, json, "nv");
  meta.nu = size_member(file, json, "nu");
  meta.obs = size_member(file, json, "obs_dim");
  meta.frames = member<int64_t>(file, json, "frame_skip");
  meta.dt = member<double>(file, json, "dt");
  meta.trajectories = member<int64_t>(file, json, "ntraj");
  meta.lengths = member<std::vector<int64_t>>(file, json, "lengths");
  return meta;
}

std::vector<std::string> mismatches(const RecordingMeta& meta, const RobotSizes& robot) {
  std::vector<std::string> found;
  const auto compare = [&](const std::string& what, int64_t recorded, int64_t ours) {
    if (recorded != ours)
      found.push_back(what + " is " + std::to_string(recorded) + ", the robot's is " + std::to_string(ours));
  };
  compare("nq", meta.nq, robot.nq);
  compare("nv", meta.nv, robot.nv);
  compare("the size of an action", meta.nu, robot.action);
  compare("the size of an observation", meta.obs, robot.obs);
  if (meta.frames) compare("the number of physics steps per control step", *meta.frames, robot.frames);
  // A product of the two factors may be rounded differently: 3 * 0.1 is not 0.3.
  if (meta.dt && !(std::abs(*meta.dt - robot.dt) <= 1e-12 * robot.dt))
    found.push_back("dt is " + number_text(*meta.dt) + " s, the robot's is " + number_text(robot.dt) + " s");
  return found;
}

Recording read_recording(const std::string& folder) {
  return Reader(folder).read();
}

std::vector<std::string> find_recordings(const std::string& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) throw Error("E0721", "there is no folder " + folder, kHelp);
  if (is_recording(folder)) return {folder};
  std::vector<std::string> found;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failure), end;
       !failure && at != end; at.increment(failure))
    if (is_recording(at->path())) found.push_back(at->path().string());
  if (failure) fail(folder, failure.message());
  if (found.empty()) fail(folder, "there is no recording in it: no folder with a meta.json and an actions.npy");
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace duet
