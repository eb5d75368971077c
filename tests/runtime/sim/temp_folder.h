#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace duet::test {

/// A path for a folder that does not exist at first and is removed with this object.
class TempFolder {
 public:
  TempFolder()
      : path_((std::filesystem::temp_directory_path() / ("duet_folder_" + std::to_string(getpid()) + "_" +
                                                         std::to_string(reinterpret_cast<std::uintptr_t>(this))))
                  .string()) {
    std::filesystem::remove_all(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace duet::test
