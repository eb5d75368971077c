#include "tests/runtime/interp/support.h"

namespace duet::testing {
namespace {

TEST(Shape, Constants) {
  ProgramBuilder p;
  const Block block = p.block({}, [&](const Ids&) {
    return Ids{p.number(2.5),
               p.one(Op::values, {}, real_type({{"v", 3}}),
                     {{"values", std::vector<double>{1, -2, 0.5}}, {"axis", std::string("v")}}),
               p.one(Op::iota, {}, index_type({{"i", 4}}), {{"axis", std::string("i")}, {"count", int64_t{4}}})};
  });
  const auto y = evaluate(p, block);
  EXPECT_EQ(y[0].data, (std::vector<float>{2.5}));
  EXPECT_EQ(y[1].data, (std::vector<float>{1, -2, 0.5}));
  EXPECT_EQ(y[2].data, (std::vector<float>{0, 1, 2, 3}));
}

TEST(Shape, RearrangingKeepsElements) {
  const Type type = real_type({{"a", 2}, {"b", 5}});
  const Type renamed = real_type({{"c", 5}, {"a", 2}}), wide = real_type({{"b", 5}, {"n", 3}, {"a", 2}}),
             part = real_type({{"a", 2}, {"b", 3}}), rest = real_type({{"a", 2}, {"b", 4}});
  ProgramBuilder p;
  const Block block = p.block({type}, [&](const Ids& in) {
    return Ids{p.one(Op::rename, in, renamed, {{"from", std::string("b")}, {"to", std::string("c")}}),
               p.one(Op::expand, in, wide),
               p.one(Op::slice, in, part, {{"axis", std::string("b")}, {"from", int64_t{1}}, {"to", int64_t{4}}}),
               p.one(Op::slice, in, rest, {{"axis", std::string("b")}, {"from", int64_t{1}}, {"to", int64_t{-1}}}),
               p.one(Op::extent, in, real_type(), {{"axis", std::string("b")}})};
  });
  const TensorData x = random_data(type, 1);
  const auto y = evaluate(p, block, {x});
  expect_elements(
      y[0], renamed,
      [&](Position at) {
        return element(x, {{"a", at["a"]}, {"b", at["c"]}});
      },
      0);
  expect_elements(
      y[1], wide, [&](const Position& at) { return element(x, at); }, 0);
  const auto shifted = [&](Position at) { return element(x, {{"a", at["a"]}, {"b", at["b"] + 1}}); };
  expect_elements(y[2], part, shifted, 0);
  expect_elements(y[3], rest, shifted, 0);
  EXPECT_EQ(y[4].data, (std::vector<float>{5}));
}

TEST(Shape, ReshapeGoesRowByRow) {
  const Type type = real_type({{"a", 2}, {"b", 3}, {"c", 5}});
  const Type flat = real_type({{"b", 3}, {"_", 10}}), dealt = real_type({{"a", 2}, {"c", 5}, {"x", 3}, {"y", 1}});
  using Texts = std::vector<std::string>;
  ProgramBuilder p;
  const Block block = p.block({type}, [&](const Ids& in) {
    return Ids{p.one(Op::reshape, in, flat, {{"from", Texts{"c", "a"}}, {"to", Texts{"_"}}}),
               p.one(Op::reshape, in, dealt, {{"from", Texts{"b"}}, {"to", Texts{"x", "y"}}})};
  });
  const TensorData x = random_data(type, 1);
  const auto y = evaluate(p, block, {x});
  expect_elements(
      y[0], flat,
      [&](Position at) {
        return element(x, {{"a", at["_"] % 2}, {"b", at["b"]}, {"c", at["_"] / 2}});
      },
      0);
  expect_elements(
      y[1], dealt,
      [&](Position at) {
        return element(x, {{"a", at["a"]}, {"b", at["x"]}, {"c", at["c"]}});
      },
      0);
}

TEST(Shape, Cast) {
  ProgramBuilder p;
  const Type type = real_type({{"a", 3}});
  const Block block = p.block({type}, [&](const Ids& in) {
    const ValueId i = p.one(Op::cast, in, index_type({{"a", 3}}), {{"kind", std::string("index")}});
    return Ids{i, p.one(Op::cast, in, bool_type({{"a", 3}}), {{"kind", std::string("bool")}}),
               p.one(Op::cast, {i}, type, {{"kind", std::string("real")}})};
  });
  const auto y = evaluate(p, block, {{type, {0, 2.7f, 5}}});
  EXPECT_EQ(y[0].data, (std::vector<float>{0, 2, 5}));
  EXPECT_EQ(y[0].type.kind, Kind::index);
  EXPECT_EQ(y[1].data, (std::vector<float>{0, 1, 1}));
  EXPECT_EQ(y[2].data, (std::vector<float>{0, 2, 5}));
}

TEST(Shape, Select) {
  const Type condition = bool_type({{"b", 3}}), a = real_type({{"a", 2}}), b = real_type({{"b", 3}, {"a", 2}});
  const Type result = real_type({{"a", 2}, {"b", 3}});
  ProgramBuilder p;
  const Block block = p.block({condition, a, b}, [&](const Ids& in) { return Ids{p.one(Op::select, in, result)}; });
  const TensorData c{condition, {1, 0, 1}}, x = random_data(a, 1), y = random_data(b, 2);
  const auto z = evaluate(p, block, {c, x, y});
  expect_elements(
      z[0], result, [&](const Position& at) { return element(c, at) ? element(x, at) : element(y, at); }, 0);
}

TEST(Shape, Take) {
  struct Case {
    std::vector<Axis> x, i, result;
  };
  const std::vector<Case> cases{
      {{{"a", 2}, {"n", 5}, {"b", 3}}, {}, {{"b", 3}, {"a", 2}}},
      {{{"a", 2}, {"n", 5}}, {{"k", 4}}, {{"a", 2}, {"k", 4}}},
      {{{"a", 2}, {"n", 5}, {"b", 3}}, {{"k", 4}, {"l", 2}}, {{"l", 2}, {"a", 2}, {"b", 3}, {"k", 4}}},
      {{{"n", 5}, {"a", 2}, {"b", 3}}, {{"a", 2}}, {{"a", 2}, {"b", 3}}},
      {{{"n", 5}, {"a", 2}, {"b", 3}}, {{"k", 4}, {"b", 3}}, {{"k", 4}, {"b", 3}, {"a", 2}}},
      {{{"n", 5}}, {{"a", 2}, {"k", 4}}, {{"k", 4}, {"a", 2}}},
  };
  for (const Case& it : cases) {
    for (const Kind kind : {Kind::index, Kind::real}) {
      ProgramBuilder p;
      const Type x_type = real_type(it.x), i_type{kind, it.i}, result = real_type(it.result);
      SCOPED_TRACE(to_string(x_type) + " " + to_string(i_type));
      const Block block = p.block({x_type, i_type}, [&](const Ids& in) {
        return Ids{p.one(Op::take, in, result, {{"axis", std::string("n")}})};
      });
      const TensorData x = random_data(x_type, 1);
      TensorData i = random_data(i_type, 2, 0, 5);
      for (float& k : i.data) k = std::floor(k);
      const auto y = evaluate(p, block, {x, i});
      expect_elements(
          y[0], result,
          [&](Position at) {
            at["n"] = static_cast<int64_t>(element(i, at));
            return element(x, at);
          },
          0);
    }
  }
}

/// The place of a number in the row-major order of a type.
size_t offset(const Type& type, const Position& at) {
  int64_t place = 0;
  for (const Axis& axis : type.axes) place = place * axis.size + at.at(axis.name);
  return static_cast<size_t>(place);
}

TEST(Shape, PutAddsWhatTakeWouldTake) {
  struct Case {
    std::vector<Axis> y, i, result;
  };
  const std::vector<Case> cases{
      {{{"b", 3}, {"a", 2}}, {}, {{"a", 2}, {"n", 5}, {"b", 3}}},
      {{{"a", 2}, {"k", 9}}, {{"k", 9}}, {{"a", 2}, {"n", 5}}},
      {{{"l", 2}, {"a", 2}, {"b", 3}, {"k", 4}}, {{"k", 4}, {"l", 2}}, {{"a", 2}, {"n", 5}, {"b", 3}}},
      {{{"a", 2}, {"b", 3}}, {{"a", 2}}, {{"n", 5}, {"a", 2}, {"b", 3}}},
      {{{"k", 9}, {"b", 3}, {"a", 2}}, {{"k", 9}, {"b", 3}}, {{"n", 5}, {"a", 2}, {"b", 3}}},
      {{{"n", 4}, {"a", 2}}, {{"n", 4}}, {{"a", 2}, {"n", 5}}},  // the index has an axis called like the taken one
  };
  for (const Case& it : cases) {
    for (const bool open : {false, true}) {
      ProgramBuilder p;
      const Type y_type = real_type(it.y), i_type = index_type(it.i), result = real_type(it.result);
      SCOPED_TRACE(to_string(y_type) + " " + to_string(i_type) + (open ? " open" : ""));
      Type given = result;
      if (open) given.axes[static_cast<size_t>(given.find("n"))].size = kUnknownSize;
      const Block block = p.block({y_type, i_type, result}, [&](const Ids& in) {
        const Ids inputs = open ? in : Ids{in[0], in[1]};
        return Ids{p.one(Op::put, inputs, given, {{"axis", std::string("n")}})};
      });
      const TensorData y = random_data(y_type, 1);
      TensorData i = random_data(i_type, 2, 0, 5);
      for (float& k : i.data) k = std::floor(k);
      std::vector<double> wanted(static_cast<size_t>(result.elements()));
      for_each(y_type, [&](const Position& at) {
        Position to = at;
        to["n"] = static_cast<int64_t>(element(i, at));
        wanted[offset(result, to)] += element(y, at);
      });
      expect_elements(evaluate(p, block, {y, i, random_data(result, 3)})[0], result,
                      [&](const Position& at) { return wanted[offset(result, at)]; });
    }
  }
}

TEST(Shape, PadPutsZerosAround) {
  const Type x_type = real_type({{"a", 2}, {"n", 3}, {"b", 2}});
  for (const int64_t whole : {3, 7}) {
    for (const bool open : {false, true}) {
      const Type result = real_type({{"a", 2}, {"n", whole}, {"b", 2}});
      Type given = result;
      if (open) given.axes[1].size = kUnknownSize;
      const int64_t before = whole == 3 ? 0 : 1;
      ProgramBuilder p;
      const Block block = p.block({x_type, result}, [&](const Ids& in) {
        return Ids{p.one(Op::pad, open ? in : Ids{in[0]}, given, {{"axis", std::string("n")}, {"before", before}})};
      });
      const TensorData x = random_data(x_type, 1);
      expect_elements(
          evaluate(p, block, {x, random_data(result, 2)})[0], result,
          [&](Position at) {
            at["n"] -= before;
            return at["n"] >= 0 && at["n"] < 3 ? element(x, at) : 0;
          },
          0);
    }
  }
}

TEST(Shape, CumsumGoesBothWays) {
  const Type type = real_type({{"n", 4}, {"b", 3}});
  for (const bool reverse : {false, true}) {
    ProgramBuilder p;
    Attributes attributes{{"axes", std::vector<std::string>{"n"}}};
    if (reverse) attributes["reverse"] = int64_t{1};
    const Block block = p.block({type}, [&](const Ids& in) { return Ids{p.one(Op::cumsum, in, type, attributes)}; });
    const TensorData x = random_data(type, 1);
    expect_elements(evaluate(p, block, {x})[0], type, [&](Position at) {
      double sum = 0;
      const int64_t n = at["n"];
      for (at["n"] = reverse ? n : 0; at["n"] < (reverse ? 4 : n + 1); ++at["n"]) sum += element(x, at);
      return sum;
    });
  }
}

TEST(Shape, Concat) {
  const Type a = real_type({{"b", 3}, {"n", 2}}), b = real_type({{"n", 1}}), c = real_type({{"a", 2}});
  const Type result = real_type({{"a", 2}, {"n", 4}, {"b", 3}});
  ProgramBuilder p;
  const Block block = p.block({a, b, c}, [&](const Ids& in) {
    return Ids{p.one(Op::concat, in, result, {{"axis", std::string("n")}})};
  });
  const TensorData x = random_data(a, 1), y = random_data(b, 2), z = random_data(c, 3);
  const auto all = evaluate(p, block, {x, y, z});
  expect_elements(
      all[0], result,
      [&](Position at) {
        const int64_t n = at["n"];
        if (n < 2) return element(x, at);
        at["n"] = 0;
        return element(n == 2 ? y : z, at);
      },
      0);
}

TEST(Shape, OutOfRangeIsAnErrorAtTheNode) {
  ProgramBuilder p;
  const Type type = real_type({{"n", 3}});
  p.number(0);  // the next node is the second
  const Block block = p.block({type, index_type()}, [&](const Ids& in) {
    return Ids{p.one(Op::take, in, real_type(), {{"axis", std::string("n")}})};
  });
  try {
    evaluate(p, block, {{type, {1, 2, 3}}, {index_type(), {7}}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0604");
    EXPECT_EQ(error.span(), (Span{1, 1, 2}));
  }
}

}  // namespace
}  // namespace duet::testing
