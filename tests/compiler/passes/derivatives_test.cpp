// The derivative of every operation, against LibTorch's in the interpreter and against differences of the function.
// Both sum some ten float32 products: 1e-5 of the largest element.
#include <cmath>

#include "compiler/graph/builder.h"
#include "tests/compiler/passes/derivatives.h"

namespace duet::test {
namespace {

/// Operations with one input, at places where they are smooth enough.
std::vector<Function> unary_functions() {
  std::vector<Function> all;
  for (const char* op :
       {"neg", "abs", "exp", "square", "sin", "cos", "tanh", "atan", "relu", "swish", "sigmoid", "softplus"})
    all.push_back({op, {"real[a: 5]"}, "%90: real[a: 5] = " + std::string(op) + "(%10)"});
  for (const char* op : {"log", "sqrt"})
    all.push_back({op, {"real[a: 5]"}, "%20: real[a: 5] = exp(%10)  %90: real[a: 5] = " + std::string(op) + "(%20)"});
  for (const char* op : {"asin", "acos"})
    all.push_back({op, {"real[a: 5]"}, "%20: real[a: 5] = tanh(%10)  %90: real[a: 5] = " + std::string(op) + "(%20)"});
  return all;
}

std::vector<Function> binary_functions() {
  std::vector<Function> all;
  for (const std::string op : {"add", "sub", "mul", "div", "minimum", "maximum", "atan2"}) {
    all.push_back({op, {"real[a: 3]", "real[a: 3]"}, "%90: real[a: 3] = " + op + "(%10, %11)"});
    all.push_back({op + "_broadcast",
                   {"real[a: 3, b: 2]", "real[c: 4, b: 2]"},
                   "%20: real[a: 3, c: 4, b: 2] = " + op + "(%10, %11)  %90: real[a: 3, c: 4, b: 2] = square(%20)"});
    all.push_back(
        {op + "_order", {"real[a: 3, b: 2]", "real[b: 2, a: 3]"}, "%90: real[a: 3, b: 2] = " + op + "(%10, %11)"});
    all.push_back({op + "_itself", {"real[a: 3]"}, "%90: real[a: 3] = " + op + "(%10, %10)"});
  }
  return all;
}

std::vector<Function> reductions() {
  std::vector<Function> all;
  for (const std::string op : {"sum", "mean", "min", "max", "std"}) {
    all.push_back({op, {"real[a: 3, b: 4]"}, "%90: real[b: 4] = " + op + "(%10) axes=[\"a\"]"});
    all.push_back({op + "_all", {"real[a: 3, b: 4]"}, "%90: real = " + op + "(%10) axes=[\"b\", \"a\"]"});
    // The derivative arrives without the axis a.
    all.push_back({op + "_twice",
                   {"real[a: 3, b: 4]"},
                   "%20: real[a: 3] = " + op + "(%10) axes=[\"b\"]  %90: real = sum(%20) axes=[\"a\"]"});
  }
  return all;
}

std::vector<Function> others() {
  return {
      {"maximum_of_equals",
       {"real[a: 3]"},
       "%20: real[a: 3] = floor(%10)  %21: real[a: 3] = sub(%10, %10)  %22: real[a: 3] = add(%20, %21)  %90: real[a: "
       "3] = maximum(%20, %22)"},
      {"clip",
       {"real[a: 9]"},
       "%20: real = constant() value=-0.5  %21: real = constant() value=0.5  %22: real[a: 9] = maximum(%10, %20)  "
       "%90: real[a: 9] = minimum(%22, %21)"},
      {"max_of_equals",
       {"real[a: 3]"},
       "%20: real = sum(%10) axes=[\"a\"]  %21: real[a: 3] = expand(%20)  %90: real = max(%21) axes=[\"a\"]"},
      {"std_of_equals",
       {"real"},
       "%20: real[a: 3] = expand(%10)  %21: real = std(%20) axes=[\"a\"]  %90: real = add(%21, %10)"},
      {"pow", {"real[a: 3]", "real[b: 2]"}, "%20: real[a: 3] = exp(%10)  %90: real[a: 3, b: 2] = pow(%20, %11)"},
      {"pow_2", {"real[a: 3]"}, "%20: real = constant() value=2.0  %90: real[a: 3] = pow(%10, %20)"},
      {"pow_3", {"real[a: 3]"}, "%20: real = constant() value=3.0  %90: real[a: 3] = pow(%10, %20)"},
      {"pow_0",
       {"real[a: 3]"},
       "%20: real = constant() value=0.0  %21: real[a: 3] = pow(%10, %20)  "
       "%90: real[a: 3] = add(%21, %10)"},
      {"pow_of_0",
       {"real[a: 3]"},
       "%20: real[a: 3] = relu(%10)  %21: real[a: 3] = square(%10)  %90: real[a: 3] = pow(%20, %21)"},
      {"select",
       {"real[a: 3]", "real[b: 2]"},
       "%20: bool[a: 3, b: 2] = less(%10, %11)  %90: real[a: 3, b: 2] = select(%20, %10, %11)"},
      {"stop", {"real[a: 3]"}, "%20: real[a: 3] = stop(%10)  %90: real[a: 3] = mul(%10, %20)"},
      {"steps",
       {"real[a: 3]"},
       "%20: real[a: 3] = floor(%10)  %21: real[a: 3] = sign(%10)  %22: bool[a: 3] = less(%20, %21)  %23: bool[a: 3] "
       "= is_finite(%10)  %24: bool[a: 3] = logical_and(%22, %23)  %25: real[a: 3] = mul(%10, %24)  %26: real[a: 3] "
       "= add(%25, %20)  %90: real[a: 3] = mul(%26, %10)"},
      {"argmin",
       {"real[a: 3, b: 4]"},
       "%20: index[a: 3] = argmin(%10) axes=[\"b\"]  %90: real[a: 3] = take(%10, %20) axis=\"b\""},
      {"top_k",
       {"real[b: 5]"},
       "%20: index[k: 2] = top_k(%10) axes=[\"b\"] axis=\"k\" count=2  %90: real[k: 2] = take(%10, %20) axis=\"b\""},
      {"quantile",
       {"real[a: 3, n: 7]"},
       "%20: real = constant() value=0.4  %90: real[a: 3] = quantile(%10, %20) axes=[\"n\"]"},
      {"quantiles", {"real[a: 3, n: 7]", "real[q: 5]"}, "%90: real[a: 3, q: 5] = quantile(%10, %11) axes=[\"n\"]"},
      {"quantile_walks",
       {"real[n: 7, a: 3]", "real[a: 3]"},
       "%20: real[a: 3] = sigmoid(%11)  %90: real[a: 3] = quantile(%10, %20) axes=[\"n\"]"},
      {"cumsum", {"real[a: 4, b: 3]"}, "%90: real[a: 4, b: 3] = cumsum(%10) axes=[\"a\"]"},
      {"cumsum_back", {"real[a: 4, b: 3]"}, "%90: real[a: 4, b: 3] = cumsum(%10) axes=[\"b\"] reverse=1"},
      {"cumsum_of_sum",
       {"real[a: 4]"},
       "%20: real[a: 4] = cumsum(%10) axes=[\"a\"]  %90: real = sum(%20) axes=[\"a\"]"},
      {"standardize", {"real[a: 6, b: 3]"}, "%90: real[a: 6, b: 3] = standardize(%10) axes=[\"a\"]"},
      {"standardize_gradient",
       {"real[a: 6, b: 3]", "real[b: 3, a: 6]"},
       "%90: real[a: 6, b: 3] = standardize_gradient(%10, %11) axes=[\"a\"]"},
      {"rename", {"real[a: 3, b: 2]"}, "%90: real[a: 3, c: 2] = rename(%10) from=\"b\" to=\"c\""},
      {"expand",
       {"real[a: 3, b: 2]"},
       "%20: real[b: 2, c: 4, a: 3] = expand(%10)  %90: real[b: 2, c: 4, a: 3] = "
       "square(%20)"},
      {"expand_and_sum",
       {"real[a: 3]"},
       "%20: real[c: 4, a: 3] = expand(%10)  %90: real = sum(%20) axes=[\"a\", \"c\"]"},
      {"slice", {"real[a: 5, b: 2]"}, "%90: real[a: 2, b: 2] = slice(%10) axis=\"a\" from=1 to=3"},
      {"slice_end", {"real[b: 2, a: 5]"}, "%90: real[b: 2, a: 2] = slice(%10) axis=\"a\" from=3 to=-1"},
      {"pad", {"real[a: 2, b: 2]"}, "%90: real[a: 5, b: 2] = pad(%10) axis=\"a\" before=1"},
      {"take_one",
       {"real[a: 5, b: 2]"},
       "%20: real = constant() value=3.0  %90: real[b: 2] = take(%10, %20) "
       "axis=\"a\""},
      {"take_apart",
       {"real[a: 5, b: 2]"},
       "%20: real[k: 3, l: 4] = noise() distribution=\"uniform\" site=50  %21: real = constant() value=5.0  %22: "
       "real[k: 3, l: 4] = mul(%20, %21)  %23: index[k: 3, l: 4] = cast(%22) kind=\"index\"  %90: real[k: 3, l: 4, b: "
       "2] = take(%10, %23) axis=\"a\""},
      {"take_together",
       {"real[a: 5, b: 3]"},
       "%20: real[k: 4, b: 3] = noise() distribution=\"uniform\" site=50  %21: real = constant() value=5.0  %22: "
       "real[k: 4, b: 3] = mul(%20, %21)  %23: index[k: 4, b: 3] = cast(%22) kind=\"index\"  %90: real[k: 4, b: 3] = "
       "take(%10, %23) axis=\"a\""},
      {"take_same_axis",
       {"real[a: 5, b: 3]"},
       "%20: index[a: 5] = iota() axis=\"a\" count=5  %21: index[a: 5] = minimum(%20, %20)  %90: real[a: 5, b: 3] = "
       "take(%10, %21) axis=\"a\""},
      {"put_one", {"real[b: 2]"}, "%20: real = constant() value=3.0  %90: real[a: 5, b: 2] = put(%10, %20) axis=\"a\""},
      {"put_together",
       {"real[k: 4, b: 3]"},
       "%20: real[k: 4, b: 3] = noise() distribution=\"uniform\" site=50  %21: real = constant() value=5.0  %22: "
       "real[k: 4, b: 3] = mul(%20, %21)  %23: index[k: 4, b: 3] = cast(%22) kind=\"index\"  %90: real[b: 3, a: 5] = "
       "put(%10, %23) axis=\"a\""},
      {"reshape", {"real[a: 2, b: 3, c: 4]"}, "%90: real[b: 3, d: 8] = reshape(%10) from=[\"c\", \"a\"] to=[\"d\"]"},
      {"concat",
       {"real[a: 2, b: 3]", "real[b: 3]", "real[a: 3]"},
       "%90: real[a: 6, b: 3] = concat(%10, %11, %12) axis=\"a\""},
      {"concat_and_sum",
       {"real[a: 2]", "real", "real[b: 3]"},
       "%20: real[b: 3, a: 4] = concat(%10, %11, %12) axis=\"a\"  %90: real[b: 3] = sum(%20) axes=[\"a\"]"},
      {"cast", {"real[a: 2]"}, "%20: real[a: 2] = cast(%10) kind=\"real\"  %90: real[a: 2] = square(%20)"},
      {"linear",
       {"real[n: 4, i: 3]", "real[i: 3, o: 2]", "real[o: 2]"},
       "%90: real[n: 4, o: 2] = linear(%10, %11, %12) in=\"i\" out=\"o\""},
      {"linear_vector",
       {"real[i: 3]", "real[i: 3, o: 2]", "real[o: 2]"},
       "%90: real[o: 2] = linear(%10, %11, %12) in=\"i\" out=\"o\""},
      {"linear_members",
       {"real[n: 4, i: 3]", "real[m: 5, i: 3, o: 2]", "real[o: 2]"},
       "%90: real[m: 5, n: 4, o: 2] = linear(%10, %11, %12) in=\"i\" out=\"o\""},
      {"linear_together",
       {"real[n: 4, m: 5, i: 3]", "real[t: 2, m: 5, i: 3, o: 2]", "real[m: 5, o: 2]"},
       "%90: real[t: 2, n: 4, m: 5, o: 2] = linear(%10, %11, %12) in=\"i\" out=\"o\""},
      {"linear_and_sum",
       {"real[n: 4, i: 3]", "real[i: 3, o: 2]", "real[o: 2]"},
       "%20: real[n: 4, o: 2] = linear(%10, %11, %12) in=\"i\" out=\"o\"  %90: real = sum(%20) axes=[\"n\", \"o\"]"},
      {"contract",
       {"real[m: 2, n: 4, k: 3]", "real[o: 5, k: 3, m: 2]"},
       "%90: real[o: 5, m: 2, n: 4] = contract(%10, %11) axes=[\"k\"]"},
      {"contract_all", {"real[a: 4, k: 3]", "real[k: 3, a: 4]"}, "%90: real = contract(%10, %11) axes=[\"a\", \"k\"]"},
  };
}

/// Loops and choices; draws inside, values from outside, carries that nothing reads, an axis with the name of the
/// steps.
std::vector<Function> control() {
  return {
      {"scan",
       {"real[a: 3]", "real[h: 4, a: 3]", "real[a: 3]"},
       "%20: real[a: 3], %21: real[h: 4, a: 3] = scan(%10, %11) axis=\"h\" carries=1 count=4 from=0 sequences=1 do "
       "(%30: real, %31: real[a: 3], %32: real[a: 3]) { %33: real[a: 3] = mul(%31, %12)  %34: real[a: 3] = add(%33, "
       "%32)  %35: real[a: 3] = tanh(%34)  %36: real[a: 3] = mul(%35, %30) yield %35, %36 }  %22: real[a: 3] = "
       "sum(%21) axes=[\"h\"]  %90: real[a: 3] = add(%20, %22)"},
      {"scan_of_part",
       {"real[a: 3]", "real[a: 3, h: 7]"},
       "%20: real[a: 3], %21: real[h: 4, a: 3] = scan(%10, %11) axis=\"h\" carries=1 count=4 from=2 sequences=1 do "
       "(%30: real, %31: real[a: 3], %32: real[a: 3]) { %33: real[a: 3] = noise() distribution=\"normal\" site=60  "
       "%34: real[a: 3] = mul(%33, %32)  %35: real[a: 3] = add(%34, %31)  %36: real[a: 3] = sin(%35)  %37: real[a: 3] "
       "= square(%36) yield %36, %37 }  %90: real[h: 4, a: 3] = add(%20, %21)"},
      {"scan_back",
       {"real[a: 3]", "real[a: 3, h: 7]"},
       "%20: real[a: 3], %21: real[h: 4, a: 3] = scan(%10, %11) axis=\"h\" carries=1 count=4 from=2 reverse=1 "
       "sequences=1 do (%30: real, %31: real[a: 3], %32: real[a: 3]) { %33: real[a: 3] = noise() "
       "distribution=\"normal\" site=60  %34: real[a: 3] = mul(%33, %32)  %35: real[a: 3] = add(%34, %31)  %36: "
       "real[a: 3] = sin(%35)  %37: real[a: 3] = square(%36) yield %36, %37 }  %90: real[h: 4, a: 3] = add(%20, %21)"},
      {"scan_outputs_summed",
       {"real[h: 4]", "real[h: 4]"},
       "%20: real[h: 4] = scan(%10) axis=\"h\" carries=0 count=4 from=0 sequences=1 do (%30: real, %31: real) { %32: "
       "real[h: 4] = mul(%31, %11)  %33: real = sum(%32) axes=[\"h\"]  %34: real = square(%33) yield %34 }  %90: real "
       "= sum(%20) axes=[\"h\"]"},
      {"scan_carries_the_axis",
       {"real[h: 4]", "real"},
       "%20: real[h: 4], %21: real = scan(%10, %11) axis=\"h\" carries=2 count=3 from=0 sequences=0 do (%30: real, "
       "%31: real[h: 4], %32: real) { %33: real[h: 4] = cumsum(%31) axes=[\"h\"]  %34: real[h: 4] = cos(%33)  %35: "
       "real[h: 4] = mul(%34, %32)  %36: real = mul(%32, %32) yield %35, %36 }  %90: real[h: 4] = mul(%20, %21)"},
      {"scan_overwrites",
       {"real", "real"},
       "%20: real, %21: real = scan(%10, %10) axis=\"h\" carries=2 count=3 from=0 sequences=0 do (%30: real, %31: "
       "real, %32: real) { %33: real = mul(%32, %11) yield %11, %33 }  %90: real = mul(%20, %21)"},
      {"scan_in_scan",
       {"real[a: 3]", "real[h: 2, k: 3]"},
       "%20: real[a: 3] = scan(%10, %11) axis=\"h\" carries=1 count=2 from=0 sequences=1 do (%30: real, %31: real[a: "
       "3], %32: real[k: 3]) { %33: real[a: 3], %34: real[k: 3, a: 3] = scan(%31, %32) axis=\"k\" carries=1 count=3 "
       "from=0 sequences=1 do (%40: real, %41: real[a: 3], %42: real) { %43: real[a: 3] = noise() "
       "distribution=\"normal\" site=61  %44: real[a: 3] = mul(%43, %42)  %45: real[a: 3] = mul(%41, %44)  %46: "
       "real[a: 3] = add(%45, %10)  %47: real[a: 3] = sin(%46) yield %47, %45 }  %35: real[a: 3] = sum(%34) "
       "axes=[\"k\"]  %36: real[a: 3] = add(%33, %35) yield %36 }  %90: real[a: 3] = square(%20)"},
      {"iterate",
       {"real[a: 3]", "real"},
       "%20: real[a: 3] = iterate(%10) count=5 do (%30: real, %31: real[a: 3]) { %32: real[a: 3] = noise() "
       "distribution=\"normal\" site=60  %33: real[a: 3] = mul(%31, %32)  %34: real[a: 3] = mul(%33, %11)  %35: "
       "real[a: 3] = sin(%34) yield %35 }  %90: real[a: 3] = square(%20)"},
      {"choose",
       {"real[a: 3]", "real[a: 3]"},
       "%20: real = constant() value=7.5  %21: real[a: 3], %22: real[a: 3] = choose(%20) cases=[6, 7] do { %30: "
       "real[a: 3] = exp(%10) yield %30, %10 } do { %31: real[a: 3] = noise() distribution=\"normal\" site=60  %32: "
       "real[a: 3] = mul(%31, %10)  %33: real[a: 3] = sin(%32) yield %33, %31 }  %23: real[a: 3] = mul(%21, %22)  "
       "%90: real[a: 3] = add(%23, %11)"},
      {"group_of_weights",
       {"real[m: 4, i: 3, o: 2]", "real[n: 9, i: 3]", "real[o: 2]", "real[t: 2, j: 5]"},
       "%20: real[n: 9] = noise() distribution=\"uniform\" site=50  %21: real = constant() value=4.0  %22: real[n: 9] "
       "= mul(%20, %21)  %23: index[n: 9] = cast(%22) kind=\"index\"  %90: real[n: 9, "
       "t: 2, o: 2] = group(%23, %11, %13) axis=\"m\" count=4 do (%30: index, %31: real[row, i: 3], %35: real[row, j: "
       "5]) { %32: real[i: 3, o: 2] = take(%10, %30) axis=\"m\"  %33: real[row, o: 2] = linear(%31, %32, %12) "
       "in=\"i\" out=\"o\"  %34: real[row, o: 2] = swish(%33)  %36: real[row] = sum(%35) axes=[\"j\"]  %37: real[row, "
       "o: 2] = mul(%36, %34) yield %37 }"},
      {"group",
       {"real[n: 9, t: 2, i: 3]"},
       "%20: real[n: 9] = noise() distribution=\"uniform\" site=50  %21: real = constant() value=4.0  %22: real[n: 9] "
       "= mul(%20, %21)  %23: index[n: 9] = cast(%22) kind=\"index\"  %24: real[m: 4, i: 3, o: 2] = noise() "
       "distribution=\"normal\" site=51  %25: real[o: 2] = noise() distribution=\"normal\" site=52  %90: real[n: 9, "
       "t: 2, o: 2] = group(%23, %10) axis=\"m\" count=4 do (%30: index, %31: real[row, i: 3]) { %32: real[i: 3, o: 2] "
       "= take(%24, %30) axis=\"m\"  %33: real[row, o: 2] = linear(%31, %32, %25) in=\"i\" out=\"o\"  %34: "
       "real[row, o: 2] = swish(%33) yield %34 }"},
  };
}

std::vector<Function> all_functions() {
  std::vector<Function> all = unary_functions();
  for (const auto& more : {binary_functions(), reductions(), others(), control()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

class Derivative : public testing::TestWithParam<Function> {};

TEST_P(Derivative, IsThatOfLibTorch) {
  const Program program = gradient_of(GetParam());
  expect_close(results_of(written_out(program)), results_of(program), 1e-5);
}

/// The sum of squares of the gradient: its derivatives are second derivatives of the function.
Program gradient_of_gradient(const Function& f) {
  Program program = gradient_of(f);
  Builder builder(program);
  builder.open();
  Node inner = std::move(program.main.nodes.back());
  program.main.nodes.pop_back();
  std::vector<ValueId> outside = inner.inputs;
  std::vector<Type> types{Type{}};
  for (ValueId& id : inner.inputs) {
    types.push_back(program.type(id));
    id = builder.parameter(program.type(id));
  }
  const std::vector<ValueId> slopes(inner.results.begin() + 1, inner.results.end());
  builder.block().nodes.push_back(std::move(inner));
  ValueId total = builder.constant(0, {});
  for (const ValueId slope : slopes) {
    ValueId square = builder.unary(Op::square, slope, {});
    for (const Axis& axis : program.type(slope).axes) square = builder.reduce(Op::sum, square, {axis.name}, {});
    total = builder.binary(Op::add, total, square, {});
  }
  Block block = builder.close();
  block.results = {total};
  std::vector<Block> blocks;
  blocks.push_back(std::move(block));
  builder.open();
  program.main.results = builder.emit(Op::gradient, outside, types, {}, {}, std::move(blocks));
  program.main.nodes.push_back(std::move(builder.close().nodes.back()));
  return program;
}

TEST_P(Derivative, HasTheDerivativeOfLibTorch) {
  const Program program = gradient_of_gradient(GetParam());
  expect_close(results_of(written_out(program)), results_of(program), 1e-4);  // sums of more terms
}

INSTANTIATE_TEST_SUITE_P(Operations, Derivative, testing::ValuesIn(all_functions()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace duet::test
