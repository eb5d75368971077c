#include "runtime/sim/model.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <utility>

#include "runtime/core/error.h"
#include "runtime/sim/mujoco_door.h"
#include "runtime/sim/newer_words.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

/// The compiler of MuJoCo uses process-wide state, so that one model is compiled at a time.
std::mutex& loading() {
  static std::mutex mutex;
  return mutex;
}

void require_file(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status)) {
    throw Error("E0501", "there is no model file '" + path + "'", "a path in `mjcf` is relative to the robot's script");
  }
  if (fs::is_directory(status)) {
    throw Error("E0503", "'" + path + "' is a folder, not a model file", "`mjcf` names one MJCF file (.xml)");
  }
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// Names the likely cause where the file uses words this MuJoCo does not know.
std::string help_for(const std::string& message) {
  const std::string newer = help_for_newer_words(message);
  if (!newer.empty()) return newer;
  const bool unknown =
      message.find("nrecognized") != std::string::npos || message.find("nvalid keyword") != std::string::npos;
  if (!unknown) return "correct the MJCF file at the place named in the message";
  return std::string("this is MuJoCo ") + mj_versionString() +
         " (Debian 12 ships 2.2.2); the file may be written for a newer one, or the word is misspelt";
}

Error refusal(const std::string& path, const std::string& message) {
  if (fs::path(path).extension() == Model::kCompiled)
    return Error("E0502", "MuJoCo cannot read the compiled model '" + path + "'",
                 std::string("it is damaged, or was written by another version than ") + mj_versionString());
  const std::string reason = message.empty() ? "no reason given" : message;
  return Error("E0502", "MuJoCo refuses the model '" + path + "': " + reason, help_for(reason));
}

}  // namespace

Model::Model(std::unique_ptr<const Native> native) : native_(std::move(native)) {}
Model::~Model() = default;

const ModelFacts& Model::facts() const {
  return native_->facts;
}
std::string Model::compiled() const {
  // Through a file in memory: MuJoCo 2.2.2 says no exact size beforehand and refuses to read a byte too many.
  const int file = ::memfd_create("model", MFD_CLOEXEC);
  if (file < 0) throw Error("E0503", "there is no memory for the compiled model of '" + path() + "'");
  const std::string name = "/proc/self/fd/" + std::to_string(file);
  mj_saveModel(native_->model.get(), name.c_str(), nullptr, 0);
  std::ifstream in(name, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  ::close(file);
  if (bytes.empty()) throw Error("E0503", "there is no memory for the compiled model of '" + path() + "'");
  return bytes;
}

const std::string& Model::path() const {
  return native_->path;
}
const std::string& Model::warnings() const {
  return native_->warnings;
}

std::shared_ptr<const Model> Model::load(const std::string& path) {
  install_mujoco_handlers();
  require_file(path);
  auto native = std::make_unique<Native>();
  native->path = path;
  std::array<char, 1024> message{};
  {
    const std::lock_guard<std::mutex> lock(loading());
    try {
      native->model.reset(fs::path(path).extension() == kCompiled
                              ? mj_loadModel(path.c_str(), nullptr)
                              : mj_loadXML(path.c_str(), nullptr, message.data(), static_cast<int>(message.size())));
    } catch (const Error& inner) {
      throw Error("E0503", "MuJoCo failed while it compiled '" + path + "': " + inner.what(), inner.help());
    }
  }
  if (!native->model) throw refusal(path, trimmed(message.data()));
  native->warnings = trimmed(message.data());
  native->facts = read_facts(*native->model);
  native->facts.warnings = native->warnings;
  return std::shared_ptr<const Model>(new Model(std::move(native)));
}

}  // namespace duet
