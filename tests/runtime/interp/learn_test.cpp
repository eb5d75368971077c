#include "tests/runtime/interp/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;

Initial constant(double x) {
  return {Initial::Kind::constant, x, -1};
}

/// One parameter and what an optimizer keeps for it.
struct Parameter {
  int64_t state, first, second, steps;
};

Parameter parameter(ProgramBuilder& p, const Type& type, Initial initial) {
  const int64_t state = p.state("w", type, initial);
  return {state, p.state("m", type), p.state("v", type), p.state("t", real_type())};
}

Attributes adam(const Parameter& w, double decay = 0) {
  using Ids64 = std::vector<int64_t>;
  return {{"parameters", Ids64{w.state}},
          {"first_moments", Ids64{w.first}},
          {"second_moments", Ids64{w.second}},
          {"steps", w.steps},
          {"optimizer", std::string("adam")},
          {"beta1", 0.9},
          {"beta2", 0.999},
          {"epsilon", 1e-8},
          {"decay", std::vector<double>{decay}}};
}

Attributes sgd(const Parameter& w) {
  return {{"parameters", std::vector<int64_t>{w.state}},
          {"optimizer", std::string("sgd")},
          {"decay", std::vector<double>{0}}};
}

Ids minimize(ProgramBuilder& p, double rate, const Attributes& attributes, const std::function<Ids(const Ids&)>& loss,
             std::vector<Type> results = {real_type()}) {
  const ValueId lr = p.number(rate);
  Block block = p.block({}, loss);
  return p.node(Op::minimize, {lr}, std::move(results), attributes, {std::move(block)});
}

