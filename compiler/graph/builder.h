#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/program/program.h"

namespace duet {

using Attributes = std::map<std::string, Attribute>;

/// Appends typed nodes to a program. Works on the innermost open block; types must already agree.
class Builder {
 public:
  explicit Builder(Program& program) : program_(program) {}

  Program& program() { return program_; }
  const Type& type(ValueId id) const { return program_.type(id); }
  /// The value that stands for `id` from here on (see `replace`).
  ValueId current(ValueId id) const;
  void name(ValueId id, const std::string& name);

  /// Opens a block; nodes go there until `close`, which returns it.
  void open();
  Block close();
  Block& block() { return *open_.back(); }
  /// Different for every block that is opened.
  uint64_t block_serial() const { return serials_.back(); }
  ValueId parameter(Type type, std::string name = {}) {
    return parameter_of(block(), std::move(type), std::move(name));
  }
  /// A new parameter of an open block that need not be the innermost.
  ValueId parameter_of(Block& block, Type type, std::string name = {});

  /// A node with any number of results.
  std::vector<ValueId> emit(Op op, std::vector<ValueId> inputs, std::vector<Type> results, Span span,
                            Attributes attributes = {}, std::vector<Block> blocks = {});
  /// A node with one result.
  ValueId emit1(Op op, std::vector<ValueId> inputs, Type result, Span span, Attributes attributes = {},
                std::vector<Block> blocks = {});

  ValueId constant(double value, Span span);
  ValueId unary(Op op, ValueId x, Span span);
  /// The axes of `a` and `b` must agree (merge_axes).
  ValueId binary(Op op, ValueId a, ValueId b, Span span);
  ValueId select(ValueId condition, ValueId a, ValueId b, Span span);
  /// Removes the named axes, which x must have.
  ValueId reduce(Op op, ValueId x, const std::vector<std::string>& axes, Span span);
  ValueId rename(ValueId x, const std::string& from, const std::string& to, Span span);
  ValueId slice(ValueId x, const std::string& axis, int64_t from, int64_t to, Span span);
  /// `x` with exactly these axes, in this order; x must not have others.
  ValueId expand(ValueId x, const std::vector<Axis>& axes, Span span);
  ValueId cast(ValueId x, Kind kind, Span span);
  ValueId load(int64_t state, Span span);
  void assign(int64_t state, ValueId value, Span span);

  int64_t add_state(State state);
  uint64_t next_site() { return ++sites_; }

  /// Later uses of `old` in nodes emitted from now on become uses of `now`.
  void replace(ValueId old, ValueId now) { replaced_[old] = now; }

 private:
  Program& program_;
  std::vector<std::unique_ptr<Block>> open_;
  std::vector<uint64_t> serials_;
  uint64_t opened_ = 0;
  std::unordered_map<ValueId, ValueId> replaced_;
  uint64_t sites_ = 0;
};

/// A block that is open until `close`; given up if an exception passes.
class OpenBlock {
 public:
  explicit OpenBlock(Builder& builder) : builder_(builder) { builder_.open(); }
  ~OpenBlock() {
    if (!closed_) builder_.close();
  }
  OpenBlock(const OpenBlock&) = delete;
  OpenBlock& operator=(const OpenBlock&) = delete;
  Block close() {
    closed_ = true;
    return builder_.close();
  }

 private:
  Builder& builder_;
  bool closed_ = false;
};

}  // namespace duet
