// Steps of optimizers written out, against minimize in the interpreter; derivatives against differences of the
// function; and what the written-out nodes look like.
#include "compiler/passes/differentiate.h"

#include <cmath>

#include "compiler/graph/print.h"
#include "compiler/passes/pipeline.h"
#include "runtime/core/error.h"
#include "tests/compiler/passes/derivatives.h"

namespace duet::test {
namespace {

constexpr std::string_view kStates = R"(
state 0 w: real[i: 3, o: 2] = uniform 1.0
state 1 b: real[o: 2] = uniform 1.0
state 2 idle: real[o: 2] = uniform 1.0
state 3 w.m: real[i: 3, o: 2] = constant 0.0
state 4 b.m: real[o: 2] = constant 0.0
state 5 idle.m: real[o: 2] = constant 0.0
state 6 w.v: real[i: 3, o: 2] = constant 0.0
state 7 b.v: real[o: 2] = constant 0.0
state 8 idle.v: real[o: 2] = constant 0.0
state 9 t: real = constant 0.0
)";

std::string attributes(const std::string& optimizer) {
  return "beta1=0.9 beta2=0.999 decay=[0.1, 0.0, 0.2] epsilon=1e-08 first_moments=[3, 4, 5] optimizer=\"" + optimizer +
         "\" parameters=[0, 1, 2] second_moments=[6, 7, 8] steps=9 ";
}

/// A program that takes three steps, the loss of each a state's value later, and then looks at all states.
Program learning(const std::string& optimizer, const std::string& loss) {
  Program program = read(std::string(kStates) + R"(
main {
  %0: real[n: 4, i: 3] = noise() distribution="normal" site=1
  %1: real = constant() value=0.01
  %2: real = constant() value=3.0
  repeat(%2) do {
    %3: real[i: 3, o: 2] = load() state=0
    %4: real, %5: real[n: 4, o: 2] = minimize(%1) )" +
                         attributes(optimizer) + "do {" + loss + R"(}
    log_metric(%4) metric="loss"
    %6: real[i: 3, o: 2] = load() state=0
    %7: real[i: 3, o: 2] = sub(%3, %6)
    %8: real = sum(%7) axes=["i", "o"]
    log_metric(%8) metric="moved"
  }
}
)");
  EXPECT_EQ(joined(verify(program, {.sizes_known = true})), "");
  return program;
}

constexpr const char* kLoss = R"(
  %20: real[i: 3, o: 2] = load() state=0
  %21: real[o: 2] = load() state=1
  %22: real[n: 4, o: 2] = linear(%0, %20, %21) in="i" out="o"
  %23: real[n: 4, o: 2] = swish(%22)
  %24: real[n: 4, o: 2], %25: real[h: 3, n: 4, o: 2] = scan(%23) axis="h" carries=1 count=3 from=0 sequences=0 do (%30: real, %31: real[n: 4, o: 2]) {
    %32: real[o: 2] = load() state=1
    %33: real[n: 4, o: 2] = noise() distribution="normal" site=5
    %34: real[n: 4, o: 2] = mul(%31, %32)
    %35: real[n: 4, o: 2] = add(%34, %33)
    %36: real[n: 4, o: 2] = tanh(%35)
    yield %36, %34
  }
  %26: real[h: 3, n: 4, o: 2] = add(%25, %24)
  %27: real[h: 3, n: 4, o: 2] = square(%26)
  %28: real = mean(%27) axes=["h", "n", "o"]
  yield %28, %22
)";

class Metrics : public Observer {
 public:
  void metric(const MetricEvent& event) override { values.push_back(static_cast<float>(event.value)); }
  std::vector<float> values;
};

