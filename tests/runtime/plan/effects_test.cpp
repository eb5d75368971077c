#include <set>

#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;
using Ids64 = std::vector<int64_t>;

const Type kReal = real_type();

struct Store {
  ProgramBuilder p;
  int64_t a = p.memory("a", 50), b = p.memory("b", 50);
  Store() {
    p.program.robot.obs = 2;
    p.program.robot.action = 1;
  }
  /// Stores transitions of two axes, n and m, lined up with a reward of one of them.
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
  std::vector<TensorData> transitions(float action = 7) const {
    TensorData obs = random_data(real_type({{"n", 3}, {"obs", 2}, {"m", 2}}), 1);
    for (size_t i = 0; i < 12; ++i) obs.data[i] = static_cast<float>(i);
    return {obs,          {real_type({{"action", 1}}), {action}}, {real_type({{"m", 2}}), {10, 20}}, obs,
            {kReal, {1}}, {bool_type({{"n", 3}}), {1, 0, 1}}};
  }
  ValueId rows() { return p.one(Op::rows, {}, index_type({{"row", kUnknownSize}}), {{"memory", a}}); }
  /// Fields with the axes of `front`, or with those of the field itself first.
  static std::vector<Type> fields(const std::vector<Axis>& front, bool turned = false) {
    const auto with = [&](const Axis& own) {
      std::vector<Axis> axes = front;
      axes.insert(turned ? axes.begin() : axes.end(), own);
      return real_type(axes);
    };
    return {with({"obs", 2}), with({"action", 1}), real_type(front), with({"obs", 2}), real_type(front)};
  }
};

/// What Store::transitions() leave in a memory, in the order n, m; obs [n, obs, m] counts up.
void expect_rows(const std::vector<TensorData>& y, bool masked, bool turned) {
  using Floats = std::vector<float>;
  const Floats obs = masked ? Floats{0, 2, 1, 3, 8, 10, 9, 11} : Floats{0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11};
  const Floats columns = masked ? Floats{0, 1, 8, 9, 2, 3, 10, 11} : Floats{0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11};
  EXPECT_EQ(y[0].data, turned ? columns : obs);
  EXPECT_EQ(y[1].data, Floats(masked ? 4 : 6, 7));
  EXPECT_EQ(y[2].data, masked ? (Floats{10, 20, 10, 20}) : (Floats{10, 20, 10, 20, 10, 20}));
  EXPECT_EQ(y[4].data, Floats(masked ? 4 : 6, 1));
}

TEST(MemoryOps, StoreLinesUpAndGatherGivesBack) {
  for (const bool masked : {false, true}) {
    for (const bool turned : {false, true}) {
      Store s;
      const Block fill = s.filling(s.a, masked);
      const Block all = s.p.block({}, [&](const Ids&) {
        return s.p.node(Op::gather, {s.rows()}, Store::fields({{"row", kUnknownSize}}, turned), {{"memory", s.a}});
      });
      BothEngines both(s.p);
      both.evaluate(fill, s.transitions());
      expect_rows(both.evaluate(all), masked, turned);
      // The same block once more, now that there are more rows.
      both.evaluate(fill, s.transitions(8));
      EXPECT_EQ(both.evaluate(all)[2].data.size(), masked ? 8u : 12u);
    }
  }
}

