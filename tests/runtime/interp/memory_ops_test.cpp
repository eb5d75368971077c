#include <set>

#include "tests/runtime/interp/support.h"

namespace duet::testing {
namespace {

const Type kReal = real_type();

struct Store {
  ProgramBuilder p;
  int64_t a = p.memory("a", 50), b = p.memory("b", 50);
  Store() {
    p.program.robot.obs = 2;
    p.program.robot.action = 1;
  }
  /// Stores transitions whose obs are (n, m), for n and m of two axes, lined up with a reward of one of them.
  Block filling(int64_t memory, bool masked = false) {
    const Type obs = real_type({{"n", 3}, {"obs", 2}, {"m", 2}}), action = real_type({{"action", 1}}),
               reward = real_type({{"m", 2}}), alive = real_type(), mask = bool_type({{"n", 3}});
    return p.block({obs, action, reward, obs, alive, mask}, [&, masked, memory](const Ids& in) {
      Ids fields = in;
      if (!masked) fields.pop_back();
      p.node(Op::store, fields, {}, {{"memory", memory}});
      return Ids{};
    });
  }
  std::vector<TensorData> transitions() const {
    TensorData obs = random_data(real_type({{"n", 3}, {"obs", 2}, {"m", 2}}), 1);
    for (size_t i = 0; i < 12; ++i) obs.data[i] = static_cast<float>(i);
    return {obs,          {real_type({{"action", 1}}), {7}}, {real_type({{"m", 2}}), {10, 20}}, obs,
            {kReal, {1}}, {bool_type({{"n", 3}}), {1, 0, 1}}};
  }
  Ids gathered(ValueId rows, const std::vector<Axis>& front) {
    std::vector<Axis> obs = front, action = front;
    obs.push_back({"obs", 2});
    action.push_back({"action", 1});
    return p.node(Op::gather, {rows},
                  {real_type(obs), real_type(action), real_type(front), real_type(obs), real_type(front)},
                  {{"memory", a}});
  }
};

TEST(MemoryOps, StoreLinesUpAndGatherGivesBack) {
  for (const bool masked : {false, true}) {
    Store s;
    const Block fill = s.filling(s.a, masked);
    const Block all = s.p.block({}, [&](const Ids&) {
      const ValueId rows = s.p.one(Op::rows, {}, index_type({{"row", kUnknownSize}}), {{"memory", s.a}});
      return s.gathered(rows, {{"row", kUnknownSize}});
    });
    Interpreter interpreter(s.p.program, {});
    interpreter.evaluate(fill, s.transitions());
    const auto y = interpreter.evaluate(all);
    // Rows in the order n, m; obs [n, obs, m] counts up.
    const std::vector<float> obs = masked ? std::vector<float>{0, 2, 1, 3, 8, 10, 9, 11}
                                          : std::vector<float>{0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11};
    EXPECT_EQ(y[0].data, obs);
    EXPECT_EQ(y[2].data, masked ? (std::vector<float>{10, 20, 10, 20}) : (std::vector<float>{10, 20, 10, 20, 10, 20}));
    EXPECT_EQ(y[1].data, std::vector<float>(masked ? 4 : 6, 7));
    EXPECT_EQ(y[4].data, std::vector<float>(masked ? 4 : 6, 1));
  }
}

TEST(MemoryOps, SampleSharesRowsAndEmptyMemoriesLeaveTheirs) {
  Store s;
  const Block fill_a = s.filling(s.a);
  const Block fill_b = s.filling(s.b);
  const Type obs = real_type({{"batch", 20}, {"obs", 2}}), action = real_type({{"batch", 20}, {"action", 1}}),
             row = real_type({{"batch", 20}});
  const Block draw = s.p.block({}, [&](const Ids&) {
    return s.p.node(Op::sample, {}, {obs, action, row, obs, row},
                    {{"memories", std::vector<int64_t>{s.a, s.b}},
                     {"shares", std::vector<double>{0.25, 0.75}},
                     {"count", int64_t{20}},
                     {"site", int64_t{5}}});
  });
  Interpreter interpreter(s.p.program, {});
  try {
    interpreter.evaluate(draw);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0606");
  }
  interpreter.evaluate(fill_a, s.transitions());
  EXPECT_EQ(interpreter.evaluate(draw)[1].data, std::vector<float>(20, 7));
  auto other = s.transitions();
  other[1].data[0] = 8;
  interpreter.evaluate(fill_b, other);
  const auto y = interpreter.evaluate(draw);
  std::vector<float> wanted(20, 8);
  std::fill_n(wanted.begin(), 5, 7.0f);
  EXPECT_EQ(y[1].data, wanted);
  EXPECT_NE(y[0].data, interpreter.evaluate(draw)[0].data);  // another moment
}

TEST(MemoryOps, SplitIsAPartition) {
  Store s;
  const Block fill = s.filling(s.a);
  const Block split = s.p.block({}, [&](const Ids&) {
    const ValueId rows = s.p.one(Op::rows, {}, index_type({{"row", kUnknownSize}}), {{"memory", s.a}});
    return s.p.node(Op::split, {rows}, {index_type({{"train", kUnknownSize}}), index_type({{"holdout", kUnknownSize}})},
                    {{"fraction", 0.2}, {"site", int64_t{1}}});
  });
  Interpreter interpreter(s.p.program, {});
  interpreter.evaluate(fill, s.transitions());
  const auto y = interpreter.evaluate(split);
  EXPECT_EQ(y[0].data.size(), 5u);
  EXPECT_EQ(y[1].data.size(), 1u);
  std::set<float> all(y[0].data.begin(), y[0].data.end());
  all.insert(y[1].data[0]);
  EXPECT_EQ(all.size(), 6u);
}

TEST(MemoryOps, EachBatchIsOnePassInAnOrderOfItsOwnForEachMember) {
  Store s;
  ProgramBuilder& p = s.p;
  const Block fill = s.filling(s.a);
  const int64_t seen = p.state("seen", real_type({{"member", 2}})), batches = p.state("batches", kReal),
                same = p.state("same", kReal);
  const std::vector<Axis> front{{"member", 2}, {"batch", kUnknownSize}};
  const Type row = real_type(front), obs = real_type({front[0], front[1], {"obs", 2}}),
             action = real_type({front[0], front[1], {"action", 1}});
  const Block pass = p.block({}, [&](const Ids&) {
    const ValueId rows = p.one(Op::rows, {}, index_type({{"row", kUnknownSize}}), {{"memory", s.a}});
    Block body = p.block({obs, action, row, obs, row}, [&](const Ids& in) {
      const Type member = real_type({{"member", 2}});
      const ValueId sum = p.one(Op::sum, {in[0]}, member, {{"axes", std::vector<std::string>{"batch", "obs"}}});
      p.assign(seen, p.one(Op::add, {p.load(seen), sum}, member));
      p.assign(batches, p.one(Op::add, {p.load(batches), p.number(1)}, kReal));
      const ValueId deviation = p.one(Op::std, {sum}, kReal, {{"axes", std::vector<std::string>{"member"}}});
      p.assign(same, p.one(Op::add, {p.load(same), deviation}, kReal));
      return Ids{};
    });
    p.node(Op::each_batch, {rows}, {},
           {{"count", int64_t{4}},
            {"memory", s.a},
            {"site", int64_t{1}},
            {"axis", std::string("member")},
            {"members", int64_t{2}}},
           {body});
    return Ids{p.load(seen), p.load(batches), p.load(same)};
  });
  Interpreter interpreter(p.program, {});
  interpreter.evaluate(fill, s.transitions());
  const auto y = interpreter.evaluate(pass);
  EXPECT_EQ(y[0].data, (std::vector<float>{66, 66}));  // 0 + 1 + ... + 11, once for each member
  EXPECT_EQ(y[1].data[0], 2);                          // 4 + 2 rows
  EXPECT_GT(y[2].data[0], 0);                          // the members' batches differ
}

TEST(Flow, RepeatEveryChunksAndUntil) {
  ProgramBuilder p;
  const int64_t n = p.state("n", kReal), sum = p.state("sum", kReal);
  const Type piece = real_type({{"x", kUnknownSize}});
  const auto count = [&] { p.assign(n, p.one(Op::add, {p.load(n), p.number(1)}, kReal)); };
  const Block block = p.block({real_type({{"x", 7}})}, [&](const Ids& in) {
    Block three = p.block({}, [&](const Ids&) {
      count();
      return Ids{};
    });
    p.node(Op::repeat, {p.number(3.9)}, {}, {}, {three});
    const ValueId after_repeat = p.load(n);
    Block chunk = p.block({piece}, [&](const Ids& c) {
      count();
      const ValueId square = p.one(Op::sum, {c[0]}, kReal, {{"axes", std::vector<std::string>{"x"}}});
      p.assign(sum, p.one(Op::add, {p.load(sum), square}, kReal));
      return Ids{};
    });
    p.node(Op::chunks, {in[0]}, {}, {{"axis", std::string("x")}, {"size", int64_t{3}}}, {chunk});
    const ValueId after_chunks = p.load(n);
    Block look = p.block({}, [&](const Ids&) {
      count();
      const ValueId e = p.one(Op::maximum, {p.one(Op::sub, {p.number(10), p.load(n)}, kReal), p.number(0.5)}, kReal);
      return Ids{e};
    });
    p.node(Op::until, {}, {}, {{"patience", int64_t{2}}, {"threshold", 0.01}}, {look});
    return Ids{after_repeat, after_chunks, p.load(n), p.load(sum)};
  });
  const auto y = evaluate(p, block, {{real_type({{"x", 7}}), {1, 2, 3, 4, 5, 6, 7}}});
  EXPECT_EQ(y[0].data[0], 3);
  EXPECT_EQ(y[1].data[0], 6);
  // Looks at n = 7: 3, 8: 2, 9: 1, 10: 0.5, then 11, 12, 13 without progress: more than two in a row.
  EXPECT_EQ(y[2].data[0], 13);
  EXPECT_EQ(y[3].data[0], 28);
}

TEST(Flow, IterationsDrawAnewButOneMomentDrawsTheSame) {
  ProgramBuilder p;
  const Type type = real_type({{"k", 4}});
  const int64_t last = p.state("last", type), total = p.state("total", type);
  const auto draw = [&] {
    return p.one(Op::noise, {}, type, {{"distribution", std::string("normal")}, {"site", int64_t{9}}});
  };
  const Block block = p.block({}, [&](const Ids&) {
    const ValueId before = draw();
    Block body = p.block({}, [&](const Ids&) {
      p.assign(last, draw());
      p.assign(total, p.one(Op::add, {p.load(total), draw()}, type));
      return Ids{};
    });
    p.node(Op::repeat, {p.number(2)}, {}, {}, {body});
    return Ids{before, draw(), p.load(last), p.load(total)};
  });
  const auto y = evaluate(p, block);
  EXPECT_EQ(y[0].data, y[1].data);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NE(y[2].data[i], y[0].data[i]);
    EXPECT_NE(y[3].data[i], 2 * y[2].data[i]);
  }
}

}  // namespace
}  // namespace duet::testing
