// What is not finite never gets into a state; the error names the expression that made it.

#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

using Ids64 = std::vector<int64_t>;

const Type kReal = real_type();
const Type kRows = real_type({{"row", 5}});

Attributes sgd(int64_t parameter) {
  return {{"parameters", Ids64{parameter}}, {"optimizer", std::string("sgd")}};
}

/// What evaluating the block ends with.
Error error_of(Executor& engine, const Block& block, const std::vector<TensorData>& inputs) {
  try {
    engine.evaluate(block, inputs);
  } catch (const Error& error) {
    return error;
  }
  return Error("none", "no error");
}

/// The block takes `good`, and blames the operation at `guilty` in these words for `bad`.
void expect_named(const ProgramBuilder& p, const Block& block, uint32_t guilty, const TensorData& good,
                  const TensorData& bad, const std::string& words) {
  Plan plan(p.program, {});
  EXPECT_EQ(error_of(plan, block, {good}).code(), "none");
  const Error error = error_of(plan, block, {bad});
  EXPECT_EQ(error.code(), "E0603");
  EXPECT_EQ(error.span().begin, guilty) << error.what();
  EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
}

TEST(PlanTrap, NamesTheFirstOperationThatWentWrong) {
  ProgramBuilder p;
  const int64_t w = p.state("w", kReal, {Initial::Kind::constant, 1, -1}), s = p.state("s", kReal);
  uint32_t guilty = 0;
  const Block step = p.block({kReal}, [&](const Ids& in) {
    const ValueId x = p.one(Op::sub, {p.load(w), in[0]}, kReal);
    guilty = p.nodes_so_far();
    const ValueId bad = p.one(Op::log, {x}, kReal);
    const ValueId y = p.one(Op::square, {p.one(Op::exp, {bad}, kReal)}, kReal);
    Block inner = p.block({}, [&](const Ids&) {
      p.node(Op::descend, {p.number(0.1), p.number(0), p.one(Op::mul, {y, p.number(2)}, kReal)}, {}, sgd(w));
      return Ids{};
    });
    p.node(Op::repeat, {p.number(1)}, {}, {}, {inner});
    p.assign(s, y);
    return Ids{};
  });
  expect_named(p, step, guilty, {kReal, {0.5f}}, {kReal, {3}}, "`log` gave NaN");
}

TEST(PlanTrap, NamesTheLossThatIsNaNThoughItsGradientIsNot) {
  ProgramBuilder p;
  const int64_t w = p.state("w", kReal, {Initial::Kind::constant, 1, -1});
  uint32_t guilty = 0;
  const Block step = p.block({kReal}, [&](const Ids& in) {
    const ValueId x = p.one(Op::sub, {p.load(w), in[0]}, kReal);
    guilty = p.nodes_so_far();
    const ValueId loss = p.one(Op::log, {x}, kReal);
    p.node(Op::descend, {p.number(0.1), loss, p.one(Op::div, {p.number(1), x}, kReal)}, {}, sgd(w));
    return Ids{p.load(w)};
  });
  expect_named(p, step, guilty, {kReal, {0.5f}}, {kReal, {3}}, "`log` gave NaN");
}

/// log(in) inside a chain whose result is the loss; `place` becomes where the logarithm is.
Block chain_with_a_log(ProgramBuilder& p, int64_t w, uint32_t& place) {
  return p.block({kRows}, [&, w](const Ids& in) {
    Block chain = p.block({}, [&](const Ids&) {
      // An infinity that does no harm is nobody's fault.
      const ValueId safe = p.one(Op::div, {p.number(1), p.one(Op::exp, {p.number(1000)}, kReal)}, kReal);
      const ValueId x = p.one(Op::mul, {in[0], p.number(1)}, kRows);
      place = p.nodes_so_far();
      const ValueId bad = p.one(Op::log, {x}, kRows);
      return Ids{p.one(Op::exp, {p.one(Op::add, {bad, safe}, kRows)}, kRows)};
    });
    const ValueId y = p.one(Op::fused, {}, kRows, {}, {std::move(chain)});
    const ValueId loss = p.one(Op::sum, {y}, kReal, {{"axes", std::vector<std::string>{"row"}}});
    p.node(Op::descend, {p.number(0.1), loss, p.number(1)}, {}, sgd(w));
    return Ids{y};
  });
}

TEST(PlanTrap, NamesTheOperationInsideAChain) {
  ProgramBuilder p;
  const int64_t w = p.state("w", kReal, {Initial::Kind::constant, 1, -1});
  uint32_t guilty = 0;
  const Block step = chain_with_a_log(p, w, guilty);
  expect_named(p, step, guilty, {kRows, {1, 2, 3, 4, 5}}, {kRows, {1, 2, -3, 4, 5}},
               "`log` gave NaN (its input: real[row: 5] from -3 to 5");
}

TEST(PlanTrap, MinimizeIsRefused) {
  ProgramBuilder p;
  const int64_t w = p.state("w", kReal);
  const Block step = p.block({}, [&](const Ids&) {
    Block loss = p.block({}, [&](const Ids&) { return Ids{p.one(Op::square, {p.load(w)}, kReal)}; });
    return p.node(Op::minimize, {p.number(0.1)}, {kReal}, {{"parameters", Ids64{w}}, {"optimizer", std::string("sgd")}},
                  {loss});
  });
  Plan plan(p.program, {});
  EXPECT_EQ(error_of(plan, step, {}).code(), "E0609");
}

}  // namespace
}  // namespace duet::testing
