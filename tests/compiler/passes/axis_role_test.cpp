// What nodes do with the axis `row` of 6 elements, and what they read.
#include "compiler/passes/axis_role.h"

#include "compiler/passes/uses.h"
#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

constexpr std::string_view kBefore = R"(
state 0 s: real[row: 6] = constant 0.0
state 1 t: real = constant 0.0
main {
  %0: real[row: 6, x: 4] = noise() distribution="normal" site=1
  %1: real[x: 4, y: 3] = noise() distribution="normal" site=2
  %2: real[y: 3] = noise() distribution="normal" site=3
  %3: real = constant() value=1.0
  %4: index[row: 6] = iota() axis="row" count=6
  %5: real[row: 6] = mean(%0) axes=["x"]
  %6: real[m: 2, x: 4, y: 3] = noise() distribution="normal" site=4
  %7: real[row: 8] = noise() distribution="normal" site=5
)";

Program with(std::string_view node) {
  Program program = read(std::string(kBefore) + std::string(node) + "\n}\n");
  EXPECT_EQ(joined(verify(program)), "") << node;
  return program;
}

struct RoleCase {
  const char* name;
  const char* node;
  AxisRole role;
};

void PrintTo(const RoleCase& c, std::ostream* out) {
  *out << c.name;
}

class AxisRoles : public testing::TestWithParam<RoleCase> {};

TEST_P(AxisRoles, AreTold) {
  const Program program = with(GetParam().node);
  EXPECT_EQ(axis_role(program, program.main.nodes.back(), "row", 6), GetParam().role);
}

std::string role_case_name(const testing::TestParamInfo<RoleCase>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Plain, AxisRoles,
    testing::Values(
        RoleCase{"other_axes", "%8: real[y: 3] = exp(%2)", AxisRole::free},
        RoleCase{"element_wise", "%8: real[row: 6, x: 4] = add(%0, %5)", AxisRole::mapped},
        RoleCase{"spread", "%8: real[row: 6, y: 3] = expand(%2)", AxisRole::mapped},
        RoleCase{"drawn", "%8: real[row: 6] = noise() distribution=\"normal\" site=6", AxisRole::mapped},
        RoleCase{"counted", "%8: index[row: 6] = iota() axis=\"row\" count=6", AxisRole::blocked},
        RoleCase{"summed", "%8: real[x: 4] = sum(%0) axes=[\"row\"]", AxisRole::summed},
        RoleCase{"summed_with_another", "%8: real = sum(%0) axes=[\"row\", \"x\"]", AxisRole::summed},
        RoleCase{"another_summed", "%8: real[row: 6] = sum(%0) axes=[\"x\"]", AxisRole::mapped},
        RoleCase{"averaged", "%8: real[x: 4] = mean(%0) axes=[\"row\"]", AxisRole::blocked},
        RoleCase{"searched", "%8: index = argmax(%5) axes=[\"row\"]", AxisRole::blocked},
        RoleCase{"running_sum", "%8: real[row: 6] = cumsum(%5) axes=[\"row\"]", AxisRole::blocked},
        RoleCase{"renamed", "%8: real[line: 6, x: 4] = rename(%0) from=\"row\" to=\"line\"", AxisRole::blocked},
        RoleCase{"another_renamed", "%8: real[row: 6, z: 4] = rename(%0) from=\"x\" to=\"z\"", AxisRole::mapped},
        RoleCase{"cut_out", "%8: real[row: 2, x: 4] = slice(%0) axis=\"row\" from=0 to=2", AxisRole::blocked},
        RoleCase{"another_cut_out", "%8: real[row: 6, x: 2] = slice(%0) axis=\"x\" from=0 to=2", AxisRole::mapped},
        RoleCase{"taken_along", "%8: real[x: 4] = take(%0, %3) axis=\"row\"", AxisRole::blocked},
        RoleCase{"taken_for_each", "%8: real[y: 3, row: 6] = take(%1, %4) axis=\"x\"", AxisRole::mapped},
        RoleCase{"merged", "%8: real[z: 24] = reshape(%0) from=[\"row\", \"x\"] to=[\"z\"]", AxisRole::blocked},
        RoleCase{"measured", "%8: real = extent(%0) axis=\"row\"", AxisRole::blocked},
        RoleCase{"of_another_size", "%8: real[row: 8] = exp(%7)", AxisRole::blocked}),
    role_case_name);

