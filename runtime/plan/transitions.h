#pragma once

#include "runtime/plan/body.h"

/// Transitions between memories and values.
namespace duet::plan {

Run prepare_rows(Preparing& preparing, const Node& node);
Run prepare_gather(Preparing& preparing, const Node& node);
Run prepare_sample(Preparing& preparing, const Node& node);
Run prepare_sample_starts(Preparing& preparing, const Node& node);
Run prepare_split(Preparing& preparing, const Node& node);
Run prepare_store(Preparing& preparing, const Node& node);

}  // namespace duet::plan
