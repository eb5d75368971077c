#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace duet {

/// The operations of the graph; ops.def is the table.
enum class Op {
#define DUET_OP(name, group, script, doc) name,
#include "runtime/ops/ops.def"
#undef DUET_OP
};

enum class OpGroup { unary, binary, reduce, shape, random, network, control, effect };

struct OpInfo {
  Op op;
  std::string_view name;
  OpGroup group;
  bool in_script;  // a script can call it by name
  std::string_view doc;
};

/// All operations, in the order of the table.
std::span<const OpInfo> all_ops();
const OpInfo& info(Op op);
std::optional<Op> find_op(std::string_view name);

}  // namespace duet
