// Products that sum over several axes, which need not lie one after the other in memory.
#include <limits>

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

TEST(Product, AMemberThatDoesNotExistIsAnError) {
  const Type x = real_type({kRow, kY}), w = real_type({kTwin, kY, {"z", 4}}), b = real_type({{"z", 4}}),
             k = real_type();
  ProgramBuilder p;
  const Block block = p.block({x, w, b, k}, [&](const Ids& in) {
    return Ids{p.one(Op::linear, in, real_type({kRow, {"z", 4}}),
                     {{"in", std::string("y")}, {"out", std::string("z")}, {"by", std::string("twin")}})};
  });
  Plan plan(p.program, {});
  const auto run = [&](float index) {
    plan.evaluate(block, std::vector{random_data(x, 1), random_data(w, 2), random_data(b, 3), TensorData{k, {index}}});
  };
  for (const float index : {0.0f, 2.0f}) EXPECT_NO_THROW(run(index));
  for (const float index : {-1.0f, 3.0f, 1e20f, std::numeric_limits<float>::quiet_NaN()}) {
    try {
      run(index);
      ADD_FAILURE() << index << " was no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "E0604");
    }
  }
}

}  // namespace
}  // namespace duet::testing