TEST(Learn, AdamFollowsItsFormula) {
  const Type type = real_type({{"a", 3}});
  ProgramBuilder p;
  const Parameter w = parameter(p, type, {Initial::Kind::uniform, 1.0, -1});
  // loss = sum((w - 2)^2): gradient 2 (w - 2), and decay 0.1 w.
  const Block look = p.block({}, [&](const Ids&) { return Ids{p.load(w.state)}; });
  const Block step = p.block({}, [&](const Ids&) {
    return minimize(p, 0.01, adam(w, 0.1), [&](const Ids&) {
      const ValueId e = p.one(Op::sub, {p.load(w.state), p.number(2)}, type);
      return Ids{p.one(Op::sum, {p.one(Op::square, {e}, type)}, real_type(), {{"axes", Names{"a"}}})};
    });
  });
  Interpreter interpreter(p.program, {});
  const auto start = interpreter.evaluate(look)[0].data;
  std::vector<double> x(start.begin(), start.end()), m(3), v(3);
  for (int t = 1; t <= 20; ++t) {
    double loss = 0;
    for (const double e : x) loss += (e - 2) * (e - 2);
    EXPECT_NEAR(interpreter.evaluate(step)[0].data[0], loss, 1e-4);
    const auto got = interpreter.evaluate(look)[0].data;
    for (size_t i = 0; i < 3; ++i) {
      const double g = 2 * (x[i] - 2) + 0.1 * x[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      x[i] -= 0.01 * (m[i] / (1 - std::pow(0.9, t))) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      EXPECT_NEAR(got[i], x[i], 1e-5);  // float32 against double, 20 steps
    }
  }
}

TEST(Learn, DescendIsTheStepOfMinimize) {
  const Type type = real_type({{"a", 3}});
  for (const bool with_adam : {true, false}) {
    const auto after = [&](bool descend) {
      ProgramBuilder p;
      const Parameter w = parameter(p, type, {Initial::Kind::uniform, 1.0, -1});
      Attributes attributes = with_adam ? adam(w, 0.1) : sgd(w);
      // loss = sum(g w): its gradient is g.
      const Block block = p.block({type}, [&](const Ids& in) {
        if (descend)
          p.node(Op::descend, {p.number(0.01), p.number(0), in[0]}, {}, attributes);
        else
          minimize(p, 0.01, attributes, [&](const Ids&) {
            const ValueId product = p.one(Op::mul, {p.load(w.state), in[0]}, type);
            return Ids{p.one(Op::sum, {product}, real_type(), {{"axes", Names{"a"}}})};
          });
        return Ids{p.load(w.state), p.load(w.first), p.load(w.second), p.load(w.steps)};
      });
      Interpreter interpreter(p.program, {});
      std::vector<TensorData> last;
      for (unsigned i = 1; i <= 3; ++i) last = interpreter.evaluate(block, std::vector{random_data(type, i)});
      return last;
    };
    const auto got = after(true), wanted = after(false);
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(got[i].data, wanted[i].data) << i;
    EXPECT_EQ(got[3].data[0], with_adam ? 3 : 0);
  }
}

TEST(Learn, LeastSquaresReachesTheClosedForm) {
  // y = 3 x - 1 without noise: gradient descent converges to it.
  const Type rows = real_type({{"batch", 16}}), weight = real_type({{"i", 1}, {"o", 1}}), bias = real_type({{"o", 1}}),
             column = real_type({{"batch", 16}, {"i", 1}}), out = real_type({{"batch", 16}, {"o", 1}});
  ProgramBuilder p;
  const int64_t w = p.state("w", weight), b = p.state("b", bias);
  const Attributes both{{"parameters", std::vector<int64_t>{w, b}}, {"optimizer", std::string("sgd")}};
  const Block step = p.block({column}, [&](const Ids& in) {
    return minimize(
        p, 0.2, both,
        [&](const Ids&) {
          const ValueId y = p.one(Op::linear, {in[0], p.load(w), p.load(b)}, out,
                                  {{"in", std::string("i")}, {"out", std::string("o")}});
          const ValueId x = p.one(Op::sum, {in[0]}, rows, {{"axes", Names{"i"}}});
          const ValueId target = p.one(Op::sub, {p.one(Op::mul, {x, p.number(3)}, rows), p.number(1)}, rows);
          const ValueId e = p.one(Op::square, {p.one(Op::sub, {y, target}, out)}, out);
          return Ids{p.one(Op::mean, {e}, real_type(), {{"axes", Names{"batch", "o"}}}), y};
        },
        {real_type(), out});
  });
  const Block look = p.block({}, [&](const Ids&) { return Ids{p.load(w), p.load(b)}; });
  Interpreter interpreter(p.program, {});
  const std::vector<TensorData> x{random_data(column, 1, -1, 1)};
  for (int i = 0; i < 300; ++i) interpreter.evaluate(step, x);
  const auto got = interpreter.evaluate(look);
  EXPECT_NEAR(got[0].data[0], 3, 1e-4);
  EXPECT_NEAR(got[1].data[0], -1, 1e-4);
  // The other results are those from before the step.
  const auto last = interpreter.evaluate(step, x);
  EXPECT_NEAR(last[1].data[0], 3 * x[0].data[0] - 1, 1e-3);
}

TEST(Learn, OnlyTheParametersMoveAndLoadedValuesStay) {
  ProgramBuilder p;
  const Parameter w = parameter(p, real_type(), constant(1));
  const int64_t other = p.state("other", real_type(), constant(5));
  const Block step = p.block({}, [&](const Ids&) {
    const ValueId before = p.load(w.state);
    minimize(p, 0.5, sgd(w), [&](const Ids&) {
      return Ids{p.one(Op::mul, {p.load(w.state), p.load(other)}, real_type())};
    });
    return Ids{before, p.load(w.state), p.load(other)};
  });
  const auto y = evaluate(p, step);
  EXPECT_EQ(y[0].data[0], 1);     // loaded before the step
  EXPECT_EQ(y[1].data[0], -1.5);  // 1 - 0.5 * 5
  EXPECT_EQ(y[2].data[0], 5);
}

TEST(Learn, TrackMixes) {
  const Type type = real_type({{"a", 5}});
  ProgramBuilder p;
  const int64_t fast = p.state("fast", type, {Initial::Kind::truncated_normal, 0.1, -1});
  const int64_t slow = p.state("slow", type, {Initial::Kind::copy, 0, fast});
  const Block block = p.block({}, [&](const Ids&) {
    const ValueId first_fast = p.load(fast), first_slow = p.load(slow);
    p.assign(fast, p.one(Op::add, {first_fast, p.number(1)}, type));
    p.node(Op::track, {}, {},
           {{"slow", std::vector<int64_t>{slow}}, {"fast", std::vector<int64_t>{fast}}, {"rate", 0.75}});
    return Ids{first_fast, first_slow, p.load(slow)};
  });
  const auto y = evaluate(p, block);
  EXPECT_EQ(y[0].data, y[1].data);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_LE(std::abs(y[0].data[i]), 0.2f);
    EXPECT_NEAR(y[2].data[i], y[1].data[i] + 0.25, 1e-6);
  }
}

