#include "compiler/driver/batch/batch_runner.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <list>
#include <optional>
#include <thread>

#include "compiler/driver/batch/child_process.h"
#include "compiler/driver/batch/run_lock.h"
#include "compiler/driver/context.h"
#include "runtime/core/error.h"
#include "runtime/run/run_folder.h"

namespace duet {

namespace {

namespace fs = std::filesystem;

constexpr auto kTick = std::chrono::milliseconds(100);

/// The last error in a log; without any, its last line.
std::string last_words_of(const fs::path& log) {
  std::ifstream in(log);
  std::string error, last;
  for (std::string line; std::getline(in, line);) {
    if (line.find("error[") != std::string::npos) error = line;
    if (!line.empty()) last = line;
  }
  return error.empty() ? last : error;
}

/// Works through the runs of one batch.
class Runner {
 public:
  Runner(const BatchManifest& manifest, const BatchDrive& drive, const std::atomic<bool>& stop, BatchDisplay& display)
      : manifest_(manifest), drive_(drive), stop_(stop), display_(display) {
    for (int slot = drive.jobs; slot > 0; --slot) free_slots_.push_back(slot - 1);
  }

  BatchResult run() {
    make_folders();
    for (const BatchRun& run : manifest_.runs) waiting_.push_back(&run);
    drop_finished();
    result_.finished_before = result_.finished;
    while (!active_.empty() || (!waiting_.empty() && !stop_)) {
      if (stop_) ask_all();
      reap();
      if (!stop_) start_some();
      display_.show(lines(), summary());
      std::this_thread::sleep_for(kTick);
    }
    display_.clear();
    result_.stopped = stop_ && result_.finished + result_.failed.size() < manifest_.runs.size();
    return std::move(result_);
  }

 private:
  struct Active {
    const BatchRun* run;
    int slot;
    RunLock lock;
    ChildProcess process;
  };

  fs::path folder_of(const BatchRun& run) const { return drive_.folder / run.folder; }
  fs::path log_of(const BatchRun& run) const { return drive_.folder / "logs" / (run.folder + ".log"); }

  void make_folders() const {
    for (const char* name : {"logs", "locks"}) {
      std::error_code failure;
      fs::create_directories(drive_.folder / name, failure);
      if (failure) throw Error("E0701", "cannot create " + (drive_.folder / name).string() + ": " + failure.message());
    }
  }

  /// Whoever finished them: this batch before, or another beside it.
  void drop_finished() {
    std::erase_if(waiting_, [&](const BatchRun* run) {
      const bool done = is_finished(folder_of(*run), run->steps);
      result_.finished += done ? 1 : 0;
      return done;
    });
  }

  void start_some() {
    for (size_t i = 0; i < waiting_.size() && !free_slots_.empty();) {
      const BatchRun& run = *waiting_[i];
      std::optional<RunLock> lock = RunLock::take(drive_.folder / "locks" / run.folder);
      if (!lock) {
        ++i;  // another process is at it
        continue;
      }
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      if (is_finished(folder_of(run), run.steps)) {
        ++result_.finished;
        continue;
      }
      start(run, std::move(*lock));
    }
  }

  void start(const BatchRun& run, RunLock lock) {
    const bool goes_on = is_run_folder(folder_of(run));
    const int slot = free_slots_.back();
    ChildCommand command{drive_.program, arguments_of(run, goes_on), log_of(run), cores_of(slot), lock.file()};
    free_slots_.pop_back();
    active_.push_back({&run, slot, std::move(lock), ChildProcess(command)});
    display_.say((goes_on ? "goes on  " : "begins   ") + run.folder);
  }

  std::vector<std::string> arguments_of(const BatchRun& run, bool goes_on) const {
    const std::string folder = folder_of(run).string(), steps = std::to_string(run.steps);
    const std::string threads = std::to_string(drive_.threads_per_run);
    if (goes_on) return {"run", "--resume", folder, "--steps", steps, "--threads", threads};
    std::vector<std::string> words = {"run",         manifest_.script,
                                      "--algorithm", run.algorithm,
                                      "--robot",     run.robot,
                                      "--seed",      std::to_string(run.seed),
                                      "--steps",     steps,
                                      "--out",       folder,
                                      "--threads",   threads,
                                      "--engine",    manifest_.engine};
    for (const auto& [key, value] : run.settings) words.insert(words.end(), {"--set", key + "=" + value});
    return words;
  }

  std::vector<int> cores_of(int slot) const {
    std::vector<int> cores;
    if (drive_.cores.empty()) return cores;
    for (int i = 0; i < drive_.threads_per_run; ++i)
      cores.push_back(drive_.cores[static_cast<size_t>(slot * drive_.threads_per_run + i) % drive_.cores.size()]);
    return cores;
  }

  void reap() {
    for (auto it = active_.begin(); it != active_.end();) {
      const std::optional<int> code = it->process.poll();
      if (!code) {
        ++it;
        continue;
      }
      ended(*it->run, *code);
      free_slots_.push_back(it->slot);
      it = active_.erase(it);
    }
  }

  void ended(const BatchRun& run, int code) {
    if (is_finished(folder_of(run), run.steps)) {
      ++result_.finished;
      display_.say("finished " + run.folder);
    } else if (stop_) {
      display_.say("stopped  " + run.folder);
    } else {
      result_.failed.push_back({run.folder, code, log_of(run), last_words_of(log_of(run))});
      display_.say("FAILED   " + run.folder);
    }
  }

  void ask_all() {
    for (Active& active : active_) active.process.stop();
  }

  std::vector<BatchLine> lines() const {
    std::vector<BatchLine> lines;
    for (const Active& active : active_)
      lines.push_back({active.run->folder, read_progress(folder_of(*active.run)).value_or(RunProgress{})});
    return lines;
  }

  std::string summary() const {
    std::string text = manifest_.experiment + ": " + std::to_string(result_.finished) + " of " +
                       std::to_string(manifest_.runs.size()) + " finished";
    if (!result_.failed.empty()) text += ", " + std::to_string(result_.failed.size()) + " failed";
    return text;
  }

  const BatchManifest& manifest_;
  const BatchDrive& drive_;
  const std::atomic<bool>& stop_;
  BatchDisplay& display_;
  std::deque<const BatchRun*> waiting_;
  std::list<Active> active_;
  std::vector<int> free_slots_;
  BatchResult result_;
};

}  // namespace

bool is_finished(const fs::path& folder, int64_t steps) {
  if (!is_run_folder(folder)) return false;
  try {
    const RunStatus status = read_status(folder);
    return status.finished && status.step >= steps;
  } catch (const Error&) {
    return false;  // `duet run --resume` says what is wrong with it
  }
}

BatchResult run_batch(const BatchManifest& manifest, const BatchDrive& drive, const std::atomic<bool>& stop,
                      BatchDisplay& display) {
  return Runner(manifest, drive, stop, display).run();
}

}  // namespace duet
