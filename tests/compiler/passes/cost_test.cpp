#include "compiler/passes/cost.h"

#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

/// Of nodes after those that stand before every case.
double cost_of(const std::string& nodes) {
  const Program with = given(nodes), without = given("");
  return flops(with, with.main) - flops(without, without.main);
}

TEST(Cost, CountsProductsElementsAndRepetitions) {
  EXPECT_EQ(cost_of("%7: real[H: 5, y: 3] = linear(%1, %5, %6) in=\"x\" out=\"y\""), 2 * 5 * 3 * 2);
  EXPECT_EQ(cost_of("%7: real[H: 5, y: 3] = contract(%1, %5) axes=[\"x\"]"), 2 * 5 * 3 * 2);
  EXPECT_EQ(cost_of("%7: real[H: 5, y: 3] = contract(%1, %5) axes=[\"x\"] zero_rows=[\"H\"]"), 2 * 3 * 2);
  EXPECT_EQ(cost_of("%7: real[H: 5, x: 2] = exp(%1)"), 10);
  EXPECT_EQ(cost_of("%7: real = sum(%1) axes=[\"H\", \"x\"]"), 10);
  EXPECT_EQ(
      cost_of("%7: real[H: 5, x: 2, z: 9] = expand(%1) %8: real[H: 5, x: 2, q: 9] = rename(%7) from=\"z\" to=\"q\""),
      0);
  EXPECT_EQ(
      cost_of(
          "%7: real[x: 2] = scan(%8) axis=\"H\" carries=1 count=5 from=0 sequences=0 do (%9: real, %10: real[x: 2]) "
          "{ %11: real[x: 2] = exp(%10) yield %11 }"),
      10);
}

TEST(Cost, OfTheCasesOfAChoiceTheDearestCounts) {
  EXPECT_EQ(cost_of("%7: real = choose(%0) cases=[1, 2] do { %8: real = exp(%0) %9: real = exp(%8) yield %9 } "
                    "do { %10: real = exp(%0) yield %10 }"),
            2);
}

TEST(Cost, AnUnknownSizeCountsOne) {
  EXPECT_EQ(cost_of("%7: index[row] = rows() memory=0 %8: real[row, x: 2] = expand(%1) %9: real[row, x: 2] = exp(%8)"),
            2);
}

}  // namespace
}  // namespace duet::test