TEST(Learn, StatesStartAsTheyShould) {
  ProgramBuilder p;
  const Type type = real_type({{"a", 1000}});
  const int64_t u = p.state("u", type, {Initial::Kind::uniform, 0.5, -1}),
                v = p.state("other", type, {Initial::Kind::uniform, 0.5, -1});
  const int64_t i = p.state("i", index_type({{"m", 2}, {"n", 3}}), {Initial::Kind::indices, 0, -1});
  const Block block = p.block({}, [&](const Ids&) { return Ids{p.load(u), p.load(v), p.load(i)}; });
  const auto y = evaluate(p, block);
  double mean = 0;
  for (const float x : y[0].data) {
    EXPECT_LE(std::abs(x), 0.5f);
    mean += x / 1000;
  }
  EXPECT_NEAR(mean, 0, 0.05);  // more than five standard errors of 0.5 / sqrt(3000)
  EXPECT_NE(y[0].data, y[1].data);
  EXPECT_EQ(y[2].data, (std::vector<float>{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(y[0].data, evaluate(p, block)[0].data);
  EXPECT_NE(y[0].data, evaluate(p, block, {}, 2)[0].data);
}

/// The place of the error that evaluating the block ends with.
Error failure(const ProgramBuilder& p, const Block& block, const std::vector<TensorData>& inputs = {}) {
  try {
    evaluate(p, block, inputs);
  } catch (const Error& error) {
    return error;
  }
  return Error("none", "no error");
}

TEST(Trap, NamesTheFirstOperationThatWentWrong) {
  ProgramBuilder p;
  const Parameter w = parameter(p, real_type(), constant(1));
  uint32_t guilty = 0;
  const Block step = p.block({real_type()}, [&](const Ids& in) {
    return minimize(p, 0.1, adam(w), [&](const Ids&) {
      const ValueId x = p.one(Op::sub, {p.load(w.state), in[0]}, real_type());
      guilty = p.nodes_so_far();
      const ValueId bad = p.one(Op::log, {x}, real_type());
      return Ids{p.one(Op::square, {p.one(Op::exp, {bad}, real_type())}, real_type())};
    });
  });
  EXPECT_EQ(failure(p, step, {{real_type(), {0.5f}}}).code(), "none");
  const Error error = failure(p, step, {{real_type(), {3}}});
  EXPECT_EQ(error.code(), "E0603");
  EXPECT_EQ(error.span().begin, guilty);
  EXPECT_NE(std::string(error.what()).find("`log` gave NaN"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("-2"), std::string::npos) << error.what();
}

TEST(Trap, ALossOrAGradientThatIsNotFiniteIsNamed) {
  for (const bool of_loss : {false, true}) {
    ProgramBuilder p;
    const Parameter w = parameter(p, real_type(), constant(1));
    uint32_t guilty = 0;
    const Block step = p.block({real_type()}, [&](const Ids& in) {
      guilty = p.nodes_so_far();
      const ValueId bad = p.one(Op::log, in, real_type());
      // A NaN may have a slope that is none.
      const ValueId good = p.one(Op::div, {p.number(1), in[0]}, real_type());
      p.node(Op::descend, {p.number(0.1), of_loss ? bad : good, of_loss ? good : bad}, {}, adam(w));
      return Ids{p.load(w.state)};
    });
    EXPECT_EQ(failure(p, step, {{real_type(), {0.5f}}}).code(), "none");
    const Error error = failure(p, step, {{real_type(), {-1}}});
    EXPECT_EQ(error.code(), "E0603");
    EXPECT_EQ(error.span().begin, guilty);
  }
}

TEST(Trap, FindsTheOperationWhoseDerivativeIsNotFinite) {
  ProgramBuilder p;
  const Parameter w = parameter(p, real_type(), constant(0));
  uint32_t guilty = 0;
  const Block step = p.block({}, [&](const Ids&) {
    return minimize(p, 0.1, adam(w), [&](const Ids&) {
      const ValueId x = p.one(Op::square, {p.load(w.state)}, real_type());
      guilty = p.nodes_so_far();
      return Ids{p.one(Op::sqrt, {x}, real_type())};
    });
  });
  const Error error = failure(p, step);
  EXPECT_EQ(error.code(), "E0603");
  EXPECT_EQ(error.span().begin, guilty) << error.what();
  EXPECT_NE(std::string(error.what()).find("derivative"), std::string::npos);
}

TEST(Trap, LooksIntoLoopsAndBeforeTheCommit) {
  ProgramBuilder p;
  const int64_t s = p.state("s", real_type());
  uint32_t guilty = 0;
  const Block block = p.block({real_type()}, [&](const Ids& in) {
    const Block body = p.block({real_type(), real_type()}, [&](const Ids& c) {
      const ValueId less = p.one(Op::sub, {c[1], p.number(1)}, real_type());
      guilty = p.nodes_so_far();
      return Ids{p.one(Op::sqrt, {less}, real_type())};
    });
    const ValueId x = p.one(Op::iterate, {in[0]}, real_type(), {{"count", int64_t{3}}}, {body});
    p.assign(s, p.one(Op::add, {x, p.number(1)}, real_type()));
    return Ids{};
  });
  const Error error = failure(p, block, {{real_type(), {1.5f}}});
  EXPECT_EQ(error.code(), "E0603");
  EXPECT_EQ(error.span().begin, guilty) << error.what();
}

}  // namespace
}  // namespace duet::testing
