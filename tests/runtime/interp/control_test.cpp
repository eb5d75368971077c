#include "runtime/core/random.h"
#include "tests/runtime/interp/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;

ValueId noise(ProgramBuilder& p, const Type& type, int64_t site, const std::string& distribution = "normal") {
  return p.one(Op::noise, {}, type, {{"distribution", distribution}, {"site", site}, {"bound", 1.5}});
}

TEST(Draws, FollowTheStreamsInTheOrderOfTheAxes) {
  ProgramBuilder p;
  const Type type = real_type({{"a", 3}, {"b", 5}});
  const Block block = p.block({}, [&](const Ids&) {
    return Ids{noise(p, type, 7), noise(p, type, 7, "uniform"), noise(p, type, 7, "truncated"), noise(p, type, 8)};
  });
  const auto y = evaluate(p, block, {}, 42);
  std::vector<float> normal(15), uniform(15);
  const DrawKey key{42, 7, 1};  // the first evaluation has tick 1
  fill_normal(key, 0, normal);
  fill_uniform(key, 0, uniform);
  EXPECT_EQ(y[0].data, normal);
  EXPECT_EQ(y[1].data, uniform);
  EXPECT_NE(y[3].data, normal);
  // P(z < x | |z| <= bound) must be the uniform number; 1e-5: erfinv and erf in float32.
  const double mass = std::erf(1.5 / std::sqrt(2));
  for (size_t i = 0; i < 15; ++i) {
    EXPECT_LE(std::abs(y[2].data[i]), 1.5f);
    EXPECT_NEAR((std::erf(y[2].data[i] / std::sqrt(2)) / mass + 1) / 2, uniform[i], 1e-5);
  }
}

TEST(Draws, CategoricalInvertsTheCumulatedSum) {
  ProgramBuilder p;
  const Type weights = real_type({{"n", 4}, {"a", 2}}), result = index_type({{"k", 500}, {"a", 2}});
  const Block block = p.block({weights}, [&](const Ids& in) {
    return Ids{p.one(Op::categorical, in, result, {{"axes", Names{"n"}}, {"site", int64_t{3}}})};
  });
  const TensorData w{weights, {1, 0, 0, 2, 3, 5, 0, 1}};  // the last of a = 0 has no weight
  const auto y = evaluate(p, block, {w}, 5);
  std::vector<float> u(1000);
  fill_uniform(DrawKey{5, 3, 1}, 0, u);
  for (size_t j = 0; j < 1000; ++j) {
    const size_t a = j % 2;
    double total = 0, sum = 0;
    for (size_t n = 0; n < 4; ++n) total += w.data[2 * n + a];
    size_t wanted = 0;
    for (; wanted < 3; ++wanted) {
      sum += w.data[2 * wanted + a];
      if (sum > u[j] * total) break;
    }
    ASSERT_EQ(y[0].data[j], static_cast<float>(wanted)) << j;
  }
}

TEST(Draws, UnknownSizesComeFromScope) {
  ProgramBuilder p;
  const Type open = real_type({{"row", kUnknownSize}});
  const Block block = p.block({open}, [&](const Ids&) { return Ids{noise(p, open, 1)}; });
  EXPECT_EQ(evaluate(p, block, {random_data(real_type({{"row", 6}}), 1)})[0].data.size(), 6u);
}

/// x' = a * x + u[h], y = x' * h, over steps `from` ...
Ids scan(ProgramBuilder& p, const Ids& in, int64_t from, int64_t count, bool draw) {
  const Type x = real_type({{"obs", 3}}), u = real_type({{"obs", 3}});
  const Block body = p.block({real_type(), x, u}, [&](const Ids& s) {
    ValueId next = p.one(Op::add, {p.one(Op::mul, {s[1], p.number(0.5)}, x), s[2]}, x);
    if (draw) next = p.one(Op::add, {next, noise(p, x, 11)}, x);
    return Ids{next, p.one(Op::mul, {next, s[0]}, x)};
  });
  return p.node(Op::scan, in, {x, real_type({{"H", count}, {"obs", 3}})},
                {{"axis", std::string("H")},
                 {"from", from},
                 {"count", count},
                 {"carries", int64_t{1}},
                 {"sequences", int64_t{1}}},
                {body});
}

