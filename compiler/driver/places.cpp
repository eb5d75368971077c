#include "compiler/driver/places.h"

#include <cstdlib>
#include <system_error>

namespace duet {

namespace fs = std::filesystem;

namespace {

bool is_home(const fs::path& folder) {
  std::error_code none;
  return fs::is_directory(folder / "algorithms", none) && fs::is_directory(folder / "robots", none);
}

fs::path find_home(const fs::path& programs) {
  if (const char* given = std::getenv("DUET_HOME"); given && *given) return given;
  for (fs::path folder = programs; folder.has_relative_path(); folder = folder.parent_path())
    if (is_home(folder)) return folder;
  return DUET_SOURCE_HOME;
}

fs::path shortened(const fs::path& path) {
  std::error_code failure;
  const fs::path here = fs::current_path(failure);
  if (failure) return path;
  const fs::path near = path.lexically_relative(here);
  return near.empty() || near.begin()->string() == ".." ? path : near;
}

}  // namespace

Places find_places() {
  Places places;
  std::error_code failure;
  const fs::path self = fs::read_symlink("/proc/self/exe", failure);
  places.programs = failure ? fs::path(".") : self.parent_path();
  places.home = find_home(places.programs);
  places.search.algorithms = shortened(places.home / "algorithms").string();
  places.search.robots = shortened(places.home / "robots").string();
  return places;
}

}  // namespace duet