/// All metrics of a run, then the states.
std::vector<TensorData> run(Program program) {
  std::vector<Block> getters;
  for (size_t i = 0; i < program.states.size(); ++i) {
    program.values.push_back({program.states[i].type, {}});
    const auto id = static_cast<ValueId>(program.values.size() - 1);
    getters.push_back({{}, {Node{Op::load, {}, {id}, {{"state", static_cast<int64_t>(i)}}, {}, {}}}, {id}});
  }
  Events events;
  Metrics metrics;
  events.add(metrics);
  EngineOptions options;
  options.events = &events;
  options.steps = 1;
  Interpreter engine(program, options);
  engine.run();
  std::vector<TensorData> all;
  for (const float value : metrics.values) all.push_back({{}, {value}});
  for (const Block& getter : getters) all.push_back(engine.evaluate(getter)[0]);
  return all;
}

TEST(Differentiate, StepsOfOptimizersAreThoseOfMinimize) {
  for (const char* optimizer : {"adam", "sgd"}) {
    SCOPED_TRACE(optimizer);
    const Program program = learning(optimizer, kLoss);
    const Program written = written_out(program);
    EXPECT_EQ(count_of(written, Op::descend), 1u);
    const auto wanted = run(program);
    ASSERT_EQ(wanted.size(), 6u + 10u);
    EXPECT_GT(std::abs(wanted[1].data[0]), 1e-4) << "nothing was learned";
    expect_close(run(written), wanted, 1e-5);
  }
}

TEST(Differentiate, DerivativesInsideALossAreDerivedAgain) {
  const char* const loss = R"(
    %20: real[i: 3, o: 2] = load() state=0
    %21: real[o: 2] = load() state=1
    %22: real, %23: real[n: 4, i: 3] = gradient(%0) do (%30: real[n: 4, i: 3]) {
      %31: real[n: 4, o: 2] = linear(%30, %20, %21) in="i" out="o"
      %32: real[n: 4, o: 2] = tanh(%31)
      %33: real[n: 4, o: 2] = square(%32)
      %34: real = sum(%33) axes=["n", "o"]
      yield %34
    }
    %24: real[n: 4, i: 3] = square(%23)
    %25: real = sum(%24) axes=["n", "i"]
    %26: real = add(%25, %22)
    %27: real[n: 4, o: 2] = linear(%0, %20, %21) in="i" out="o"
    yield %26, %27
  )";
  const Program program = learning("adam", loss);
  expect_close(run(written_out(program)), run(program), 1e-5);
}

TEST(Differentiate, AgreesWithDifferencesOfTheFunction) {
  // h = 0.01 in float32: rounding gives 1e-7 / 0.01, the third derivative h^2.
  const auto program_at = [](double shift) {
    return read(R"(
main {
  %0: real[h: 4] = noise() distribution="normal" site=1
  %1: real[h: 4] = noise() distribution="normal" site=2
  %2: real = constant() value=)" +
                std::to_string(shift) + R"(
  %3: real[h: 4] = mul(%1, %2)
  %4: real[h: 4] = add(%0, %3)
  %5: real, %6: real[h: 4] = gradient(%4) do (%10: real[h: 4]) {
    %11: real = constant() value=0.5
    %12: real[h: 4], %13: real[h: 4] = scan(%10, %10) axis="h" carries=1 count=4 from=0 sequences=1 do (%20: real, %21: real[h: 4], %22: real) {
      %23: real[h: 4] = cumsum(%21) axes=["h"]
      %24: real[h: 4] = sin(%23)
      %25: real[h: 4] = mul(%24, %22)
      %26: real = std(%25) axes=["h"]
      yield %24, %26
    }
    %14: real = quantile(%12, %11) axes=["h"]
    %15: real = sum(%13) axes=["h"]
    %16: real = mul(%14, %15)
    yield %16
  }
  %7: real[h: 4] = mul(%6, %1)
  %8: real = sum(%7) axes=["h"]
}
)");
  };
  const auto value_and_slope = [&](double shift) {
    Program program = program_at(shift);
    program.main.results = {5, 8};
    const auto results = results_of(written_out(program));
    return std::pair<double, double>(results[0].data[0], results[1].data[0]);
  };
  const double h = 0.01;
  const double difference = (value_and_slope(h).first - value_and_slope(-h).first) / (2 * h);
  const double slope = value_and_slope(0).second;
  EXPECT_GT(std::abs(slope), 0.01);
  EXPECT_NEAR(difference, slope, 2e-3 * (1 + std::abs(slope)));
}

