#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

/// What stands for each value; a value that is not there stands for itself.
using Substitution = std::unordered_map<ValueId, ValueId>;

/// Makes the nodes, with everything nested in them, read other values.
void substitute(std::vector<Node>& nodes, const Substitution& now);

/// The values of enclosing blocks that the block reads, each once, in the order of their first use.
std::vector<ValueId> free_values(const Block& block);

/// Copies nodes: what they make are values of the copy's own, what they read from elsewhere stays the same.
class Copier {
 public:
  explicit Copier(Program& program) : program_(program) {}

  /// In the copy, `now` stands for `old`: for parameters of the copied block.
  void map(ValueId old, ValueId now) { now_[old] = now; }
  /// In the copy, axes called `axis` whose size is open have this one.
  void close(const std::string& axis, int64_t size) { sizes_[axis] = size; }
  /// What stands for `id` in the copy.
  ValueId operator()(ValueId id) const;
  std::vector<Node> nodes(const std::vector<Node>& originals);

 private:
  std::vector<ValueId> fresh(const std::vector<ValueId>& ids);
  std::vector<ValueId> mapped(const std::vector<ValueId>& ids) const;

  Program& program_;
  Substitution now_;
  std::map<std::string, int64_t> sizes_;
};

}  // namespace duet
