#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/program/program.h"

namespace duet::testing {

using Attributes = std::map<std::string, Attribute>;
using Ids = std::vector<ValueId>;

inline Type real_type(std::vector<Axis> axes = {}) {
  return {Kind::real, std::move(axes)};
}
inline Type index_type(std::vector<Axis> axes = {}) {
  return {Kind::index, std::move(axes)};
}
inline Type bool_type(std::vector<Axis> axes = {}) {
  return {Kind::boolean, std::move(axes)};
}

/// Builds programs by hand, node by node. Nodes go to the innermost open block.
class ProgramBuilder {
 public:
  Program program;

  ProgramBuilder() { open_.push_back(&program.main); }

  ValueId value(Type type, std::string name = {}) {
    program.values.push_back({std::move(type), std::move(name)});
    return static_cast<ValueId>(program.values.size() - 1);
  }

  /// Appends a node; gives its results. The n-th node has the span [n, n + 1) of file 1.
  Ids node(Op op, Ids inputs, std::vector<Type> results, Attributes attributes = {}, std::vector<Block> blocks = {}) {
    Node node{op, std::move(inputs), {}, std::move(attributes), std::move(blocks), {1, nodes_, nodes_ + 1}};
    ++nodes_;
    for (Type& type : results) node.results.push_back(value(std::move(type)));
    open_.back()->nodes.push_back(node);
    return node.results;
  }
  ValueId one(Op op, Ids inputs, Type result, Attributes attributes = {}, std::vector<Block> blocks = {}) {
    return node(op, std::move(inputs), {std::move(result)}, std::move(attributes), std::move(blocks))[0];
  }
  ValueId number(double x) { return one(Op::constant, {}, real_type(), {{"value", x}}); }
  ValueId load(int64_t state) {
    return one(Op::load, {}, program.states.at(static_cast<size_t>(state)).type, {{"state", state}});
  }
  void assign(int64_t state, ValueId x) { node(Op::assign, {x}, {}, {{"state", state}}); }

  /// A block with parameters of these types; `fill` gets their ids and gives the results.
  Block block(std::vector<Type> parameters, const std::function<Ids(const Ids&)>& fill) {
    Block block;
    for (Type& type : parameters) block.parameters.push_back(value(std::move(type)));
    open_.push_back(&block);
    block.results = fill(block.parameters);
    open_.pop_back();
    return block;
  }

  int64_t state(std::string name, Type type, Initial initial = {}) {
    program.states.push_back({std::move(name), std::move(type), initial});
    return static_cast<int64_t>(program.states.size() - 1);
  }
  int64_t memory(std::string name, int64_t capacity) {
    program.memories.push_back({std::move(name), capacity});
    return static_cast<int64_t>(program.memories.size() - 1);
  }

  uint32_t nodes_so_far() const { return nodes_; }

 private:
  std::vector<Block*> open_;
  uint32_t nodes_ = 0;
};

}  // namespace duet::testing
