#include "compiler/driver/engine_kind.h"

#include <array>

#include "compiler/base/suggest.h"
#include "compiler/driver/usage.h"

namespace duet {

std::span<const EngineKind> engine_kinds() {
  static const std::array<EngineKind, 2> kinds = {
      {{"plan", "duet-plan", plan_pipeline()}, {"interp", "duet-engine", pipeline()}}};
  return kinds;
}

const EngineKind& engine_kind(std::string_view name) {
  if (name.empty()) return engine_kinds().front();
  std::vector<std::string> known;
  for (const EngineKind& kind : engine_kinds()) {
    if (kind.name == name) return kind;
    known.emplace_back(kind.name);
  }
  const std::string near = did_you_mean(std::string(name), known);
  throw UsageError("E0011", "there is no engine `" + std::string(name) + "`",
                   near.empty() ? "the engines are: plan, interp" : near);
}

}  // namespace duet
