#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "runtime/sim/facts.h"

namespace duet {

/// Where the facts of an MJCF model come from. Throws Error E05xx.
using FactsSource = std::function<ModelFacts(const std::string& mjcf)>;

/// Asks the helper program duet-model in `programs`, so that this process need not load MuJoCo. Error E0010 if the
/// helper cannot be started, otherwise what the helper reports.
FactsSource facts_from_helper(std::filesystem::path programs);

}  // namespace duet
