#include "runtime/run/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/core/atomic_file.h"
#include "runtime/core/error.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

[[noreturn]] void throw_exists(const fs::path& path) {
  throw Error("E0705", "the run folder " + path.string() + " exists already",
              "go on with that run by --resume, or choose another folder by --out");
}

void write_status(const fs::path& folder, bool finished, int64_t step) {
  const nlohmann::ordered_json json = {{"state", finished ? "finished" : "unfinished"}, {"step", step}};
  write_file_atomically(folder / "status.json", json.dump() + "\n");
}

/// A folder that is removed unless it is renamed away.
class Draft {
 public:
  explicit Draft(const fs::path& target) {
    path_ = target;
    path_ += "." + std::to_string(::getpid()) + ".part";
    std::error_code failure;
    fs::create_directories(path_, failure);
    if (failure) throw Error("E0701", "cannot create the run folder " + target.string() + ": " + failure.message());
  }
  ~Draft() {
    std::error_code ignored;  // cleaning up after a failure that is reported already
    fs::remove_all(path_, ignored);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const fs::path& path() const { return path_; }

  /// An empty folder of the name is replaced, by the rules of rename().
  void become(const fs::path& target) {
    if (std::rename(path_.c_str(), target.c_str()) == 0) return;
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) throw_exists(target);
    throw Error("E0701", "cannot create the run folder " + target.string() + ": " + std::strerror(errno));
  }

 private:
  fs::path path_;
};

}  // namespace

RunFolder::RunFolder(fs::path path, RunManifest manifest) : path_(std::move(path)), manifest_(std::move(manifest)) {}

RunFolder::RunFolder(RunFolder&& other) noexcept
    : path_(std::move(other.path_)), manifest_(std::move(other.manifest_)), lock_(std::exchange(other.lock_, -1)) {}

RunFolder::~RunFolder() {
  if (lock_ >= 0) ::close(lock_);
}

void RunFolder::lock() {
  const fs::path manifest = path_ / "manifest.json";
  lock_ = ::open(manifest.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock_ < 0) throw Error("E0706", "cannot open " + manifest.string() + ": " + std::strerror(errno));
  // File systems without locks (ENOLCK, ENOTSUP) go without: the lock guards against a mistake only.
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw Error("E0711", "another process is working on the run " + path_.string(), "wait for it, or stop it first");
  }
}

RunFolder RunFolder::create(const fs::path& given, RunManifest manifest) {
  fs::path path = given.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "runs/a/" is "runs/a"
  if (fs::exists(path) && !(fs::is_directory(path) && fs::is_empty(path))) throw_exists(path);
  if (manifest.started_at.empty()) manifest.started_at = time_now();
  Draft draft(path);
  write_manifest(draft.path(), manifest);
  write_status(draft.path(), false, 0);
  draft.become(path);
  sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
  RunFolder folder(path, std::move(manifest));
  folder.lock();
  return folder;
}

RunFolder RunFolder::open(const fs::path& path) {
  RunFolder folder(path, read_manifest(path));
  folder.lock();
  return folder;
}

void RunFolder::require_same_run(const RunManifest& now) const {
  const std::vector<std::string> lines = differences(manifest_, now);
  if (lines.empty()) return;
  std::string message = "the run folder " + path_.string() + " is of another run:";
  for (const std::string& line : lines) message += "\n  " + line;
  throw Error("E0707", message,
              "resume with what is in " + (path_ / "sources").string() + ", or start a new run with another --out");
}

void RunFolder::set_status(bool finished, int64_t step) const {
  write_status(path_, finished, step);
}

bool is_run_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "manifest.json", ignored);
}

RunStatus read_status(const fs::path& run) {
  const fs::path path = run / "status.json";
  std::ifstream in(path);
  if (!in) throw Error("E0706", run.string() + " is not a run folder: it has no status.json");
  try {
    const auto json = nlohmann::json::parse(in);
    return {json.at("state").get<std::string>() == "finished", json.at("step").get<int64_t>()};
  } catch (const nlohmann::json::exception& error) {
    throw Error("E0706", path.string() + " is broken (" + error.what() + ")");
  }
}

}  // namespace duet