TEST(MemoryOps, SampleSharesRowsAndEmptyMemoriesLeaveTheirs) {
  for (const bool scaled : {false, true}) {
    Store s;
    const Block fill_a = s.filling(s.a), fill_b = s.filling(s.b);
    const Block draw = s.p.block({}, [&](const Ids&) {
      const Ids factors = scaled ? Ids{s.p.number(1), s.p.number(2)} : Ids{};
      Ids y = s.p.node(Op::sample, factors, Store::fields({{"batch", 20}}),
                       {{"memories", Ids64{s.a, s.b}},
                        {"shares", std::vector<double>{0.25, 0.75}},
                        {"count", int64_t{20}},
                        {"site", int64_t{5}}});
      y.push_back(
          s.p.one(Op::sample_starts, {}, real_type({{"obs", 2}, {"start", 6}}),
                  {{"memory", s.a}, {"count", int64_t{6}}, {"axis", std::string("start")}, {"site", int64_t{6}}}));
      return y;
    });
    BothEngines both(s.p);
    EXPECT_EQ(both.failure(draw), "E0606");
    both.evaluate(fill_a, s.transitions());
    EXPECT_EQ(both.evaluate(draw)[1].data, std::vector<float>(20, 7));
    both.evaluate(fill_b, s.transitions(8));
    const auto y = both.evaluate(draw);
    std::vector<float> wanted(20, 8);
    std::fill_n(wanted.begin(), scaled ? 3 : 5, 7.0f);  // of 20 rows: 0.25 : 1.5, or 0.25 : 0.75
    EXPECT_EQ(y[1].data, wanted);
    EXPECT_NE(y[0].data, both.evaluate(draw)[0].data);  // another moment
  }
}

TEST(MemoryOps, SplitIsAPartition) {
  Store s;
  const Block fill = s.filling(s.a);
  const Block split = s.p.block({}, [&](const Ids&) {
    return s.p.node(Op::split, {s.rows()},
                    {index_type({{"train", kUnknownSize}}), index_type({{"holdout", kUnknownSize}})},
                    {{"fraction", 0.2}, {"site", int64_t{1}}});
  });
  BothEngines both(s.p);
  EXPECT_EQ(both.failure(split), "E0606");
  for (int i = 0; i < 3; ++i) {
    both.evaluate(fill, s.transitions());
    const auto y = both.evaluate(split);
    EXPECT_EQ(y[0].data.size(), (std::vector<size_t>{5, 10, 14})[static_cast<size_t>(i)]);
    std::set<float> all(y[0].data.begin(), y[0].data.end());
    all.insert(y[1].data.begin(), y[1].data.end());
    EXPECT_EQ(all.size(), 6u * static_cast<size_t>(i + 1));
    EXPECT_EQ(y[0].data.size() + y[1].data.size(), all.size());
  }
}

TEST(MemoryOps, EachBatchIsOnePassInAnOrderOfItsOwnForEachMember) {
  Store s;
  ProgramBuilder& p = s.p;
  const Block fill = s.filling(s.a);
  const Type member = real_type({{"member", 2}});
  const int64_t seen = p.state("seen", member), total = p.state("total", member), batches = p.state("batches", kReal);
  const std::vector<Axis> front{{"member", 2}, {"batch", kUnknownSize}};
  const Block pass = p.block({}, [&](const Ids&) {
    Block body = p.block(Store::fields(front), [&](const Ids& in) {
      const ValueId number = p.load(batches);
      const ValueId sum = p.one(Op::sum, {in[0]}, member, {{"axes", Names{"batch", "obs"}}});
      // Weighted by the number of the batch, so that order counts.
      const ValueId weighted = p.one(Op::mul, {sum, p.one(Op::add, {number, p.number(1)}, kReal)}, member);
      p.assign(seen, p.one(Op::add, {p.load(seen), weighted}, member));
      p.assign(total, p.one(Op::add, {p.load(total), sum}, member));
      p.assign(batches, p.one(Op::add, {p.load(batches), p.number(1)}, kReal));
      return Ids{};
    });
    p.node(Op::each_batch, {s.rows()}, {},
           {{"count", int64_t{4}},
            {"memory", s.a},
            {"site", int64_t{1}},
            {"axis", std::string("member")},
            {"members", int64_t{2}}},
           {body});
    return Ids{p.load(seen), p.load(batches), p.load(total)};
  });
  BothEngines both(s.p);
  EXPECT_EQ(both.evaluate(pass)[1].data[0], 0);  // nothing there
  both.evaluate(fill, s.transitions());
  const auto y = both.evaluate(pass);
  EXPECT_NE(y[0].data[0], y[0].data[1]);               // the members' batches differ
  EXPECT_EQ(y[1].data[0], 2);                          // 4 + 2 rows
  EXPECT_EQ(y[2].data, (std::vector<float>{66, 66}));  // 0 + 1 + ... + 11, once for each member
  both.evaluate(fill, s.transitions(3));
  EXPECT_EQ(both.evaluate(pass)[1].data[0], 5);  // three times 4 rows
}

