// One bad program for each rule of a type.
#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

class BadType : public testing::TestWithParam<Case> {};
TEST_P(BadType, IsFound) {
  expect_finding(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Element, BadType,
    testing::Values(Case{"unary", "%7: real[H: 5] = exp(%1)",
                         "/7 exp: result is real[H: 5] but should have the axes of real[H: 5, x: 2]"},
                    Case{"unary_kind", "%7: bool[H: 5, x: 2] = exp(%1)", "should be real"},
                    Case{"flag_kind", "%7: real[H: 5, x: 2] = is_finite(%1)", "should be bool"},
                    Case{"binary_clash", "%7: real[H: 5, x: 2] = add(%1, %2)", "axis H has two sizes, 5 and 4"},
                    Case{"binary_order", "%7: real[y: 3, H: 5, x: 2] = add(%1, %5)", "should have the axes of"},
                    Case{"binary_kind", "%7: bool[x: 2, y: 3] = mul(%5, %6)", "should be real"},
                    Case{"compare_kind", "%7: real[x: 2, y: 3] = less(%5, %6)", "should be bool"},
                    Case{"select", "%7: real[x: 2, y: 3] = select(%4, %5, %0)", "should have the axes of"},
                    Case{"reduce_absent", "%7: real = sum(%2) axes=[\"x\"]", "no axis x left to remove"},
                    Case{"reduce_twice", "%7: real = sum(%2) axes=[\"H\", \"H\"]", "no axis H left to remove"},
                    Case{"reduce_none", "%7: real[H: 4] = sum(%2) axes=[text]", "`axes` is empty"},
                    Case{"reduce_result", "%7: real[H: 4] = sum(%2) axes=[\"H\"]", "result is"},
                    Case{"reduce_kind", "%7: bool = sum(%2) axes=[\"H\"]", "should be real"},
                    Case{"argmax_two", "%7: index = argmax(%1) axes=[\"H\", \"x\"]", "takes one axis"},
                    Case{"argmax_kind", "%7: real = argmax(%2) axes=[\"H\"]", "should be index"},
                    Case{"quantile", "%7: real[y: 3] = quantile(%2, %0) axes=[\"H\"]", "should have the axes of"},
                    Case{"top_count", "%7: index[k: 9] = top_k(%2) axes=[\"H\"] axis=\"k\" count=9", "more than the 4"},
                    Case{"top_zero", "%7: index[k: 0] = top_k(%2) axes=[\"H\"] axis=\"k\" count=0", "at least 1"},
                    Case{"top_taken", "%7: index[x: 2] = top_k(%1) axes=[\"H\"] axis=\"x\" count=2",
                         "already has the axis x"},
                    Case{"top_kind", "%7: real[k: 2] = top_k(%2) axes=[\"H\"] axis=\"k\" count=2", "should be index"},
                    Case{"cumsum", "%7: real[H: 4] = cumsum(%2) axes=[\"x\"]", "no axis x"},
                    Case{"standardize", "%7: real[x: 2] = standardize(%1) axes=[\"H\"]", "result is"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Shape, BadType,
    testing::Values(
        Case{"constant", "%7: real[H: 1] = constant() value=1.0", "should be a scalar"},
        Case{"values", "%7: real[H: 3] = values() axis=\"H\" values=[1.0, 2.0]", "real[H: 2]"},
        Case{"iota", "%7: real[H: 3] = iota() axis=\"H\" count=4", "real[H: 4]"},
        Case{"extent", "%7: real = extent(%2) axis=\"x\"", "no axis x"},
        Case{"cast", "%7: real[H: 4] = cast(%2) kind=\"bool\"", "`kind` is \"bool\" but the result is real"},
        Case{"rename_absent", "%7: real[H: 4] = rename(%2) from=\"x\" to=\"y\"", "no axis x"},
        Case{"rename_taken", "%7: real[x: 5, x: 2] = rename(%1) from=\"H\" to=\"x\"", "already has the axis x"},
        Case{"rename_result", "%7: real[H: 4] = rename(%2) from=\"H\" to=\"y\"", "should be real[y: 4]"},
        Case{"expand_lost", "%7: real[x: 2] = expand(%1)", "has no axis H"},
        Case{"expand_size", "%7: real[H: 8] = expand(%2)", "cannot change its size"},
        Case{"expand_kind", "%7: bool[H: 4] = expand(%2)", "should be real"},
        Case{"slice_end", "%7: real[H: 4] = slice(%2) axis=\"H\" from=1 to=5", "after the end of the axis"},
        Case{"slice_from", "%7: real[H: 4] = slice(%2) axis=\"H\" from=3 to=2", "`from` lies after the end"},
        Case{"slice_negative", "%7: real[H: 4] = slice(%2) axis=\"H\" from=-1 to=2", "must not be negative"},
        Case{"slice_result", "%7: real[H: 4] = slice(%2) axis=\"H\" from=1 to=3", "should be real[H: 2]"},
        Case{"put_absent", "%7: real[H: 4] = put(%0, %0) axis=\"x\"", "result is real[H: 4] and has no axis x"},
        Case{"put_input", "%7: real[H: 4] = put(%1, %3) axis=\"H\"", "input 0 is"},
        Case{"put_flag", "%7: real[H: 4] = put(%1, %4) axis=\"H\"", "must not be bool"},
        Case{"put_open", "%7: real[n] = put(%0, %0) axis=\"n\"", "needs an input that tells the size of n"},
        Case{"put_like", "%7: real[n] = put(%0, %0, %2) axis=\"n\"", "input 2 is real[H: 4] and has no axis n"},
        Case{"pad_absent", "%7: real[H: 4] = pad(%2) axis=\"x\" before=0", "no axis x"},
        Case{"pad_negative", "%7: real[H: 6] = pad(%2) axis=\"H\" before=-1", "must not be negative"},
        Case{"pad_end", "%7: real[H: 6] = pad(%2) axis=\"H\" before=3", "after the end of the result"},
        Case{"pad_result", "%7: real[x: 2, H: 6] = pad(%1) axis=\"H\" before=1", "should be real[H: 6, x: 2]"},
        Case{"pad_open", "%7: real[H] = pad(%2) axis=\"H\" before=1", "needs an input that tells the size of H"},
        Case{"expand_like", "%7: real[H] = expand(%0, %2, %2)", "has 3 inputs instead of 1 to 2"},
        Case{"take_absent", "%7: real[k: 3] = take(%2, %3) axis=\"x\"", "no axis x"},
        Case{"take_result", "%7: real[H: 4] = take(%2, %3) axis=\"H\"", "should have the axes of real[k: 3]"},
        Case{"take_flag", "%7: real[H: 5, x: 2] = take(%2, %4) axis=\"H\"", "must not be bool"},
        Case{"take_kind", "%7: index[k: 3] = take(%2, %3) axis=\"H\"", "should be real"},
        Case{"reshape_count", "%7: real[y: 9] = reshape(%1) from=[\"x\", \"H\"] to=[\"y\"]",
             "another number of elements"},
        Case{"reshape_order", "%7: real[a: 2, H: 5] = reshape(%1) from=[\"x\"] to=[\"a\"]", "should be"},
        Case{"reshape_twice", "%7: real[H: 5, x: 2] = reshape(%1) from=[\"x\"] to=[\"H\"]", "would be there twice"},
        Case{"concat_size", "%7: real[y: 5] = concat(%6, %0) axis=\"y\"", "real[y: 4]"},
        Case{"concat_clash", "%7: real[y: 5, H: 5] = concat(%1, %2) axis=\"y\"", "axis H has two sizes"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Network, BadType,
    testing::Values(
        Case{"noise_name", "%7: real = noise() distribution=\"cauchy\" site=1", "no distribution \"cauchy\""},
        Case{"noise_bound", "%7: real = noise() distribution=\"truncated\" site=1", "positive `bound`"},
        Case{"noise_kind", "%7: index = noise() distribution=\"normal\" site=1", "should be real"},
        Case{"categorical_kind", "%7: real = categorical(%2) axes=[\"H\"] site=1", "should be index"},
        Case{"categorical_axes", "%7: index[n: 2] = categorical(%1) axes=[\"H\"] site=1", "no axis x"},
        Case{"contract_none", "%7: real[H: 5, x: 2, y: 3] = contract(%1, %5) axes=[text]", "`axes` is empty"},
        Case{"contract_absent", "%7: real[x: 2, y: 3] = contract(%1, %5) axes=[\"H\"]", "input 1 is"},
        Case{"contract_clash", "%7: real[x: 2] = contract(%1, %2) axes=[\"H\"]", "axis H has two sizes, 5 and 4"},
        Case{"contract_result", "%7: real[H: 5, x: 2, y: 3] = contract(%1, %5) axes=[\"x\"]", "in any order"},
        Case{"contract_kind", "%7: index[H: 5, y: 3] = contract(%1, %5) axes=[\"x\"]", "should be real"},
        Case{"linear_same", "%7: real[H: 5, x: 2] = linear(%1, %5, %6) in=\"x\" out=\"x\"", "the same axis"},
        Case{"linear_in", "%7: real[H: 4, y: 3] = linear(%2, %5, %6) in=\"x\" out=\"y\"",
             "input 0 is real[H: 4] and has no axis x"},
        Case{"linear_out", "%7: real[H: 5, z: 3] = linear(%1, %5, %6) in=\"x\" out=\"z\"", "input 1"},
        Case{"linear_result", "%7: real[H: 5, x: 2] = linear(%1, %5, %6) in=\"x\" out=\"y\"",
             "should have the axes of real[H: 5, y: 3]"},
        Case{"linear_bias", "%7: real[H: 5, y: 3] = linear(%1, %5, %3) in=\"x\" out=\"y\"",
             "input 2 has axes that the result lacks"},
        Case{"linear_by", "%7: real[H: 5, y: 3] = linear(%1, %5, %6, %3) in=\"x\" out=\"y\"",
             "`by` and input 3 go together"},
        Case{"linear_by_axis", "%7: real[k: 3, H: 5, y: 3] = linear(%1, %5, %6, %3) by=\"m\" in=\"x\" out=\"y\"",
             "input 1 is real[x: 2, y: 3] and has no axis m"},
        Case{"linear_by_bool", "%7: real[H: 5, y: 3] = linear(%1, %5, %6, %4) by=\"x\" in=\"x\" out=\"y\"",
             "the index must not be bool"},
        Case{"linear_order",
             "%7: real[m: 7, x: 2, z: 4] = noise() distribution=\"normal\" site=3  "
             "%8: real[H: 5, m: 7, z: 4] = linear(%1, %7, %0) in=\"x\" out=\"z\"",
             "only the weights have come first"},
        Case{"group_parameter",
             "%7: real[k: 3, x: 2] = take(%1, %3) axis=\"H\"  %8: real[k: 3] = group(%3, %7) axis=\"m\" count=2 do "
             "(%9: index, %10: real[row]) { yield %10 }",
             "parameter 1 is real[row] but should be real[row, x: 2]"},
        Case{"group_row",
             "%7: real[k: 3, x: 2] = take(%1, %3) axis=\"H\"  %8: real[k: 3] = group(%3, %7) axis=\"m\" count=2 do "
             "(%9: index, %10: real[row, x: 2]) { yield %0 }",
             "no axis row"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Control, BadType,
    testing::Values(
        Case{"scan_inputs", "scan(%0) axis=\"H\" carries=0 count=4 from=0 sequences=0 do (%7: real) {}",
             "1 inputs instead of 0"},
        Case{"scan_parameters", "scan() axis=\"H\" carries=0 count=4 from=0 sequences=0 do {}",
             "0 parameters instead of 1"},
        Case{"scan_results", "%8: real[H: 4] = scan() axis=\"H\" carries=0 count=4 from=0 sequences=0 do (%7: real) {}",
             "0 results instead of 1"},
        Case{"scan_carry",
             "%8: real = scan(%0) axis=\"H\" carries=1 count=4 from=0 sequences=0 do (%7: real, %9: real) { yield %2 }",
             "result 0 of the block is real[H: 4] but should be real"},
        Case{"scan_sequence",
             "scan(%2) axis=\"H\" carries=0 count=4 from=0 sequences=1 do (%7: real, %8: real[H: 4]) {}",
             "parameter 1 is real[H: 4] but should be real"},
        Case{"scan_end", "scan(%2) axis=\"H\" carries=0 count=4 from=1 sequences=1 do (%7: real, %8: real) {}",
             "after the end of input 0"},
        Case{"scan_output",
             "%8: real[H: 5] = scan() axis=\"H\" carries=0 count=4 from=0 sequences=0 do (%7: real) { yield %7 }",
             "should be real[H: 4]"},
        Case{"scan_axis",
             "%8: real[H: 4] = scan() axis=\"H\" carries=0 count=4 from=0 sequences=0 do (%7: real) { yield %2 }",
             "already has the axis H"},
        Case{"iterate_count", "%7: real = iterate(%0) count=-2 do (%8: real, %9: real) { yield %9 }",
             "must not be negative"},
        Case{"iterate_type", "%7: real = iterate(%0) count=2 do (%8: real, %9: index) { yield %0 }",
             "parameter 1 is index"},
        Case{"choose_blocks", "choose(%0) cases=[1, 2] do {}", "one block for each"},
        Case{"choose_twice", "choose(%0) cases=[1, 1] do {} do {}", "a number twice"},
        Case{"choose_type", "%7: real = choose(%0) cases=[1] do { yield %2 }", "result 0 of block 0"},
        Case{"choose_number", "choose(%2) cases=[1] do {}", "should be a scalar"},
        Case{"gradient_scalar", "%7: real, %8: real = gradient(%0) do (%9: real) { yield %2 }", "should be a scalar"},
        Case{"gradient_result", "%7: real, %8: real = gradient(%2) do (%9: real[H: 4]) { yield %0 }",
             "result 1 is real but should be real[H: 4]"}),
    case_name);

}  // namespace
}  // namespace duet::test
