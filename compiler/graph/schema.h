#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

enum class AttributeKind { integer, real, text, integers, reals, texts };

/// "a whole number", "a list of reals" ...
std::string_view name_of(AttributeKind kind);
AttributeKind kind_of(const Attribute& attribute);

struct AttributeRule {
  std::string_view key;
  AttributeKind kind;
  bool required = true;
};

/// How many there may be of something.
struct Count {
  static constexpr size_t kMany = std::numeric_limits<size_t>::max();
  size_t least = 0, most = 0;
  bool allows(size_t n) const { return n >= least && n <= most; }
};

/// The outer form of an operation: how many inputs, results and blocks, and which attributes.
struct Schema {
  Count inputs, results, blocks;
  std::vector<AttributeRule> attributes;
};

/// The form of `op`, as documented in runtime/ops/ops.def.
const Schema& schema(Op op);

}  // namespace duet