TEST(Flow, RepeatEveryChunksAndUntil) {
  ProgramBuilder p;
  const int64_t n = p.state("n", kReal), sum = p.state("sum", kReal);
  const Type piece = real_type({{"y", 2}, {"x", kUnknownSize}});
  const auto count = [&] { p.assign(n, p.one(Op::add, {p.load(n), p.number(1)}, kReal)); };
  const Block block = p.block({real_type({{"x", 7}, {"y", 2}})}, [&](const Ids& in) {
    Block three = p.block({}, [&](const Ids&) {
      count();
      return Ids{};
    });
    p.node(Op::repeat, {p.number(3.9)}, {}, {}, {three});
    p.node(Op::every, {}, {}, {{"steps", int64_t{5}}, {"place", int64_t{0}}}, {three});
    const ValueId after_repeat = p.load(n);
    Block chunk = p.block({piece}, [&](const Ids& c) {
      count();
      const ValueId total = p.one(Op::sum, {c[0]}, kReal, {{"axes", Names{"x", "y"}}});
      p.assign(sum, p.one(Op::add, {p.load(sum), p.one(Op::mul, {total, p.load(n)}, kReal)}, kReal));
      return Ids{};
    });
    p.node(Op::chunks, {in[0]}, {}, {{"axis", std::string("x")}, {"size", int64_t{3}}}, {chunk});
    const ValueId after_chunks = p.load(n);
    Block look = p.block({}, [&](const Ids&) {
      count();
      return Ids{p.one(Op::maximum, {p.one(Op::sub, {p.number(11), p.load(n)}, kReal), p.number(0.5)}, kReal)};
    });
    p.node(Op::until, {}, {}, {{"patience", int64_t{2}}, {"threshold", 0.01}}, {look});
    return Ids{after_repeat, after_chunks, p.load(n), p.load(sum)};
  });
  BothEngines both(p);
  const auto y =
      both.evaluate(block, {{real_type({{"x", 7}, {"y", 2}}), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}}});
  EXPECT_EQ(y[0].data[0], 4);
  EXPECT_EQ(y[1].data[0], 7);
  // Looks at n = 8: 3, 9: 2, 10: 1, 11: 0.5, then 12, 13, 14 without progress: more than two in a row.
  EXPECT_EQ(y[2].data[0], 14);
  EXPECT_EQ(y[3].data[0], 5 * 21 + 6 * 57 + 7 * 27);
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
  const auto y = BothEngines(p).evaluate(block);
  EXPECT_EQ(y[0].data, y[1].data);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NE(y[2].data[i], y[0].data[i]);
    EXPECT_NE(y[3].data[i], 2 * y[2].data[i]);
  }
}

TEST(PlanStates, LoadedValuesStayWhenTheStateChanges) {
  ProgramBuilder p;
  const Type type = real_type({{"a", 3}, {"b", 2}}), turned = real_type({{"b", 2}, {"a", 3}});
  const int64_t s = p.state("s", type, {Initial::Kind::uniform, 1.0, -1});
  const Block block = p.block({}, [&](const Ids&) {
    const ValueId before = p.load(s);
    const ValueId row = p.one(Op::take, {before, p.number(1)}, real_type({{"a", 3}}), {{"axis", std::string("b")}});
    const ValueId other = p.load(s);  // read before the change only
    const ValueId sum = p.one(Op::sum, {other}, kReal, {{"axes", Names{"a", "b"}}});
    p.assign(s, p.one(Op::expand, {p.one(Op::add, {p.load(s), p.number(1)}, type)}, turned));
    Block twice = p.block({}, [&](const Ids&) {
      const ValueId x = p.load(s);
      p.assign(s, p.one(Op::mul, {x, p.number(2)}, type));
      p.assign(s, p.one(Op::add, {p.load(s), x}, type));
      return Ids{};
    });
    p.node(Op::repeat, {p.number(2)}, {}, {}, {twice});
    return Ids{p.one(Op::add, {row, sum}, real_type({{"a", 3}})), p.load(s)};
  });
  BothEngines both(p);
  for (int i = 0; i < 3; ++i) both.evaluate(block, {}, 1e-5);
}