INSTANTIATE_TEST_SUITE_P(
    Products, AxisRoles,
    testing::Values(RoleCase{"rows", "%8: real[row: 6, y: 3] = linear(%0, %1, %2) in=\"x\" out=\"y\"",
                             AxisRole::mapped},
                    RoleCase{"chosen", "%8: real[row: 6, y: 3] = linear(%0, %6, %2, %4) by=\"m\" in=\"x\" out=\"y\"",
                             AxisRole::mapped},
                    RoleCase{"multiplied_along", "%8: real[x: 4] = contract(%0, %5) axes=[\"row\"]", AxisRole::summed},
                    RoleCase{"multiplied", "%8: real[row: 6, y: 3] = contract(%0, %1) axes=[\"x\"]", AxisRole::mapped},
                    RoleCase{"weights_along",
                             "%8: real[y: 3, row: 6] = noise() distribution=\"normal\" site=6  "
                             "%9: real[row: 6] = linear(%2, %8, %3) in=\"y\" out=\"row\"",
                             AxisRole::blocked}),
    role_case_name);

INSTANTIATE_TEST_SUITE_P(
    Blocks, AxisRoles,
    testing::Values(
        RoleCase{"mapped_loop",
                 "%8: real[row: 6] = iterate(%5) count=2 do (%9: real, %10: real[row: 6]) {"
                 "  %11: real = load() state=1  %12: real[row: 6] = mul(%10, %11)  yield %12 }",
                 AxisRole::mapped},
        RoleCase{"loop_that_sums",
                 "%8: real[row: 6] = iterate(%5) count=2 do (%9: real, %10: real[row: 6]) {"
                 "  %11: real = sum(%10) axes=[\"row\"]  %12: real[row: 6] = sub(%10, %11)  yield %12 }",
                 AxisRole::blocked},
        RoleCase{"loop_that_gives_less",
                 "%8: real[row: 6], %9: real = iterate(%5, %3) count=2 do (%10: real, %11: real[row: 6], %12: real) {"
                 "  %13: real[row: 6] = exp(%11)  yield %13, %10 }",
                 AxisRole::blocked},
        RoleCase{"steps_along",
                 "%8: real[row: 6] = scan(%5) axis=\"row\" carries=0 count=6 from=0 sequences=1 do "
                 "(%9: real, %10: real) { %11: real = exp(%10)  yield %11 }",
                 AxisRole::blocked},
        RoleCase{"loop_that_loads",
                 "%8: real[row: 6] = iterate(%5) count=2 do (%9: real, %10: real[row: 6]) {"
                 "  %11: real[row: 6] = load() state=0  yield %11 }",
                 AxisRole::blocked},
        RoleCase{"loop_without",
                 "%8: real = iterate(%3) count=2 do (%9: real, %10: real) { %11: real = exp(%10)  yield %11 }",
                 AxisRole::free},
        RoleCase{"case_that_sums_inside",
                 "%8: real = choose(%3) cases=[1] do { %9: real[row: 6] = noise() distribution=\"normal\" site=6"
                 "  %10: real = sum(%9) axes=[\"row\"]  yield %10 }",
                 AxisRole::blocked},
        RoleCase{"case", "%8: real[row: 6] = choose(%3) cases=[1] do { %9: real[row: 6] = exp(%5)  yield %9 }",
                 AxisRole::blocked},
        RoleCase{"chain", "%8: real[row: 6] = fused() do { %9: real[row: 6] = exp(%5)  yield %9 }", AxisRole::mapped},
        RoleCase{"tile_of_others",
                 "%8: real[y: 3] = tile() axes=[\"y\"] sizes=[1] do { %9: real[y: 3] = exp(%2)  yield %9 }",
                 AxisRole::blocked},
        RoleCase{"load", "%8: real[row: 6] = load() state=0", AxisRole::blocked},
        RoleCase{"load_of_another", "%8: real = load() state=1", AxisRole::free}),
    role_case_name);

constexpr std::string_view kLoop =
    "%8: real[row: 6] = iterate(%5) count=2 do (%9: real, %10: real[row: 6]) {"
    "  %11: real[row: 6] = mul(%10, %5)  %12: real[row: 6] = add(%11, %3)  yield %12 }";

TEST(Uses, AreCountedInBlocksToo) {
  const auto uses = count_uses(with(kLoop).main);
  EXPECT_EQ(uses.at(5), 2) << "where the loop starts, and inside";
  EXPECT_EQ(uses.at(3), 1);
  EXPECT_EQ(uses.at(12), 1) << "as a result of the block";
  EXPECT_EQ(uses.count(8), 0u);
  EXPECT_EQ(uses.count(9), 0u);
}

TEST(Uses, ValuesReadAreThoseFromOutside) {
  const Program program = with(kLoop);
  EXPECT_EQ(values_read(program.main.nodes.back()), (std::unordered_set<ValueId>{3, 5}));
}

}  // namespace
}  // namespace duet::test
