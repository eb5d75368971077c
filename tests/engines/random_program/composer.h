#pragma once

#include "tests/engines/random_program/random_values.h"

namespace duet::test {

/// Adds random steps to a program. A step that finds no values to work on does nothing.
class Composer : RandomValues {
 public:
  Composer(unsigned seed, bool heavy) : RandomValues(seed, heavy ? 60000 : 2000), heavy_(heavy) {}

  Program compose();

 private:
  void steps(int count);

  // --- elements -----------------------------------------------------------------------------------------------------

  void unary();
  void binary();
  /// x / (1 + y^2)
  void divide();
  void select();
  void reduce();
  void along();
  void quantile();
  void draw();
  /// An index by weights.
  void pick();
  void deviate();
  void count();

  // --- shapes -------------------------------------------------------------------------------------------------------

  /// Element i along an axis; i is a number, or an index with axes of its own.
  void take();
  void take_top();
  void slice();
  void concat();
  /// Other axes, another order.
  void expand();
  void rename();
  /// Some axes become one, or two.
  void join();
  void scatter();
  void pad();

  // --- products -----------------------------------------------------------------------------------------------------

  /// Layers on many rows.
  void add_layers();
  /// Weights with axes that x has (walked together), others (mapped over), or chosen by an index.
  void linear();
  /// One of several weights for each element of a shared axis.
  void choose_weights(std::vector<ValueId>& inputs, Axes weights, Axes bias, Attributes& attributes);
  void contract();
  /// Each element times another, or 0 by the sign of another.
  ValueId with_factor(ValueId x);
  /// Whether there is something to sum over, and not too much comes out.
  bool shares(ValueId x, ValueId y) const;
  void group();

  // --- blocks -------------------------------------------------------------------------------------------------------

  /// Some steps of a block that is open, on all that is in sight and `parameters`; gives the latest real value.
  ValueId inside(const std::vector<ValueId>& parameters, int count);
  /// x with the axes of a type: what it lacks repeated, what it has besides averaged.
  ValueId fitted(ValueId x, Axes wanted);
  /// The next value of a carry: between the old one and what the block made.
  ValueId next(ValueId carry, ValueId made);
  void iterate();
  void scan();
  void gradient();
  void emit_loop(Op op, std::vector<ValueId> inputs, std::vector<Type> results, Attributes attributes, Block block);
  void choose();
  /// Layers on many rows, again and again.
  void roll_out();

  bool heavy_, differentiating_ = false;
  int depth_ = 0;  // of blocks
};

}  // namespace duet::test
