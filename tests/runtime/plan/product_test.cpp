// Products that sum over several axes, which need not lie one after the other in memory.
#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;

const Axis kTwin{"twin", 3}, kRow{"row", 30}, kY{"y", 6};

/// sum[twin, x] a * b, on both engines, also with a factor for each element.
void expect_equal(const Type& a, const Type& b, const Type& c) {
  ProgramBuilder p;
  const Block block = p.block({a, b, c}, [&](const Ids& in) {
    const Attribute axes = Names{"twin", "x"};
    return Ids{p.one(Op::contract, {in[0], in[1]}, c, {{"axes", axes}}),
               p.one(Op::contract, in, c, {{"axes", axes}, {"factor", std::string("value")}}),
               p.one(Op::contract, in, c, {{"axes", axes}, {"factor", std::string("positive")}})};
  });
  BothEngines engines(p);
  // 3 x 150 terms of up to 4 are added in another order.
  const double tolerance = 1e-4;
  for (int run = 0; run < 2; ++run)  // no run adds to the one before
    engines.evaluate(block, {random_data(a, 1), random_data(b, 2), random_data(c, 3)}, tolerance);
}

TEST(Product, SumsOverSeveralAxes) {
  for (const int64_t terms : {2, 40, 150}) {
    SCOPED_TRACE(terms);
    const Axis x{"x", terms};
    expect_equal(real_type({kTwin, kRow, x}), real_type({kTwin, kY, x}), real_type({kRow, kY}));
    expect_equal(real_type({kTwin, kRow, x}), real_type({kTwin, x, kY}), real_type({kRow, kY}));
    expect_equal(real_type({kRow, kTwin, x}), real_type({kTwin, kY, x}), real_type({kRow, kY}));
    expect_equal(real_type({kTwin, x, kRow}), real_type({kY, kTwin, x}), real_type({kY, kRow}));
    expect_equal(real_type({x, kRow, kTwin}), real_type({kTwin, kY, x}), real_type({kY, kRow}));
    expect_equal(real_type({kTwin, x}), real_type({kTwin, kY, x}), real_type({kY}));
  }
}

}  // namespace
}  // namespace duet::testing
