#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "compiler/passes/activity.h"
#include "compiler/passes/emitter.h"

namespace duet {

/// Thrown where the derivative of an operation cannot be written as nodes.
struct NoDerivative {};

/// Reverse accumulation over the nodes of one block (Griewank and Walther, Evaluating Derivatives, ch. 3): gathers the
/// derivatives of a scalar towards values, and emits the nodes that compute them into the innermost open block.
class Reverse {
 public:
  Reverse(Builder& builder, Activity& activity) : emit(builder), activity_(activity) {}

  Emitter emit;

  /// Whether derivatives towards `id` are gathered.
  bool wants(ValueId id) const { return activity_(id); }
  Activity& activity() { return activity_; }

  /// Adds to the derivative towards `to`, if that is active. The axes of `derivative` are some of those of `to`.
  void add(ValueId to, ValueId derivative);
  /// The same for an operand `to` of an element-wise operation with result `through`: summed over the axes that only
  /// the result has, other than `except`. `factor` is multiplied in.
  void give(ValueId to, ValueId derivative, ValueId through, double factor = 1, const std::string& except = {});

  /// The derivative gathered towards `id` so far, if any; it may lack axes of `id`.
  std::optional<ValueId> of(ValueId id) const;
  /// The same with exactly the axes of `id`; zeros if nothing was gathered.
  ValueId total(ValueId id);

  /// Passes the derivatives of results on to inputs, last node first. Loops among the nodes get outputs that they save
  /// their steps in. Throws NoDerivative.
  void walk(std::vector<Node>& nodes);

 private:
  Activity& activity_;
  std::unordered_map<ValueId, ValueId> gathered_;
};

// The rules, by group of operation: each passes the derivative of the node's results on to its inputs.
void adjoint_unary(Reverse& reverse, const Node& node, ValueId g);
void adjoint_binary(Reverse& reverse, const Node& node, ValueId g);
void adjoint_reduce(Reverse& reverse, const Node& node, ValueId g);
void adjoint_shape(Reverse& reverse, const Node& node, ValueId g);
void adjoint_order(Reverse& reverse, const Node& node, ValueId g);  // of group shape: quantile, cumsum, standardize
void adjoint_network(Reverse& reverse, const Node& node);
void adjoint_group(Reverse& reverse, const Node& node);
void adjoint_control(Reverse& reverse, Node& node);
void adjoint_scan(Reverse& reverse, Node& node);
void adjoint_iterate(Reverse& reverse, Node& node);

}  // namespace duet
