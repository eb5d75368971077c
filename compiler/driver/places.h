#pragma once

#include <filesystem>

#include "compiler/sema/library.h"

namespace duet {

/// Where things lie on this machine.
struct Places {
  std::filesystem::path
      programs;  ///< the folder of the running executable, with duet-plan, duet-model and the others in it
  std::filesystem::path home;  ///< the folder that holds algorithms/ and robots/
  SearchPaths search;
};

/// The home is $DUET_HOME; else the nearest folder above the executable that holds algorithms/ and robots/; else the
/// source tree that the executable was built from. Paths below the current folder are given relative to it, so that
/// messages stay short.
Places find_places();

}  // namespace duet
