#include "compiler/graph/checker.h"

#include "compiler/graph/text.h"

namespace duet {

bool same_axes(const std::vector<Axis>& a, const std::vector<Axis>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].name != b[i].name || !sizes_agree(a[i].size, b[i].size)) return false;
  return true;
}

bool same_axis_set(const std::vector<Axis>& a, const std::vector<Axis>& b) {
  if (a.size() != b.size()) return false;
  const Type other{Kind::real, b};
  for (const Axis& axis : a) {
    const int at = other.find(axis.name);
    if (at < 0 || !sizes_agree(axis.size, b[static_cast<size_t>(at)].size)) return false;
  }
  return true;
}

bool same_type(const Type& a, const Type& b) {
  return a.kind == b.kind && same_axes(a.axes, b.axes);
}

// Words are put together only when something is wrong: checking is a good part of compiling.

bool Checker::expect_axes(const Type& type, const std::vector<Axis>& axes, const std::string& what) {
  if (same_axes(type.axes, axes)) return true;
  return expect(false,
                what + " is " + type_text(type) + " but should have the axes of " + type_text({type.kind, axes}));
}

bool Checker::expect_axis_set(const Type& type, const std::vector<Axis>& axes, const std::string& what) {
  if (same_axis_set(type.axes, axes)) return true;
  return expect(false, what + " is " + type_text(type) + " but should have the axes of " +
                           type_text({type.kind, axes}) + " in any order");
}

bool Checker::expect_type(const Type& type, const Type& wanted, const std::string& what) {
  if (same_type(type, wanted)) return true;
  return expect(false, what + " is " + type_text(type) + " but should be " + type_text(wanted));
}

bool Checker::expect_scalar(const Type& type, const std::string& what) {
  if (type.scalar()) return true;
  return expect(false, what + " is " + type_text(type) + " but should be a scalar");
}

bool Checker::expect_kind(const Type& type, Kind kind, const std::string& what) {
  if (type.kind == kind) return true;
  return expect(false, what + " is " + type_text(type) + " but should be " + type_text({kind, {}}));
}

bool Checker::expect_axis(const Type& type, const std::string& axis, const std::string& what) {
  if (type.has(axis)) return true;
  return expect(false, what + " is " + type_text(type) + " and has no axis " + name_text(axis));
}

bool Checker::expect_block(size_t block, size_t parameters, size_t results) {
  const Block& b = node.blocks[block];
  const std::string which = "block " + std::to_string(block);
  const bool p = expect(b.parameters.size() == parameters, which + " has " + std::to_string(b.parameters.size()) +
                                                               " parameters instead of " + std::to_string(parameters));
  const bool r = expect(b.results.size() == results, which + " has " + std::to_string(b.results.size()) +
                                                         " results instead of " + std::to_string(results));
  return p && r;
}

bool Checker::expect_state(int64_t id, const std::string& what) {
  return expect(id >= 0 && id < static_cast<int64_t>(program.states.size()),
                what + ": there is no state " + std::to_string(id));
}

bool Checker::expect_memory(int64_t id, const std::string& what) {
  return expect(id >= 0 && id < static_cast<int64_t>(program.memories.size()),
                what + ": there is no memory " + std::to_string(id));
}

std::optional<std::vector<Axis>> Checker::merge(const std::vector<Axis>& a, const std::vector<Axis>& b) {
  if (const auto axis = clashing_axis(a, b)) {
    const Type first{Kind::real, a}, second{Kind::real, b};
    fail("axis " + name_text(*axis) + " has two sizes, " + std::to_string(first.size_of(*axis)) + " and " +
         std::to_string(second.size_of(*axis)));
    return std::nullopt;
  }
  return merge_axes(a, b);
}

std::optional<std::string> Checker::single_axis(const Type& type) {
  const std::vector<std::string>& axes = node.texts("axes");
  if (!expect(axes.size() == 1, "takes one axis, but `axes` has " + std::to_string(axes.size()))) return std::nullopt;
  if (!expect_axis(type, axes[0], "input 0")) return std::nullopt;
  return axes[0];
}

}  // namespace duet
