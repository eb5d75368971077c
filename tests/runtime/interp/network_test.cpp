#include "tests/runtime/interp/support.h"

namespace duet::testing {
namespace {

const Attributes kInOut{{"in", std::string("i")}, {"out", std::string("o")}};

TEST(Network, LinearLinesUpAndLifts) {
  struct Case {
    std::vector<Axis> x, w, b, result;
  };
  const Axis i{"i", 5}, o{"o", 4}, batch{"batch", 6}, member{"member", 3}, twin{"twin", 2}, h{"H", 2};
  const std::vector<Case> cases{
      {{i}, {i, o}, {o}, {o}},
      {{batch, i}, {i, o}, {o}, {batch, o}},
      {{h, batch, i}, {i, o}, {o}, {h, batch, o}},
      {{i, batch}, {i, o}, {o}, {batch, o}},
      {{batch, i}, {member, i, o}, {member, o}, {member, batch, o}},          // only w has the axis
      {{member, batch, i}, {member, i, o}, {member, o}, {member, batch, o}},  // shared
      {{batch, member, i}, {member, i, o}, {member, o}, {batch, member, o}},  // shared, rows first
      {{batch, member, i}, {twin, member, i, o}, {twin, member, o}, {twin, batch, member, o}},
      {{batch, i}, {member, i, o}, {o}, {member, batch, o}},  // b lacks the axis
      {{i}, {member, i, o}, {member, o}, {member, o}},
      {{batch, i}, {o, i}, {o}, {batch, o}},
  };
  for (const Case& it : cases) {
    ProgramBuilder p;
    const Type x_type = real_type(it.x), w_type = real_type(it.w), b_type = real_type(it.b),
               result = real_type(it.result);
    SCOPED_TRACE(to_string(x_type) + " " + to_string(w_type));
    const Block block =
        p.block({x_type, w_type, b_type}, [&](const Ids& in) { return Ids{p.one(Op::linear, in, result, kInOut)}; });
    const TensorData x = random_data(x_type, 1), w = random_data(w_type, 2), b = random_data(b_type, 3);
    const auto y = evaluate(p, block, {x, w, b});
    expect_elements(y[0], result, [&](Position at) {
      double sum = element(b, at);
      for (int64_t k = 0; k < 5; ++k) {
        at["i"] = k;
        sum += element(x, at) * element(w, at);
      }
      return sum;
    });
  }
}

/// Layers of chosen members, against the layer of the copies that `take` makes; b has the members or not.
TEST(Network, LinearChoosesMembers) {
  const Axis i{"i", 5}, o{"o", 4}, batch{"batch", 6}, member{"member", 3}, k{"k", 2};
  Attributes by = kInOut;
  by["by"] = std::string("member");
  for (const std::vector<Axis>& index : {std::vector<Axis>{}, {k}, {batch}}) {
    for (const std::vector<Axis>& bias : {std::vector<Axis>{o}, {member, o}}) {
      SCOPED_TRACE(to_string(index_type(index)) + to_string(real_type(bias)));
      ProgramBuilder p;
      const Type x = real_type({batch, i}), w = real_type({member, i, o}), b = real_type(bias),
                 which = index_type(index);
      const bool own = !index.empty() && index[0].name == "k";
      const Type result = own ? real_type({k, batch, o}) : real_type({batch, o});
      const Block block =
          p.block({x, w, b, which}, [&](const Ids& in) { return Ids{p.one(Op::linear, in, result, by)}; });
      TensorData chosen{which, {2, 0, 1, 1, 2, 0}};
      chosen.data.resize(static_cast<size_t>(which.elements()));
      const TensorData from = random_data(x, 1), weights = random_data(w, 2), biases = random_data(b, 3);
      const auto y = evaluate(p, block, {from, weights, biases, chosen});
      expect_elements(y[0], result, [&](Position at) {
        at["member"] = static_cast<int64_t>(element(chosen, at));
        double sum = element(biases, at);
        for (int64_t j = 0; j < 5; ++j) {
          at["i"] = j;
          sum += element(from, at) * element(weights, at);
        }
        return sum;
      });
    }
  }
}

TEST(Network, LinearAppliesItsActivation) {
  const Type x = real_type({{"batch", 6}, {"i", 5}}), w = real_type({{"i", 5}, {"o", 4}}), b = real_type({{"o", 4}}),
             result = real_type({{"batch", 6}, {"o", 4}});
  for (const Op op : {Op::relu, Op::swish, Op::tanh, Op::sigmoid}) {
    SCOPED_TRACE(info(op).name);
    ProgramBuilder p;
    Attributes active = kInOut;
    active["activation"] = std::string(info(op).name);
    const Block block = p.block({x, w, b}, [&](const Ids& in) {
      return Ids{p.one(Op::linear, in, result, active), p.one(op, {p.one(Op::linear, in, result, kInOut)}, result)};
    });
    const auto y = evaluate(p, block, {random_data(x, 1), random_data(w, 2), random_data(b, 3)});
    EXPECT_EQ(y[0].data, y[1].data);
  }
}

TEST(Network, TheSlopeOfASwishIsItsDerivative) {
  const Type x = real_type({{"row", 4}, {"i", 5}}), w = real_type({{"i", 5}, {"o", 6}}), b = real_type({{"o", 6}});
  const Type result = real_type({{"row", 4}, {"o", 6}});
  Attributes with_slope = kInOut;
  with_slope["activation"] = std::string("swish");
  with_slope["slope"] = int64_t{1};
  ProgramBuilder p;
  const Block block = p.block({x, w, b}, [&](const Ids& in) {
    Ids results = p.node(Op::linear, in, {result, result}, with_slope);
    results.push_back(p.one(Op::linear, in, result, kInOut));
    return results;
  });
  const auto y = evaluate(p, block, {random_data(x, 1), random_data(w, 2), random_data(b, 3)});
  const auto swish = [](double v) { return v / (1 + std::exp(-v)); };
  constexpr double kStep = 1e-5;
  for (size_t i = 0; i < y[0].data.size(); ++i) {
    const double v = y[2].data[i];
    EXPECT_NEAR(y[0].data[i], swish(v), 1e-6);
    EXPECT_NEAR(y[1].data[i], (swish(v + kStep) - swish(v - kStep)) / (2 * kStep), 1e-6);
  }
}

TEST(Network, UnknownSizesComeFromTheValues) {
  ProgramBuilder p;
  const Type open = real_type({{"row", kUnknownSize}, {"i", 5}}), result = real_type({{"row", kUnknownSize}, {"o", 4}});
  const Type w = real_type({{"i", 5}, {"o", 4}}), b = real_type({{"o", 4}});
  const Block block = p.block({open, w, b}, [&](const Ids& in) { return Ids{p.one(Op::linear, in, result, kInOut)}; });
  const auto y =
      evaluate(p, block, {random_data(real_type({{"row", 9}, {"i", 5}}), 1), random_data(w, 2), random_data(b, 3)});
  EXPECT_EQ(to_string(y[0].type), "real[row: 9, o: 4]");
}

TEST(Network, ContractSumsProducts) {
  const Axis k{"k", 5}, l{"l", 2}, walked{"m", 3}, row{"n", 4}, column{"o", 6};
  struct Case {
    std::vector<Axis> a, b;
    std::vector<std::string> axes;
    std::vector<Axis> result;
  };
  const std::vector<Case> cases{
      {{row, k}, {k, column}, {"k"}, {row, column}},
      {{k, row}, {column, k}, {"k"}, {column, row}},
      {{row, k, l}, {l, column, k}, {"k", "l"}, {row, column}},
      {{walked, row, k}, {k, walked, column}, {"k"}, {row, walked, column}},
      {{walked, k}, {k, walked}, {"k"}, {walked}},
      {{k}, {k}, {"k"}, {}},
      {{row, walked, k}, {k}, {"k"}, {walked, row}},
  };
  for (const Case& it : cases) {
    ProgramBuilder p;
    const Type a_type = real_type(it.a), b_type = real_type(it.b), result = real_type(it.result);
    SCOPED_TRACE(to_string(a_type) + " " + to_string(b_type));
    const Block block = p.block({a_type, b_type}, [&](const Ids& in) {
      return Ids{p.one(Op::contract, in, result, {{"axes", it.axes}})};
    });
    const TensorData a = random_data(a_type, 1), b = random_data(b_type, 2);
    expect_elements(evaluate(p, block, {a, b})[0], result, [&](Position at) {
      double sum = 0;
      for (at["k"] = 0; at["k"] < k.size; ++at["k"])
        for (at["l"] = 0; at["l"] < (it.axes.size() == 2 ? l.size : 1); ++at["l"])
          sum += element(a, at) * element(b, at);
      return sum;
    });
  }
}

TEST(Network, ContractTakesAFactor) {
  const Type a_type = real_type({{"row", 4}, {"k", 5}}), b_type = real_type({{"k", 5}, {"column", 6}});
  const Type result = real_type({{"row", 4}, {"column", 6}}), turned = real_type({{"column", 6}, {"row", 4}});
  ProgramBuilder p;
  const Block block = p.block({a_type, b_type, turned}, [&](const Ids& in) {
    Ids results{p.one(Op::contract, {in[0], in[1]}, result, {{"axes", std::vector<std::string>{"k"}}})};
    for (const std::string factor : {"value", "positive"})
      results.push_back(p.one(Op::contract, in, result, {{"axes", std::vector<std::string>{"k"}}, {"factor", factor}}));
    return results;
  });
  const TensorData a = random_data(a_type, 1), b = random_data(b_type, 2), f = random_data(turned, 3);
  const auto y = evaluate(p, block, {a, b, f});
  expect_elements(y[1], result, [&](const Position& at) { return element(y[0], at) * element(f, at); });
  expect_elements(y[2], result, [&](const Position& at) { return element(f, at) > 0 ? element(y[0], at) : 0; });
}

/// x, k -> x[n, i] * scale[k] + i.w[k], by group.
Block grouped(ProgramBuilder& p, const Type& k, const Type& x, const Type& scale, const Type& result) {
  const Type row = real_type({{"row", kUnknownSize}, {"i", 4}});
  return p.block({k, x, scale}, [&](const Ids& in) {
    const Block body = p.block({index_type(), row}, [&](const Ids& inner) {
      const ValueId own = p.one(Op::take, {in[2], inner[0]}, real_type({{"i", 4}}), {{"axis", std::string("member")}});
      return Ids{p.one(Op::mul, {inner[1], own}, row)};
    });
    return Ids{
        p.one(Op::group, {in[0], in[1]}, result, {{"axis", std::string("member")}, {"count", int64_t{3}}}, {body})};
  });
}

TEST(Network, GroupIsTheDenseEvaluationOfEachRow) {
  const Type scale = real_type({{"member", 3}, {"i", 4}});
  struct Case {
    std::vector<Axis> k, x, result;
  };
  const Axis n{"n", 7}, c{"c", 3}, i{"i", 4};
  const std::vector<Case> cases{{{n}, {n, i}, {n, i}},
                                {{n}, {c, n, i}, {c, n, i}},
                                {{c, n}, {n, i}, {n, c, i}},
                                {{c}, {n, i}, {c, n, i}},
                                {{}, {n, i}, {n, i}}};
  for (const Case& it : cases) {
    ProgramBuilder p;
    const Type k_type = index_type(it.k), x_type = real_type(it.x), result = real_type(it.result);
    SCOPED_TRACE(to_string(k_type) + " " + to_string(x_type));
    const Block block = grouped(p, k_type, x_type, scale, result);
    TensorData k = random_data(k_type, 1, 0, 3);
    for (float& m : k.data) m = std::floor(m) == 1 ? 2 : std::floor(m);  // nobody asks for member 1
    const TensorData x = random_data(x_type, 2), s = random_data(scale, 3);
    const auto y = evaluate(p, block, {k, x, s});
    expect_elements(y[0], result, [&](Position at) {
      at["member"] = static_cast<int64_t>(element(k, at));
      return element(x, at) * element(s, at);
    });
  }
}

TEST(Network, GroupLetsGradientsThrough) {
  const Type scale = real_type({{"member", 3}, {"i", 4}}), k_type = index_type({{"n", 7}}),
             x_type = real_type({{"n", 7}, {"i", 4}});
  ProgramBuilder p;
  const Block block = p.block({k_type, x_type, scale}, [&](const Ids& in) {
    const Type row = real_type({{"row", kUnknownSize}, {"i", 4}});
    const Block inside = p.block({x_type, scale}, [&](const Ids& d) {
      const Block body = p.block({index_type(), row}, [&](const Ids& inner) {
        const ValueId own = p.one(Op::take, {d[1], inner[0]}, real_type({{"i", 4}}), {{"axis", std::string("member")}});
        return Ids{p.one(Op::mul, {inner[1], own}, row)};
      });
      const ValueId y =
          p.one(Op::group, {in[0], d[0]}, x_type, {{"axis", std::string("member")}, {"count", int64_t{3}}}, {body});
      return Ids{p.one(Op::sum, {y}, real_type(), {{"axes", std::vector<std::string>{"n", "i"}}})};
    });
    return p.node(Op::gradient, {in[1], in[2]}, {real_type(), x_type, scale}, {}, {inside});
  });
  const TensorData k{k_type, {2, 0, 2, 0, 0, 2, 2}}, x = random_data(x_type, 2), s = random_data(scale, 3);
  const auto y = evaluate(p, block, {k, x, s});
  expect_elements(y[1], x_type, [&](Position at) {
    at["member"] = static_cast<int64_t>(element(k, at));
    return element(s, at);
  });
  expect_elements(y[2], scale, [&](Position at) {
    double sum = 0;
    for (int64_t n = 0; n < 7; ++n) {
      at["n"] = n;
      if (static_cast<int64_t>(element(k, at)) == at["member"]) sum += element(x, at);
    }
    return sum;
  });
}

}  // namespace
}  // namespace duet::testing
