#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/passes/pass.h"

namespace duet {

/// A walk over the main block of a program (robots are evaluated elsewhere) that puts every node in place again, one by
/// one in order of evaluation, so that a pass can put others there. Passes derive from it and say in `visit` what
/// becomes of a node; blocks inside a node come before it.
class Rewriter {
 public:
  Rewriter(Program& program, Notes& notes);
  virtual ~Rewriter() = default;
  Rewriter(const Rewriter&) = delete;

  /// True if something was changed.
  bool run();

 protected:
  using Attributes = std::map<std::string, Attribute>;

  /// Puts `node`, or what stands for it, in place. Its inputs and blocks are up to date.
  virtual void visit(Node node) = 0;
  /// Called before the blocks of `node` are visited: what is put here comes before it.
  virtual void approach(Node& /*node*/) {}
  /// Called before the nodes of a block of `node` are visited, which are not in it now: what is put here comes first.
  virtual void enter(Node& /*node*/, Block& /*block*/) {}

  const Type& type(ValueId id) const { return program_.type(id); }
  const std::vector<Axis>& axes(ValueId id) const { return program_.type(id).axes; }
  std::vector<std::vector<Axis>> input_axes(const Node& node) const;

  /// The node that makes a value, its blocks left out; nullptr for a parameter, and for a value not put in place yet.
  const Node* maker(ValueId id) const;
  /// The same if its operation is `op`.
  const Node* maker(ValueId id, Op op) const;
  /// Whether a value is made in the block where the walk is, not in one around it.
  bool made_here(ValueId id) const;
  /// How many readers a value had when the walk began.
  int readers(ValueId id) const;

  /// A new value.
  ValueId value(Type type, std::string name = {});
  /// Puts a node in place as it is.
  void put(Node node);
  /// Puts a node with one new result in place.
  ValueId make(Op op, std::vector<ValueId> inputs, Type result, Span span, Attributes attributes = {});
  /// Later readers of `old` read `now`.
  void replace(ValueId old, ValueId now);
  ValueId current(ValueId id) const;
  /// The walk has changed the program.
  void changed() { changed_ = true; }
  /// Notes work that is no longer done; `flops` of doing it once where the walk is.
  void note(Span span, std::string what, double flops);
  /// How often scans and iterations do the place where the walk is.
  double times() const { return times_; }

  /// Whether a derivative is taken of what is done here.
  bool differentiated() const { return differentiated_; }

  Program& program() { return program_; }

 private:
  void block(Block& block, Node* around);
  void blocks_of(Node& node);
  /// Makes room for values that were added to the program.
  void grow();
  void refresh(std::vector<ValueId>& ids) const;

  Program& program_;
  Notes& notes_;
  std::vector<Node>* here_ = nullptr;
  std::deque<Node> heads_;
  std::vector<const Node*> makers_;
  std::vector<int> places_;      // the block in which each value is made, counted as they are entered
  int place_ = 0, entered_ = 0;  // the block where the walk is
  std::vector<ValueId> now_;
  std::unordered_map<ValueId, int> readers_;
  double times_ = 1;
  bool differentiated_ = false, changed_ = false;
};

}  // namespace duet
