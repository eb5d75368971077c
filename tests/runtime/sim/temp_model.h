#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace duet::test {

/// An MJCF file that lives as long as this object.
class TempModel {
 public:
  explicit TempModel(const std::string& text, const std::string& name = "model") {
    path_ =
        (std::filesystem::temp_directory_path() / ("duet_" + name + "_" + std::to_string(getpid()) + ".xml")).string();
    std::ofstream(path_) << text;
  }
  ~TempModel() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TempModel(const TempModel&) = delete;
  TempModel& operator=(const TempModel&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The error that `action` throws; one without a code if it throws none.
template <class Error, class Action>
Error thrown(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return Error("", "nothing was thrown");
}

}  // namespace duet::test
