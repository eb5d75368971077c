#pragma once

#include "runtime/interp/body.h"

/// Nothing that is not finite gets into states, memories or the robot. Only when something would, the expressions that
/// made it are evaluated again, one by one, to name the first that turned finite inputs into something else.
namespace duet::interp {

/// Throws Error E0603 at the expression that made `x`, the value `id` that `node` is about to use, if it is not finite.
void require_finite(Engine& engine, const Tensor& x, ValueId id, const Node& node);

/// Finds what made `id` not finite and throws Error E0603; `again` evaluates the block that has computed it, otherwise
/// the nodes that lead to `id` are evaluated. Without a culprit the error is at `node`.
[[noreturn]] void blame(Engine& engine, ValueId id, const Node& node, const std::function<void()>& again = {});

/// While tracing: throws Error E0603 at the operation through which the gradient of `loss` became not finite, if any.
void blame_gradient(Engine& engine, const Tensor& loss, const Node& node);

/// Runs a step; throws Error E0603 if it makes something not finite of finite inputs. Only while tracing.
void run_traced(Engine& engine, const Step& step);

}  // namespace duet::interp
