#pragma once

#include <vector>

#include "runtime/program/program.h"

namespace duet {

/// Which values depend on variables in a way that a derivative can flow through. All others are constants to a
/// derivative: draws, numbers, data, states that are no parameters, and what `stop`, a comparison or a position gives.
class Activity {
 public:
  explicit Activity(const Program& program) : program_(program) {}

  /// From here on `id` is a variable.
  void add(ValueId id);
  bool operator()(ValueId id) const {
    return static_cast<size_t>(id) < active_.size() && active_[static_cast<size_t>(id)];
  }
  /// Finds the active ones among the values that the nodes make, nested ones included. What they read must be known.
  void mark(const std::vector<Node>& nodes);

 private:
  bool any(const std::vector<ValueId>& ids) const;
  void mark(const Node& node);
  void mark_loop(const Node& node, size_t carries);
  void mark_choose(const Node& node);
  void mark_group(const Node& node);
  void mark_closed(const Node& node);

  const Program& program_;
  std::vector<bool> active_;
};

}  // namespace duet
