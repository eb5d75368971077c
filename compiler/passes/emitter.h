#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/graph/builder.h"

namespace duet {

/// Writes the arithmetic of derivatives into the innermost open block of a builder: numbers are folded, nothing is
/// multiplied by one. Lives as long as that block is open.
///
/// A derivative may lack axes of the value that it belongs to: it is then the same all along them.
class Emitter {
 public:
  explicit Emitter(Builder& builder) : builder_(builder) {}

  Span span;  // of the nodes emitted from here on

  Builder& builder() { return builder_; }
  const Type& type(ValueId id) const { return builder_.type(id); }

  /// Constants among these nodes, which the block sees, may be used and folded.
  void know(const std::vector<Node>& nodes);
  /// The number that `id` stands for, if it is a constant.
  std::optional<double> known(ValueId id) const;

  ValueId number(double value);
  ValueId neg(ValueId x);
  ValueId add(ValueId a, ValueId b) { return builder_.binary(Op::add, a, b, span); }
  ValueId sub(ValueId a, ValueId b) { return builder_.binary(Op::sub, a, b, span); }
  ValueId mul(ValueId a, ValueId b);
  ValueId div(ValueId a, ValueId b);
  ValueId unary(Op op, ValueId x) { return builder_.unary(op, x, span); }
  ValueId binary(Op op, ValueId a, ValueId b) { return builder_.binary(op, a, b, span); }
  ValueId select(ValueId condition, ValueId a, ValueId b) { return builder_.select(condition, a, b, span); }
  ValueId reduce(Op op, ValueId x, const std::vector<std::string>& axes);

  /// The number of elements of `x` along the axes: a constant, or where sizes are open, computed.
  ValueId count(ValueId x, const std::vector<std::string>& axes);
  /// `x` with its axes in the order that they have in `type`, which has them all.
  ValueId arrange(ValueId x, Type type);
  /// `x` with exactly the axes of `like`.
  ValueId spread(ValueId x, ValueId like);
  /// sum[axes](a * b), arranged like `type`, which has the axes of both but `axes`. Both have `axes`.
  ValueId contract(ValueId a, ValueId b, const std::vector<std::string>& axes, Type type);
  ValueId pad(ValueId x, const std::string& axis, int64_t before, ValueId like);

 private:
  void note(ValueId id, double value);

  Builder& builder_;
  std::unordered_map<ValueId, double> known_;
  std::map<double, ValueId> numbers_;
};

}  // namespace duet
