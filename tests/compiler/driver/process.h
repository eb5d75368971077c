#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace duet::test {

struct Outcome {
  int code = -1;  // exit code; 128 + the signal if killed
  std::string out, err;
};

/// Runs build/duet with `arguments` in `folder` and waits for it. `before` is what `env` gets before the program:
/// variables "NAME=value", then perhaps a program that starts it, such as timeout.
Outcome duet(const std::vector<std::string>& arguments, const std::filesystem::path& folder = DUET_ROOT,
             const std::vector<std::string>& before = {});

/// A folder that is empty at first and removed at the end.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Writes a file into it and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// The whole text of a file; a failure of the test if there is none.
std::string read(const std::filesystem::path& path);

}  // namespace duet::test
