#include "compiler/graph/schema.h"
#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

TEST(Verify, TheSampleIsWellFormed) {
  EXPECT_EQ(joined(verify(read(kSample))), "");
  EXPECT_EQ(joined(verify(read(kSample), {.sizes_known = true})), "");
  EXPECT_EQ(joined(verify(given(""))), "");
}

TEST(Verify, EveryOperationHasASchema) {
  for (const OpInfo& op : all_ops()) EXPECT_NO_THROW(schema(op.op)) << op.name;
}

class Good : public testing::TestWithParam<Case> {};
TEST_P(Good, HasNoFindings) {
  expect_finding(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    All, Good,
    testing::Values(
        Case{"unknown_agrees", "%7: real[H, x: 2] = exp(%1)", ""},
        Case{"merge", "%7: real[H: 5, x: 2, y: 3] = add(%1, %5)", ""},
        Case{"compare", "%7: bool[x: 2, y: 3] = less(%5, %6)", ""},
        Case{"select", "%7: real[H: 5, x: 2, y: 3] = select(%4, %0, %5)", ""},
        Case{"index_kept", "%7: index[k: 3] = minimum(%3, %3)", ""},
        Case{"reduce_all", "%7: real = std(%1) axes=[\"x\", \"H\"]", ""},
        Case{"top", "%7: index[x: 2, H: 3] = bottom_k(%1) axes=[\"H\"] axis=\"H\" count=3", ""},
        Case{"quantiles", "%7: real[x: 2, y: 3] = quantile(%1, %6) axes=[\"H\"]", ""},
        Case{"cumsum", "%7: real[H: 5, x: 2] = cumsum(%1) axes=[\"H\"]", ""},
        Case{"standardize_gradient",
             "%7: real[x: 2, H: 5] = expand(%1)  %8: real[H: 5, x: 2] = standardize_gradient(%1, %7) axes=[\"H\"]", ""},
        Case{"standardize", "%7: real[H: 5, x: 2] = standardize(%1) axes=[\"H\"]", ""},
        Case{"extent", "%7: real = extent(%1) axis=\"H\"", ""},
        Case{"cast", "%7: bool[y: 3] = cast(%6) kind=\"bool\"", ""},
        Case{"expand", "%7: real[x: 2, N: 9, H: 5] = expand(%1)", ""},
        Case{"slice_end", "%7: real[H: 3, x: 2] = slice(%1) axis=\"H\" from=2 to=-1", ""},
        Case{"take_together", "%7: index[H: 5] = argmax(%1) axes=[\"x\"]  %8: real[H: 5] = take(%1, %7) axis=\"x\"",
             ""},
        Case{"take_own", "%7: real[k: 3, x: 2] = take(%1, %3) axis=\"H\"", ""},
        Case{"flatten", "%7: real[y: 10] = reshape(%1) from=[\"x\", \"H\"] to=[\"y\"]", ""},
        Case{"unflatten", "%7: real[H: 5, a: 2, b: 1] = reshape(%1) from=[\"x\"] to=[\"a\", \"b\"]", ""},
        Case{"angle", "%7: real[x: 2, y: 3] = atan2(%5, %6)", ""},
        Case{"concat_scalar", "%7: real[y: 4] = concat(%6, %0) axis=\"y\"", ""},
        Case{"linear_by",
             "%7: real[m: 7, x: 2, z: 4] = noise() distribution=\"normal\" site=7 "
             "%8: real[k: 3, H: 5, z: 4] = linear(%1, %7, %0, %3) by=\"m\" in=\"x\" out=\"z\"",
             ""},
        Case{"linear_members",
             "%7: real[m: 7, x: 2, z: 4] = noise() distribution=\"normal\" site=3  "
             "%8: real[m: 7, H: 5, z: 4] = linear(%1, %7, %0) in=\"x\" out=\"z\"",
             ""},
        Case{"linear_activation", "%7: real[H: 5, y: 3] = linear(%1, %5, %6) activation=\"swish\" in=\"x\" out=\"y\"",
             ""},
        Case{"fused",
             "%7: real[x: 2, y: 3], %8: bool[x: 2, y: 3] = fused() do { %9: real[x: 2, y: 3] = add(%6, %5)  "
             "%10: bool[x: 2, y: 3] = less(%5, %9)  yield %9, %10 }",
             ""},
        Case{"tile",
             "%7: real[H: 5], %8: real[x: 2] = tile() axes=[\"H\"] sizes=[2] do { %9: real[H: 5, x: 2] = exp(%1)  "
             "%10: real[H: 5] = mean(%9) axes=[\"x\"]  %11: real[x: 2] = sum(%9) axes=[\"H\"]  yield %10, %11 }",
             ""},
        Case{"contract", "%7: real[y: 3, H: 5] = contract(%1, %5) axes=[\"x\"]", ""},
        Case{"contract_zero_rows", "%7: real[H: 5, y: 3] = contract(%1, %5) axes=[\"x\"] zero_rows=[\"H\"]", ""},
        Case{"contract_walked", "%7: real[H: 5] = contract(%1, %1) axes=[\"x\"]", ""},
        Case{"linear_slope",
             "%7: real[H: 5, y: 3], %8: real[H: 5, y: 3] = linear(%1, %5, %6) activation=\"swish\" in=\"x\" out=\"y\" "
             "slope=1",
             ""},
        Case{"contract_factor",
             "%7: real[y: 3, H: 5] = contract(%1, %5) axes=[\"x\"]  "
             "%8: real[H: 5, y: 3] = contract(%1, %5, %7) axes=[\"x\"] factor=\"positive\"",
             ""},
        Case{"put_own", "%7: real[k: 3, x: 2] = take(%1, %3) axis=\"H\"  %8: real[H: 9, x: 2] = put(%7, %3) axis=\"H\"",
             ""},
        Case{"put_like", "%7: real[k: 3] = take(%2, %3) axis=\"H\"  %8: real[H] = put(%7, %3, %2) axis=\"H\"", ""},
        Case{"pad", "%7: real[H: 9, x: 2] = pad(%1) axis=\"H\" before=4", ""},
        Case{"pad_like", "%7: real[H] = pad(%2, %2) axis=\"H\" before=0", ""},
        Case{"cumsum_back", "%7: real[H: 4] = cumsum(%2) axes=[\"H\"] reverse=1", ""},
        Case{"scan_back",
             "%8: real[H: 4] = scan() axis=\"H\" carries=0 count=4 from=0 reverse=1 sequences=0 do (%7: real) { yield "
             "%7 }",
             ""},
        Case{"descend",
             "descend(%0, %0, %1) beta1=0.0 beta2=0.0 decay=[0.0] epsilon=0.0 first_moments=[int] optimizer=\"sgd\" "
             "parameters=[1] second_moments=[int] steps=0",
             ""},
        Case{"counter", "%7: real = counter() name=\"step\"  %8: real = memory_size() memory=0", ""},
        Case{"starts", "%7: real[n: 4, obs] = sample_starts() axis=\"n\" count=4 memory=0 site=3", ""},
        Case{"gather",
             "%7: real[k: 3, obs], %8: real[k: 3, action], %9: real[k: 3], %10: real[k: 3, obs], %11: real[k: 3] = "
             "gather(%3) memory=0",
             ""},
        Case{"simulate",
             "%7: real[H: 5, e: 3, n: 4, action] = expand(%0)  %8: real[H: 5, e: 3, n: 4], %9: real[H: 5, e: 3, n: 4, "
             "obs]"
             " = simulate(%7) axis=\"H\" gives=[\"reward\", \"obs\"] robots=\"e\"",
             ""},
        Case{"members",
             "each_batch(%3) axis=\"m\" count=2 memory=0 members=7 site=4 do (%7: real[m: 7, batch, obs], "
             "%8: real[m: 7, batch, action], %9: real[m: 7, batch], %10: real[m: 7, batch, obs], "
             "%11: bool[m: 7, batch]) {}",
             ""},
        Case{
            "sgd",
            "%7: real = minimize(%0) beta1=0.0 beta2=0.0 decay=[0.0] epsilon=0.0 first_moments=[int] optimizer=\"sgd\" "
            "parameters=[1] second_moments=[int] steps=0 do { %8: real = sum(%1) axes=[\"H\", \"x\"] yield %8 }",
            ""},
        Case{"outer_value", "repeat(%0) do { repeat(%0) do { log_metric(%0) metric=\"m\" } }", ""}),
    case_name);

}  // namespace
}  // namespace duet::test
