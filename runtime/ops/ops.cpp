#include "runtime/ops/ops.h"

#include <array>

namespace duet {

namespace {

constexpr auto kTable = std::to_array<OpInfo>({
#define DUET_OP(name, group, script, doc) {Op::name, #name, OpGroup::group, script, doc},
#include "runtime/ops/ops.def"
#undef DUET_OP
});

}  // namespace

std::span<const OpInfo> all_ops() {
  return kTable;
}

const OpInfo& info(Op op) {
  return kTable[static_cast<size_t>(op)];
}

std::optional<Op> find_op(std::string_view name) {
  for (const OpInfo& entry : kTable)
    if (entry.name == name) return entry.op;
  return std::nullopt;
}

}  // namespace duet
