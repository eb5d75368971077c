#pragma once

#include "runtime/plan/body.h"

/// Nothing that is not finite gets into states, memories or the robot. Only when something would, the block that made it
/// is evaluated again, step by step, to name the first expression that turned finite inputs into something else.
namespace duet::plan {

/// Throws Error E0603 at the expression that made `id`, which `node` is about to use, if one of its elements is not finite.
void require_finite(Thread& thread, ValueId id, const Node& node);

/// Runs a step; throws Error E0603 if it makes something not finite of finite inputs. Only while tracing.
void run_traced(Thread& thread, const Step& step);

}  // namespace duet::plan
