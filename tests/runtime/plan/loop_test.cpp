// Loops, whose bodies lie in the memory of the body around them.

#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

const Type kX = real_type({{"x", 40}}), kReal = real_type();

ValueId plus(ProgramBuilder& p, ValueId a, ValueId b) {
  return p.one(Op::add, {a, b}, kX);
}

/// Three times f(carry), with values on the way that need places of their own.
ValueId iterate(ProgramBuilder& p, ValueId start, const std::function<ValueId(ValueId)>& f) {
  Block body = p.block({kReal, kX}, [&](const Ids& in) {
    const ValueId a = p.one(Op::tanh, {in[1]}, kX), b = p.one(Op::sin, {a}, kX);
    const ValueId c = f(plus(p, a, b));
    return Ids{plus(p, plus(p, a, b), plus(p, c, p.one(Op::mul, {in[1], in[0]}, kX)))};
  });
  return p.one(Op::iterate, {start}, kX, {{"count", int64_t{3}}}, {std::move(body)});
}

TEST(Loop, LeavesWhatLivesAroundItAlone) {
  ProgramBuilder p;
  const Block block = p.block({kX}, [&](const Ids& in) {
    const ValueId before = p.one(Op::square, {in[0]}, kX);  // read after both loops
    const ValueId gone = p.one(Op::exp, {in[0]}, kX);       // and this no more, when the second one runs
    const ValueId first =
        iterate(p, gone, [&](ValueId x) { return iterate(p, x, [&](ValueId y) { return plus(p, y, before); }); });
    const ValueId second = iterate(p, plus(p, first, before), [&](ValueId x) { return p.one(Op::neg, {x}, kX); });
    return Ids{plus(p, first, before), second, plus(p, second, in[0])};
  });
  BothEngines both(p);
  for (unsigned i = 1; i <= 3; ++i) both.evaluate(block, {random_data(kX, i)}, 1e-5);
}

}  // namespace
}  // namespace duet::testing
