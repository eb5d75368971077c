#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/verify.h"

namespace duet {

/// Whether both have the same axes in the same order, with sizes that agree.
bool same_axes(const std::vector<Axis>& a, const std::vector<Axis>& b);
/// Whether both have the same axes in any order, with sizes that agree.
bool same_axis_set(const std::vector<Axis>& a, const std::vector<Axis>& b);
/// Same kind and same_axes.
bool same_type(const Type& a, const Type& b);

/// What the rule of an operation sees of one node. The node already fits its schema, so the inputs, results, blocks and
/// required attributes are there and every id is a value of the program.
class Checker {
 public:
  Checker(const Program& program, const Node& node, std::string place, std::vector<std::string>& findings)
      : program(program), node(node), place_(std::move(place)), findings_(findings) {}

  const Program& program;
  const Node& node;

  const Type& in(size_t i) const { return program.type(node.inputs[i]); }
  const Type& out(size_t i = 0) const { return program.type(node.results[i]); }
  const Type& parameter(size_t i, size_t block = 0) const { return program.type(node.blocks[block].parameters[i]); }
  const Type& result(size_t i, size_t block = 0) const { return program.type(node.blocks[block].results[i]); }

  void fail(const std::string& message) { findings_.push_back(place_ + ": " + message); }
  bool expect(bool holds, const std::string& message) {
    if (!holds) fail(message);
    return holds;
  }

  // Each reports and returns false if it does not hold; `what` starts the message: "result", "input 2".
  bool expect_axes(const Type& type, const std::vector<Axis>& axes, const std::string& what);
  bool expect_axis_set(const Type& type, const std::vector<Axis>& axes, const std::string& what);
  bool expect_type(const Type& type, const Type& wanted, const std::string& what);
  bool expect_scalar(const Type& type, const std::string& what);
  bool expect_kind(const Type& type, Kind kind, const std::string& what);
  bool expect_axis(const Type& type, const std::string& axis, const std::string& what);
  /// The number of parameters and results of a block.
  bool expect_block(size_t block, size_t parameters, size_t results);
  bool expect_state(int64_t id, const std::string& what);
  bool expect_memory(int64_t id, const std::string& what);

  /// The axes of both, or nothing (reported) if a shared axis has two sizes.
  std::optional<std::vector<Axis>> merge(const std::vector<Axis>& a, const std::vector<Axis>& b);
  /// The only entry of the attribute `axes`, if it is an axis of `type`; else it is reported.
  std::optional<std::string> single_axis(const Type& type);

 private:
  std::string place_;
  std::vector<std::string>& findings_;
};

// The rules, by kind of operation; each takes the operations its file names.
void check_element(Checker& check);  // unary, binary, select, reductions, quantile, top_k, cumsum
void check_shape(Checker& check);    // constants, reshaping, indexing, concat
void check_network(Checker& check);  // random draws, linear, group
void check_control(Checker& check);  // scan, iterate, choose, gradient, fused, tile
void check_data(Checker& check);     // states and memories read
void check_effect(Checker& check);   // everything that changes something

}  // namespace duet