TEST(PlanStates, TrackMixes) {
  ProgramBuilder p;
  const Type type = real_type({{"a", 200000}});  // more than one piece
  const int64_t fast = p.state("fast", type, {Initial::Kind::uniform, 0.1, -1});
  const int64_t slow = p.state("slow", type, {Initial::Kind::copy, 0, fast});
  const Block block = p.block({}, [&](const Ids&) {
    p.assign(fast, p.one(Op::add, {p.load(fast), p.number(1)}, type));
    p.node(Op::track, {}, {}, {{"slow", Ids64{slow}}, {"fast", Ids64{fast}}, {"rate", 0.75}});
    return Ids{p.load(slow)};
  });
  BothEngines both(p);
  for (int i = 0; i < 2; ++i) both.evaluate(block);
}

Attributes adam(const Ids64& parameters, const Ids64& first, const Ids64& second, int64_t steps) {
  return {{"parameters", parameters},
          {"first_moments", first},
          {"second_moments", second},
          {"steps", steps},
          {"optimizer", std::string("adam")},
          {"beta1", 0.9},
          {"beta2", 0.999},
          {"epsilon", 1e-8},
          {"decay", std::vector<double>{0.1, 0}}};
}

TEST(PlanDescend, StepsLikeTheInterpreter) {
  for (const bool with_adam : {true, false}) {
    ProgramBuilder p;
    const Type large = real_type({{"a", 300}, {"b", 700}}), turned = real_type({{"b", 700}, {"a", 300}});
    Ids64 w, m, v;
    for (const Type& type : {large, real_type({{"a", 3}})}) {
      const std::string name = "w" + std::to_string(w.size());
      w.push_back(p.state(name, type, {Initial::Kind::uniform, 1.0, -1}));
      m.push_back(p.state(name + ".m", type));
      v.push_back(p.state(name + ".v", type));
    }
    const int64_t steps = p.state("steps", kReal);
    Attributes attributes = adam(w, m, v, steps);
    if (!with_adam) attributes = {{"parameters", w}, {"optimizer", std::string("sgd")}};
    const Block step = p.block({}, [&](const Ids&) {
      Ids inputs{p.number(0.01), p.number(0)};
      const Type small = real_type({{"a", 3}});
      inputs.push_back(p.one(Op::expand, {p.one(Op::mul, {p.load(w[0]), p.number(2)}, large)}, large));
      inputs.push_back(p.one(Op::mul, {p.load(w[1]), p.number(2)}, small));
      p.node(Op::descend, inputs, {}, attributes);
      return Ids{p.load(w[0]), p.load(w[1]), p.load(steps)};
    });
    BothEngines both(p);
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(both.evaluate(step, {}, 1e-5)[2].data[0], with_adam ? i : 0);
  }
}

TEST(PlanDescend, ACopyStartsBeforeItsSourceChanges) {
  for (const bool fused : {false, true}) {
    ProgramBuilder p;
    const int64_t fast = p.state("fast", kReal, {Initial::Kind::constant, 1, -1});
    const int64_t slow = p.state("slow", kReal, {Initial::Kind::copy, 0, fast});
    Attributes attributes{{"parameters", Ids64{fast}}, {"optimizer", std::string("sgd")}};
    if (fused) attributes.insert({{"slow", Ids64{slow}}, {"slow_rate", 0.75}});
    const Block block = p.block({}, [&](const Ids&) {
      p.node(Op::descend, {p.number(0.5), p.number(0), p.number(1)}, {}, attributes);
      if (!fused) p.node(Op::track, {}, {}, {{"slow", Ids64{slow}}, {"fast", Ids64{fast}}, {"rate", 0.75}});
      return Ids{p.load(slow)};
    });
    EXPECT_EQ(BothEngines(p).evaluate(block)[0].data[0], 0.75f * 1 + 0.25f * 0.5f);
  }
}

}  // namespace
}  // namespace duet::testing
