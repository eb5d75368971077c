#pragma once

#include <span>

#include "runtime/plan/body.h"

/// Nothing that is not finite gets into states, memories or the robot. Only when something would, what is being run is
/// run again, step by step, to name the first expression that turned finite inputs into something else.
namespace duet::plan {

/// Throws Error E0603 at the expression that made `x`, which `node` is about to use, if one of its elements is not
/// finite. `made`: the body that has just computed it, where that is one of the node's own.
void require_finite(Thread& thread, std::span<const float> x, const Node& node, Body* made = nullptr);

/// Runs what the thread is running again up to where it stands, without effects, then `made`. Throws Error E0603 at the
/// first expression that turns finite inputs into something else; returns if there is none.
void find_culprit(Thread& thread, Body* made = nullptr);

/// Runs a step; throws Error E0603 if it makes something not finite of finite inputs. Only while tracing.
void run_traced(Thread& thread, const Step& step);

/// The same for nodes that run as one step: throws if a result of the block is not finite, at the first node on the way
/// to it that makes something else of finite inputs. All values of the block must be there.
void find_culprit_within(const Thread& thread, const Block& chain);

}  // namespace duet::plan