TEST(Control, ScanIsItsUnrolling) {
  const Type x = real_type({{"obs", 3}}), u = real_type({{"obs", 3}, {"H", 6}});
  for (const int64_t from : {int64_t{0}, int64_t{2}}) {
    ProgramBuilder p;
    const Block block = p.block({x, u}, [&](const Ids& in) { return scan(p, in, from, 4, false); });
    const TensorData x0 = random_data(x, 1), us = random_data(u, 2);
    const auto y = evaluate(p, block, {x0, us});
    std::vector<double> state(x0.data.begin(), x0.data.end());
    for (int64_t h = 0; h < 4; ++h) {
      for (int64_t o = 0; o < 3; ++o) {
        double& s = state[static_cast<size_t>(o)];
        s = 0.5 * s + element(us, {{"H", from + h}, {"obs", o}});
        EXPECT_NEAR(element(y[1], {{"H", h}, {"obs", o}}), s * static_cast<double>(h), 1e-5);
      }
    }
    for (size_t o = 0; o < 3; ++o) EXPECT_NEAR(y[0].data[o], state[o], 1e-5);
  }
}

TEST(Control, AScanInReverseDoesTheSameStepsFromTheLast) {
  // A carry of the steps done so far; draws, indices and slices belong to the step.
  const Type sequence = real_type({{"H", 7}}), steps = real_type({{"H", 4}});
  const auto outputs = [&](bool reverse) {
    ProgramBuilder p;
    const Block block = p.block({real_type(), sequence}, [&](const Ids& in) {
      Block body = p.block({real_type(), real_type(), real_type()}, [&](const Ids& step) {
        const ValueId next = p.one(Op::add, {step[1], p.number(1)}, real_type());
        const ValueId draw =
            p.one(Op::noise, {}, real_type(), {{"distribution", std::string("normal")}, {"site", int64_t{3}}});
        return Ids{next, step[1], p.one(Op::mul, {step[2], draw}, real_type()), step[0]};
      });
      Attributes attributes{{"axis", std::string("H")},
                            {"from", int64_t{2}},
                            {"count", int64_t{4}},
                            {"carries", int64_t{1}},
                            {"sequences", int64_t{1}}};
      if (reverse) attributes["reverse"] = int64_t{1};
      return p.node(Op::scan, in, {real_type(), steps, steps, steps}, attributes, {std::move(body)});
    });
    return evaluate(p, block, {{real_type(), {0}}, random_data(sequence, 1)});
  };
  const auto forward = outputs(false), backward = outputs(true);
  EXPECT_EQ(forward[1].data, (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(backward[1].data, (std::vector<float>{3, 2, 1, 0}));
  EXPECT_EQ(backward[0].data, forward[0].data);
  EXPECT_EQ(backward[2].data, forward[2].data);
  EXPECT_EQ(backward[3].data, (std::vector<float>{0, 1, 2, 3}));
}

TEST(Control, DrawsDifferFromStepToStepAndAreAFunctionOfTheStep) {
  const Type x = real_type({{"obs", 3}}), u = real_type({{"obs", 3}, {"H", 6}});
  const TensorData zero{x, {0, 0, 0}}, zeros{u, std::vector<float>(18)};
  ProgramBuilder p;
  const Block whole = p.block({x, u}, [&](const Ids& in) { return scan(p, in, 0, 6, true); });
  const auto a = evaluate(p, whole, {zero, zeros});
  EXPECT_EQ(a[1].data, evaluate(p, whole, {zero, zeros})[1].data);
  // The same in two parts: a step knows its place, not the loop's length.
  ProgramBuilder q;
  const Block parts = q.block({x, u}, [&](const Ids& in) {
    const Ids first = scan(q, in, 0, 2, true);
    return scan(q, {first[0], in[1]}, 2, 4, true);
  });
  EXPECT_EQ(a[0].data, evaluate(q, parts, {zero, zeros})[0].data);
  for (size_t o = 0; o < 3; ++o) EXPECT_NE(a[1].data[3 + o], a[1].data[6 + o]);
}

TEST(Control, Iterate) {
  ProgramBuilder p;
  const Block block = p.block({real_type(), real_type()}, [&](const Ids& in) {
    const Block body = p.block({real_type(), real_type(), real_type()}, [&](const Ids& s) {
      return Ids{p.one(Op::add, {s[1], s[2]}, real_type()), p.one(Op::add, {s[2], s[0]}, real_type())};
    });
    return p.node(Op::iterate, in, {real_type(), real_type()}, {{"count", int64_t{4}}}, {body});
  });
  const auto y = evaluate(p, block, {{real_type(), {1}}, {real_type(), {2}}});
  // (1,2) -> (3,2) -> (5,3) -> (8,5) -> (13,8): the second grows by the index.
  EXPECT_EQ(y[0].data[0], 13);
  EXPECT_EQ(y[1].data[0], 8);
}

TEST(Control, ChooseTakesTheCaseOfTheFloor) {
  ProgramBuilder p;
  const Block block = p.block({real_type()}, [&](const Ids& in) {
    std::vector<Block> cases;
    for (const double x : {10.0, 20.0}) cases.push_back(p.block({}, [&](const Ids&) { return Ids{p.number(x)}; }));
    return p.node(Op::choose, in, {real_type()}, {{"cases", std::vector<int64_t>{1, 2}}}, cases);
  });
  EXPECT_EQ(evaluate(p, block, {{real_type(), {2.9f}}})[0].data[0], 20);
  try {
    evaluate(p, block, {{real_type(), {3}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0605");
  }
}

TEST(Control, GradientAgreesWithFiniteDifferences) {
  const Type x = real_type({{"a", 4}});
  ProgramBuilder p;
  const auto f = [&](ValueId in) {  // mean(tanh(x)^2) * log(sum(x^2))
    const ValueId t = p.one(Op::square, {p.one(Op::tanh, {in}, x)}, x);
    const ValueId s = p.one(Op::sum, {p.one(Op::square, {in}, x)}, real_type(), {{"axes", Names{"a"}}});
    return p.one(Op::mul, {p.one(Op::mean, {t}, real_type(), {{"axes", Names{"a"}}}), p.one(Op::log, {s}, real_type())},
                 real_type());
  };
  const Block block = p.block({x}, [&](const Ids& in) {
    const Block inside = p.block({x}, [&](const Ids& d) { return Ids{f(d[0])}; });
    return p.node(Op::gradient, in, {real_type(), x}, {}, {inside});
  });
  const TensorData at = random_data(x, 9);
  const auto y = evaluate(p, block, {at});
  const auto plain = [&](std::vector<double> v) {
    double t = 0, s = 0;
    for (const double e : v) t += std::pow(std::tanh(e), 2) / 4, s += e * e;
    return t * std::log(s);
  };
  std::vector<double> v(at.data.begin(), at.data.end());
  EXPECT_NEAR(y[0].data[0], plain(v), 1e-5);
  for (size_t i = 0; i < 4; ++i) {
    auto up = v, down = v;
    up[i] += 1e-5, down[i] -= 1e-5;
    EXPECT_NEAR(y[1].data[i], (plain(up) - plain(down)) / 2e-5, 1e-5);
  }
}

TEST(Control, StopCutsTheGradient) {
  ProgramBuilder p;
  const Block block = p.block({real_type()}, [&](const Ids& in) {
    const Block inside = p.block({real_type()}, [&](const Ids& d) {
      return Ids{p.one(Op::mul, {d[0], p.one(Op::stop, {d[0]}, real_type())}, real_type())};
    });
    return p.node(Op::gradient, in, {real_type(), real_type()}, {}, {inside});
  });
  EXPECT_EQ(evaluate(p, block, {{real_type(), {3}}})[1].data[0], 3);  // 6 without stop
}

TEST(Kernels, ChainsAndTilesAreTheirBlocks) {
  for (const bool tile : {false, true}) {
    SCOPED_TRACE(tile);
    ProgramBuilder p;
    const Type type = real_type({{"row", 6}, {"x", 3}});
    const Block block = p.block({type}, [&](const Ids& in) {
      Block inside = p.block({}, [&](const Ids&) {
        const ValueId y = p.one(Op::square, {in[0]}, type);
        return Ids{p.one(Op::add, {y, in[0]}, type), y};
      });
      const Attributes cut{{"axes", Names{"row"}}, {"sizes", std::vector<int64_t>{4}}};
      return p.node(tile ? Op::tile : Op::fused, {}, {type, type}, tile ? cut : Attributes{}, {std::move(inside)});
    });
    const TensorData x = random_data(type, 1);
    const auto y = evaluate(p, block, {x});
    expect_elements(y[0], type, [&](const Position& at) { return element(x, at) * (element(x, at) + 1); });
    expect_elements(y[1], type, [&](const Position& at) { return element(x, at) * element(x, at); });
  }
}

}  // namespace
}  // namespace duet::testing
