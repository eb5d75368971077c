// What is done in pieces is what would be done at once, on any number of threads.
#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;

const Axis kMember{"member", 3}, kRow{"row", 10}, kX{"x", 4};

ValueId draw(ProgramBuilder& p, const Type& type, int64_t site) {
  return p.one(Op::noise, {}, type, {{"distribution", std::string("normal")}, {"site", site}});
}

/// A tile whose results have these types; in the pieces, `fill` makes them.
Ids tile(ProgramBuilder& p, const Names& axes, const std::vector<int64_t>& sizes, const std::vector<Type>& results,
         const std::function<Ids()>& fill) {
  Block inside = p.block({}, [&](const Ids&) { return fill(); });
  return p.node(Op::tile, {}, results, {{"axes", axes}, {"sizes", sizes}}, {std::move(inside)});
}

/// On both engines, and on one and on several threads of the plan, where every bit must be equal.
void expect_whole(const ProgramBuilder& p, const Block& block, const std::vector<TensorData>& inputs = {}) {
  std::vector<std::vector<TensorData>> all;
  for (const int threads : {1, 2, 5}) {
    EngineOptions options;
    options.seed = 3;
    options.threads = threads;
    all.push_back(BothEngines(p, options).evaluate(block, inputs));
    ASSERT_EQ(all.back().size(), all.front().size());
    for (size_t i = 0; i < all.front().size(); ++i) EXPECT_EQ(all.back()[i].data, all.front()[i].data) << threads;
  }
}

TEST(Tile, PiecesOfDrawsAndOfSums) {
  for (const int64_t size : {1, 3, 4, 5, 10, 16}) {  // the last piece may be smaller
    SCOPED_TRACE(size);
    ProgramBuilder p;
    const Type whole = real_type({kRow, kX}), sum = real_type({kX});
    const Block block = p.block({whole}, [&](const Ids& in) {
      return tile(p, {"row"}, {size}, {whole, sum}, [&] {
        const ValueId y = p.one(Op::add, {in[0], draw(p, whole, 7)}, whole);
        return Ids{y, p.one(Op::sum, {y}, sum, {{"axes", Names{"row"}}})};
      });
    });
    expect_whole(p, block, {random_data(whole, 1)});
  }
}

TEST(Tile, TwoAxesAndALoopInside) {
  ProgramBuilder p;
  const Type x = real_type({kRow, kX}), weights = real_type({kMember, kX, {"y", 4}}), bias = real_type({{"y", 4}});
  const Type product = real_type({kMember, kRow, {"y", 4}}), carry = real_type({kMember, kRow, kX});
  const Type by_row = real_type({kRow, kX}), by_member = real_type({kMember, kX}), total = real_type({});
  const Block block = p.block({x, weights, bias}, [&](const Ids& in) {
    return tile(p, {"member", "row"}, {1, 4}, {carry, by_row, by_member, total}, [&] {
      const ValueId start = p.one(Op::expand, {in[0]}, carry);
      Block step = p.block({real_type(), carry}, [&](const Ids& it) {
        const ValueId y =
            p.one(Op::linear, {it[1], in[1], in[2]}, product,
                  {{"in", std::string("x")}, {"out", std::string("y")}, {"activation", std::string("tanh")}});
        const ValueId next = p.one(Op::rename, {y}, carry, {{"from", std::string("y")}, {"to", std::string("x")}});
        return Ids{p.one(Op::add, {next, draw(p, carry, 7)}, carry)};
      });
      const ValueId end = p.one(Op::iterate, {start}, carry, {{"count", int64_t{3}}}, {std::move(step)});
      return Ids{end, p.one(Op::sum, {end}, by_row, {{"axes", Names{"member"}}}),
                 p.one(Op::sum, {end}, by_member, {{"axes", Names{"row"}}}),
                 p.one(Op::sum, {end}, total, {{"axes", Names{"row", "x", "member"}}})};
    });
  });
  expect_whole(p, block, {random_data(x, 1), random_data(weights, 2), random_data(bias, 3)});
}

TEST(Tile, OnlyTheInsideKnowsTheAxis) {
  ProgramBuilder p;
  const Block block = p.block({}, [&](const Ids&) {
    return tile(p, {"row"}, {4}, {real_type()}, [&] {
      return Ids{p.one(Op::sum, {draw(p, real_type({kRow}), 7)}, real_type(), {{"axes", Names{"row"}}})};
    });
  });
  expect_whole(p, block);
}

