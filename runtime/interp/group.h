#pragma once

#include "runtime/interp/body.h"

namespace duet::interp {

Run prepare_group(Preparing& preparing, const Node& node);

}  // namespace duet::interp