TEST(Differentiate, LeavesWhatItCannotWriteOut) {
  // Where the second part begins is only known while running.
  Program program = read(R"(
memory 0 data: 10
main {
  %0: real[n: 2] = noise() distribution="normal" site=1
  %1: index[row] = rows() memory=0
  %2: real[row] = cast(%1) kind="real"
  %3: real, %4: real[n: 2] = gradient(%0) do (%5: real[n: 2]) {
    %6: real[row] = rename(%5) from="n" to="row"
    %7: real[row] = concat(%2, %6) axis="row"
    %8: real = max(%7) axes=["row"]
    yield %8
  }
  log_metric(%3) metric="m"
}
)");
  const std::string before = print(program);
  Notes notes;
  EXPECT_FALSE(differentiate(program, notes));
  EXPECT_EQ(print(program), before);
}

TEST(Differentiate, RefusesLayersThatRound) {
  Program program = read(R"(
main {
  %0: real[i: 2] = noise() distribution="normal" site=1
  %1: real[i: 2, o: 3] = noise() distribution="normal" site=2
  %2: real[o: 3] = noise() distribution="normal" site=3
  %3: real, %4: real[i: 2] = gradient(%0) do (%5: real[i: 2]) {
    %6: real[o: 3] = linear(%5, %1, %2) in="i" out="o" precision="bf16"
    %7: real = sum(%6) axes=["o"]
    yield %7
  }
  log_metric(%3) metric="m"
}
)");
  Notes notes;
  EXPECT_FALSE(differentiate(program, notes));
}

TEST(Differentiate, BlamesTheOperationWhoseDerivativeIsNotFinite) {
  Program program = learning("adam", R"(
    %20: real[o: 2] = load() state=1
    %21: real[o: 2] = sub(%20, %20) @1:10-20
    %22: real[o: 2] = sqrt(%21) @1:30-40
    %23: real = sum(%22) axes=["o"] @1:50-60
    %24: real[n: 4, o: 2] = noise() distribution="normal" site=8
    yield %23, %24
  )");
  try {
    run(written_out(program));
    FAIL() << "not noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0603");
    EXPECT_EQ(error.span().begin, 30u) << error.what();
  }
}

TEST(Differentiate, WritesFewNodes) {
  Program program = read(R"(
state 0 w: real[i: 3, o: 2] = uniform 1.0
state 1 t: real = constant 0.0
main {
  %0: real[n: 4, i: 3] = noise() distribution="normal" site=1
  %1: real = constant() value=0.01
  %2: real[o: 2] = noise() distribution="normal" site=2
  %3: real = minimize(%1) beta1=0.0 beta2=0.0 decay=[0.0] epsilon=0.0 first_moments=[int] optimizer="sgd" parameters=[0] second_moments=[int] steps=1 do {
    %4: real[i: 3, o: 2] = load() state=0
    %5: real[n: 4, o: 2] = linear(%0, %4, %2) in="i" out="o"
    %6: real[n: 4, o: 2] = tanh(%5)
    %7: real = sum(%6) axes=["n", "o"]
    yield %7
  }
  log_metric(%3) metric="loss"
}
)");
  // 1 - y^2 and the product with x: no product with one, nothing towards x and the bias.
  const size_t before = count_nodes(program);
  const Program written = written_out(program);
  EXPECT_EQ(count_nodes(written), before - 1 + 5) << print(written);
  EXPECT_EQ(count_of(written, Op::contract), 1u);
}

}  // namespace
}  // namespace duet::test
