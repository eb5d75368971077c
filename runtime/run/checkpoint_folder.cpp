#include "runtime/run/checkpoint_folder.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

#include "runtime/core/atomic_file.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& run) {
  return run / "checkpoints";
}

fs::path path_of(const fs::path& run, int64_t step) {
  char name[48];
  std::snprintf(name, sizeof name, "step-%09lld.ckpt", static_cast<long long>(step));
  return folder_of(run) / name;
}

std::optional<int64_t> step_of(const fs::path& path) {
  const std::string name = path.filename().string();
  constexpr std::string_view kFront = "step-", kBack = ".ckpt";
  if (!name.starts_with(kFront) || !name.ends_with(kBack)) return std::nullopt;
  int64_t step = 0;
  const char* end = name.data() + name.size() - kBack.size();
  const auto result = std::from_chars(name.data() + kFront.size(), end, step);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return step;
}

/// What a killed process left half written.
void remove_parts(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".part") fs::remove(entry.path());
  }
}

}  // namespace

std::vector<int64_t> checkpoint_steps(const fs::path& run) {
  std::vector<int64_t> steps;
  std::error_code none;  // no folder, no checkpoints
  for (const auto& entry : fs::directory_iterator(folder_of(run), none)) {
    if (const auto step = step_of(entry.path())) steps.push_back(*step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

fs::path save_checkpoint(const fs::path& run, int64_t step, const CheckpointWriter& writer, int keep_last) {
  std::error_code failure;
  fs::create_directories(folder_of(run), failure);
  if (failure) throw Error("E0701", "cannot create " + folder_of(run).string() + ": " + failure.message());
  const fs::path path = path_of(run, step);
  {
    AtomicFile file(path);
    writer.write(file);
    file.commit();
  }
  remove_parts(folder_of(run));
  std::vector<int64_t> steps = checkpoint_steps(run);
  std::erase_if(steps, [step](int64_t other) { return other > step; });
  const size_t keep = static_cast<size_t>(std::max(keep_last, 1));
  for (size_t i = 0; i + keep < steps.size(); ++i) fs::remove(path_of(run, steps[i]));
  return path;
}

LatestCheckpoint latest_checkpoint(const fs::path& run) {
  std::vector<std::string> warnings;
  std::vector<int64_t> steps = checkpoint_steps(run);
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const fs::path path = path_of(run, *step);
    try {
      CheckpointReader reader(path);
      reader.verify();
      return {*step, path, std::move(reader), std::move(warnings)};
    } catch (const Error& error) {
      warnings.push_back(std::string(error.what()) + " (" + error.code() + ")");
    }
  }
  std::string message = "the run " + run.string() + " has no checkpoint to resume from";
  for (const std::string& warning : warnings) message += "\n  " + warning;
  throw Error("E0702", message, "start the run anew in another folder");
}

}  // namespace duet