// Cases are prepared when they are first chosen, here by several threads at the same time: pieces are large enough for
// all of them to get some.
TEST(Tile, AChoiceInside) {
  ProgramBuilder p;
  const Axis many{"row", 40}, wide{"x", 5000};
  const Type which = real_type(), x = real_type({many, wide}), row = real_type({many});
  const Block block = p.block({which, x}, [&](const Ids& in) {
    return tile(p, {"row"}, {1}, {x}, [&] {
      std::vector<Block> cases;
      for (const Op op : {Op::mul, Op::add}) {
        cases.push_back(p.block({}, [&](const Ids&) {
          const ValueId mean = p.one(Op::mean, {in[1]}, row, {{"axes", Names{"x"}}});
          const ValueId means = p.one(Op::expand, {mean}, x);
          return Ids{p.one(Op::tanh, {p.one(op, {in[1], means}, x)}, x)};
        }));
      }
      return p.node(Op::choose, {in[0]}, {x}, {{"cases", std::vector<int64_t>{1, 2}}}, std::move(cases));
    });
  });
  for (const float chosen : {1.0f, 2.0f}) expect_whole(p, block, {{which, {chosen}}, random_data(x, 1)});
}

TEST(Tile, AResultMayBeAnother) {
  ProgramBuilder p;
  const Type whole = real_type({kRow, kX}), turned = real_type({kX, kRow});
  const Block block = p.block({whole}, [&](const Ids& in) {
    return tile(p, {"row"}, {4}, {whole, turned, whole}, [&] {
      const ValueId y = p.one(Op::exp, {in[0]}, whole);
      return Ids{y, p.one(Op::expand, {y}, turned), y};
    });
  });
  expect_whole(p, block, {random_data(whole, 1)});
}

/// One step down a gradient that a tile sums over pieces of a batch; gives the parameters afterwards.
struct SummedGradient {
  explicit SummedGradient(bool read_twice) {
    const Type x{real_type({kRow, kX})}, w{real_type({kX})};
    weights = p.state("w", w, {Initial::Kind::uniform, 1, -1});
    step = p.block({x}, [&](const Ids& in) {
      const ValueId before = p.load(weights);
      const Ids sum = tile(p, {"row"}, {3}, {w}, [&] {
        const ValueId y = p.one(Op::log, {in[0]}, x);
        return Ids{p.one(Op::sum, {p.one(Op::mul, {y, before}, x)}, w, {{"axes", Names{"row"}}})};
      });
      p.node(Op::descend, {p.number(0.1), p.number(0), sum[0]}, {},
             {{"parameters", std::vector<int64_t>{weights}}, {"optimizer", std::string("sgd")}});
      Ids results{p.load(weights)};
      if (read_twice) results.push_back(p.one(Op::neg, {sum[0]}, w));
      return results;
    });
  }

  ProgramBuilder p;
  int64_t weights = 0;
  Block step;
};

TensorData positive_rows() {
  TensorData x = random_data(real_type({kRow, kX}), 1);
  for (float& value : x.data) value = std::abs(value) + 0.1f;
  return x;
}

TEST(Tile, AnOptimizerAddsTheTermsOfItsGradient) {
  for (const bool read_twice : {false, true}) {
    const SummedGradient gradient(read_twice);
    expect_whole(gradient.p, gradient.step, {positive_rows()});
  }
}

TEST(Tile, TermsThatAreNotFiniteAreNoticedBeforeTheStep) {
  const SummedGradient gradient(false);
  TensorData x = positive_rows();
  x.data[17] = -1;
  for (const int threads : {1, 2}) {
    EngineOptions options;
    options.threads = threads;
    Plan plan(gradient.p.program, options);
    try {
      plan.evaluate(gradient.step, std::vector{x});
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "E0603");
      EXPECT_NE(std::string(error.what()).find("`log` gave NaN"), std::string::npos) << error.what();
    }
    EXPECT_NO_THROW(plan.evaluate(gradient.step, std::vector{positive_rows()})) << "the parameters are as they were";
  }
}

}  // namespace
}  // namespace duet::testing
