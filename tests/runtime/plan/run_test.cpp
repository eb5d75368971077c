#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/core/atomic_file.h"
#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;
using Ids64 = std::vector<int64_t>;

const Type kObs = real_type({{"obs", 4}}), kAction = real_type({{"action", 1}});

/// The inverted pendulum: reward 1, done beyond 0.2 rad, at most 60 steps an episode.
void add_robot(ProgramBuilder& p) {
  RobotProgram& robot = p.program.robot;
  robot.name = "inverted_pendulum";
  robot.mjcf = std::string(DUET_ROOT) + "/robots/inverted_pendulum.xml";
  robot.frames = 2;
  robot.limit = 60;
  robot.obs = 4;
  robot.action = 1;
  const Type qpos = real_type({{"qpos", 2}}), qvel = real_type({{"qvel", 2}});
  const auto part = [&](ValueId x, const std::string& axis) {
    return p.one(Op::rename, {x}, real_type({{"obs", 2}}), {{"from", axis}, {"to", std::string("obs")}});
  };
  robot.observe = {p.block({qpos, qvel},
                           [&](const Ids& in) {
                             return Ids{p.one(Op::concat, {part(in[0], "qpos"), part(in[1], "qvel")}, kObs,
                                              {{"axis", std::string("obs")}})};
                           }),
                   {"qpos", "qvel"}};
  robot.reward = {p.block({}, [&](const Ids&) { return Ids{p.number(1)}; }), {}};
  robot.done = {
      p.block(
          {qpos},
          [&](const Ids& in) {
            const ValueId angle = p.one(Op::take, {in[0], p.number(1)}, real_type(), {{"axis", std::string("qpos")}});
            return Ids{p.one(Op::less, {p.number(0.2), p.one(Op::abs, {angle}, real_type())}, bool_type())};
          }),
      {"qpos'"}};
  robot.reset = {
      p.block({},
              [&](const Ids&) {
                const auto shake = [&](const Type& type, int64_t site) {
                  return p.one(Op::mul,
                               {p.number(0.02),
                                p.one(Op::noise, {}, type, {{"distribution", std::string("normal")}, {"site", site}})},
                               type);
                };
                return Ids{shake(qpos, 1), shake(qvel, 2)};
              }),
      {}};
}

struct Scheme {
  ProgramBuilder p;
  int64_t memory, gain, steps, best;
  ValueId outside = -1;  // a value of main that the loop reads
  Node evaluate;
};

Attributes memory_of(const Scheme& s) {
  return {{"memory", s.memory}};
}

/// action = gain . obs + 0.1 noise
ValueId policy(Scheme& s, ValueId obs, const Type& result) {
  ProgramBuilder& p = s.p;
  const Type type = p.program.values[static_cast<size_t>(obs)].type;
  const ValueId dot = p.one(Op::mul, {p.one(Op::mul, {obs, s.outside}, type), p.load(s.gain)}, type);
  Type rest = p.program.values[static_cast<size_t>(dot)].type.without("obs");
  const ValueId y = p.one(Op::sum, {dot}, rest, {{"axes", Names{"obs"}}});
  return p.one(Op::expand, {y}, result);
}

void interact(Scheme& s, int64_t site, bool random) {
  ProgramBuilder& p = s.p;
  Block begin = p.block({}, [&](const Ids&) {
    p.assign(s.best, p.number(0));
    return Ids{};
  });
  Block act = p.block({kObs}, [&](const Ids& in) {
    const ValueId noise =
        p.one(Op::noise, {}, kAction, {{"distribution", std::string("normal")}, {"site", site + 100}});
    p.assign(s.best, p.one(Op::add, {p.load(s.best), p.number(1)}, real_type()));
    if (random) return Ids{noise};
    return Ids{p.one(Op::add, {policy(s, in[0], kAction), noise}, kAction)};
  });
  p.node(Op::interact, {}, {}, {{"memory", s.memory}, {"site", site}}, {begin, act});
}

const Type kBatchObs = real_type({{"batch", 8}, {"obs", 4}}), kBatch = real_type({{"batch", 8}});

/// Makes the gain predict the next angle from the observation, along a gradient written by hand: any loss will do.
void learn(Scheme& s, const Ids& batch) {
  ProgramBuilder& p = s.p;
  const ValueId rate = p.number(0.01);
  const Type obs = p.program.values[static_cast<size_t>(batch[0])].type, row = obs.without("obs");
  const ValueId y = p.one(Op::sum, {p.one(Op::mul, {batch[0], p.load(s.gain)}, obs)}, row, {{"axes", Names{"obs"}}});
  const ValueId next = p.one(Op::take, {batch[3], p.number(1)}, row, {{"axis", std::string("obs")}});
  const ValueId e = p.one(Op::sub, {y, next}, row);
  const ValueId loss = p.one(Op::mean, {p.one(Op::square, {e}, row)}, real_type(), {{"axes", Names{"batch"}}});
  const ValueId half = p.one(Op::mean, {p.one(Op::mul, {batch[0], e}, obs)}, kObs, {{"axes", Names{"batch"}}});
  p.node(Op::descend, {rate, p.one(Op::mul, {half, p.number(2)}, kObs)}, {},
         {{"parameters", Ids64{s.gain}},
          {"first_moments", Ids64{s.gain + 1}},
          {"second_moments", Ids64{s.gain + 2}},
          {"steps", s.steps},
          {"optimizer", std::string("adam")},
          {"beta1", 0.9},
          {"beta2", 0.999},
          {"epsilon", 1e-8},
          {"decay", std::vector<double>{0}}});
  p.node(Op::log_metric, {loss}, {}, {{"metric", std::string("learn/loss")}});
}

void fit(Scheme& s) {
  ProgramBuilder& p = s.p;
  const ValueId rows = p.one(Op::rows, {}, index_type({{"row", kUnknownSize}}), memory_of(s));
  const Ids parts =
      p.node(Op::split, {rows}, {index_type({{"train", kUnknownSize}}), index_type({{"holdout", kUnknownSize}})},
             {{"fraction", 0.25}, {"site", int64_t{21}}});
  const Type obs = real_type({{"batch", kUnknownSize}, {"obs", 4}}), row = real_type({{"batch", kUnknownSize}});
  const Type action = real_type({{"batch", kUnknownSize}, {"action", 1}});
  Block batch = p.block({obs, action, row, obs, row}, [&](const Ids& in) {
    learn(s, in);
    return Ids{};
  });
  p.node(Op::each_batch, {parts[0]}, {}, {{"count", int64_t{16}}, {"memory", s.memory}, {"site", int64_t{22}}},
         {batch});
}

Scheme scheme() {
  Scheme s;
  ProgramBuilder& p = s.p;
  add_robot(p);
  s.memory = p.memory("real", 100);
  s.gain = p.state("gain", kObs, {Initial::Kind::uniform, 0.5, -1});
  p.state("gain.m", kObs);
  p.state("gain.v", kObs);
  s.steps = p.state("gain.t", real_type());
  s.best = p.state("best", real_type());
  const ValueId warm = p.number(20);
  s.outside = p.one(Op::expand, {p.number(1.5)}, kObs);
  Block first = p.block({}, [&](const Ids&) {
    interact(s, 1, true);
    return Ids{};
  });
  p.node(Op::repeat, {warm}, {}, {}, {first});
  Block body = p.block({}, [&](const Ids&) {
    interact(s, 2, false);
    const Type action = real_type({{"batch", 8}, {"action", 1}});
    learn(s, p.node(Op::sample, {}, {kBatchObs, action, kBatch, kBatchObs, kBatch},
                    {{"memories", Ids64{s.memory}},
                     {"shares", std::vector<double>{1}},
                     {"count", int64_t{8}},
                     {"site", int64_t{11}}}));
    Block often = p.block({}, [&](const Ids&) {
      fit(s);
      return Ids{};
    });
    p.node(Op::every, {}, {}, {{"steps", int64_t{25}}}, {often});
    Block judge = p.block({}, [&](const Ids&) {
      Block begin = p.block({}, [&](const Ids&) { return Ids{}; });
      Block act = p.block({real_type({{"episode", 3}, {"obs", 4}})}, [&](const Ids& in) {
        return Ids{policy(s, in[0], real_type({{"episode", 3}, {"action", 1}}))};
      });
      p.node(Op::evaluate, {}, {},
             {{"episodes", int64_t{3}}, {"site", int64_t{31}}, {"metric", std::string("evaluate")}}, {begin, act});
      return Ids{};
    });
    s.evaluate = judge.nodes[0];
    p.node(Op::every, {}, {}, {{"steps", int64_t{40}}}, {judge});
    return Ids{};
  });
  p.node(Op::loop, {}, {}, {}, {body});
  return s;
}

struct Metrics : Observer {
  void metric(const MetricEvent& event) override { all.push_back(event); }
  void progress(const ProgressEvent& event) override { last = event; }
  std::vector<double> of(const std::string& name) const {
    std::vector<double> values;
    for (const MetricEvent& event : all)
      if (event.name == name) values.push_back(event.value);
    return values;
  }
  std::vector<MetricEvent> all;
  ProgressEvent last;
};

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("duet_plan_run_" + name + std::to_string(getpid()));
}

void write(const Executor& engine, const std::filesystem::path& path) {
  CheckpointWriter writer;
  engine.save(writer);
  AtomicFile file(path);
  writer.write(file);
  file.commit();
}

std::string bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

EngineOptions options_of(uint64_t seed, int64_t steps) {
  EngineOptions options;
  options.seed = seed;
  options.steps = steps;
  return options;
}

TEST(PlanRun, DoesWhatTheProgramSays) {
  Scheme s = scheme();
  Events events;
  Metrics metrics;
  events.add(metrics);
  EngineOptions options = options_of(3, 130);
  options.events = &events;
  Plan plan(s.p.program, options);
  EXPECT_TRUE(plan.run());
  EXPECT_EQ(plan.step(), 130);
  EXPECT_EQ(metrics.last.step, 130);
  EXPECT_EQ(metrics.last.total, 130);
  EXPECT_EQ(metrics.of("evaluate/return").size(), 3u);  // at 40, 80, 120
  EXPECT_EQ(metrics.of("evaluate/return"), metrics.of("evaluate/length"));
  // Every episode's steps, and those of the running one, make up the run; the reward is 1 a step.
  double done = 0;
  for (const double length : metrics.of("train/length")) done += length;
  EXPECT_GT(done, 0);
  EXPECT_LE(done, 130);
  EXPECT_EQ(metrics.of("train/length"), metrics.of("train/return"));
  // One batch each step of the loop, and a pass over 75% of the memory at 25, 50, ... 125.
  size_t batches = 110;
  for (const double size : {25, 50, 75, 100, 100}) {
    const double train = size - std::round(0.25 * size);
    batches += static_cast<size_t>(std::ceil(train / 16));
  }
  EXPECT_EQ(metrics.of("learn/loss").size(), batches);
  // `best` counts the actions of this episode: the begin block was done.
  const Block look = s.p.block({}, [&](const Ids&) {
    return Ids{s.p.load(s.best), s.p.one(Op::memory_size, {}, real_type(), memory_of(s)),
               s.p.one(Op::counter, {}, real_type(), {{"name", std::string("step")}})};
  });
  const auto y = plan.evaluate(look);
  EXPECT_EQ(y[0].data[0], 130 - done == 0 ? metrics.of("train/length").back() : 130 - done);
  EXPECT_EQ(y[1].data[0], 100);
  EXPECT_EQ(y[2].data[0], 130);
}

TEST(PlanRun, EndsBitForBitTheSameWhereverItWasInterrupted) {
  const auto whole = scratch("whole"), part = scratch("part"), again = scratch("again");
  Scheme s = scheme();
  EngineOptions options = options_of(3, 90);
  {
    Plan plan(s.p.program, options);
    ASSERT_TRUE(plan.run());
    write(plan, whole);
  }
  for (const int64_t at : {0, 7, 20, 21, 45, 80, 89}) {
    SCOPED_TRACE(at);
    std::atomic<bool> stop{false};
    EngineOptions interrupted = options;
    interrupted.stop = &stop;
    interrupted.at_safe_point = [&](int64_t step) { stop = step >= at; };
    {
      Plan plan(s.p.program, interrupted);
      EXPECT_FALSE(plan.run());
      EXPECT_EQ(plan.step(), at);
      write(plan, part);
    }
    Plan plan(s.p.program, options);
    plan.load(CheckpointReader(part));
    EXPECT_EQ(plan.step(), at);
    EXPECT_TRUE(plan.run());
    write(plan, again);
    EXPECT_TRUE(bytes(whole) == bytes(again));
  }
  // Another seed gives something else.
  options.seed = 4;
  Plan plan(s.p.program, options);
  plan.run();
  write(plan, again);
  EXPECT_FALSE(bytes(whole) == bytes(again));
  for (const auto& path : {whole, part, again}) std::filesystem::remove(path);
}

TEST(PlanRun, EvaluatingAPolicyDisturbsNothing) {
  const auto before = scratch("before"), after = scratch("after");
  Scheme s = scheme();
  Plan plan(s.p.program, options_of(3, 50));
  plan.run();
  write(plan, before);
  const auto returns = plan.evaluate_policy(s.evaluate, 7, 99);
  EXPECT_EQ(returns.size(), 7u);
  for (const double r : returns) EXPECT_TRUE(r >= 1 && r <= 60);
  EXPECT_EQ(returns, plan.evaluate_policy(s.evaluate, 7, 99));
  const auto fewer = plan.evaluate_policy(s.evaluate, 2, 99);
  EXPECT_EQ(fewer, (std::vector<double>{returns[0], returns[1]}));
  write(plan, after);
  EXPECT_TRUE(bytes(before) == bytes(after));
  for (const auto& path : {before, after}) std::filesystem::remove(path);
}

TEST(PlanRun, ThreadsChangeNothing) {
  const auto one = scratch("one"), three = scratch("three");
  Scheme s = scheme();
  for (const int threads : {1, 3}) {
    EngineOptions options = options_of(3, 90);
    options.threads = threads;
    Plan plan(s.p.program, options);
    ASSERT_TRUE(plan.run());
    write(plan, threads == 1 ? one : three);
  }
  EXPECT_TRUE(bytes(one) == bytes(three));
  for (const auto& path : {one, three}) std::filesystem::remove(path);
}

TEST(PlanRun, DoesWhatTheInterpreterDoes) {
  Scheme s = scheme();
  std::vector<Metrics> seen(2);
  for (const bool plan : {false, true}) {
    Events events;
    events.add(seen[plan]);
    EngineOptions options = options_of(3, 60);
    options.events = &events;
    std::unique_ptr<Executor> engine;
    if (plan) engine = std::make_unique<Plan>(s.p.program, options);
    if (!plan) engine = std::make_unique<Interpreter>(s.p.program, options);
    EXPECT_TRUE(engine->run());
  }
  ASSERT_EQ(seen[0].all.size(), seen[1].all.size());
  for (size_t i = 0; i < seen[0].all.size(); ++i) {
    const MetricEvent &wanted = seen[0].all[i], &got = seen[1].all[i];
    EXPECT_EQ(got.name, wanted.name);
    EXPECT_EQ(got.step, wanted.step);
    EXPECT_NEAR(got.value, wanted.value,
                1e-3 * (1 + std::abs(wanted.value)));  // a float32 rounding, grown in a simulator
  }
}

TEST(PlanRun, GoesOnWhereTheInterpreterStopped) {
  const auto path = scratch("other");
  Scheme s = scheme();
  for (const bool from_plan : {false, true}) {
    const EngineOptions options = options_of(3, 60);
    std::atomic<bool> stop{false};
    EngineOptions interrupted = options;
    interrupted.stop = &stop;
    interrupted.at_safe_point = [&](int64_t step) { stop = step >= 45; };
    Plan plan(s.p.program, from_plan ? interrupted : options);
    Interpreter interpreter(s.p.program, from_plan ? options : interrupted);
    Executor &first = from_plan ? static_cast<Executor&>(plan) : interpreter,
             &second = from_plan ? static_cast<Executor&>(interpreter) : plan;
    EXPECT_FALSE(first.run());
    write(first, path);
    second.load(CheckpointReader(path));
    EXPECT_EQ(second.step(), 45);
    EXPECT_TRUE(second.run());
    EXPECT_EQ(second.step(), 60);
  }
  std::filesystem::remove(path);
}

TEST(PlanRun, GoesOnInTheSamePlanAfterAStop) {
  const auto whole = scratch("whole_again"), part = scratch("part_again");
  Scheme s = scheme();
  std::atomic<bool> stop{false};
  for (const int64_t stop_at : {-1, 10, 50}) {
    EngineOptions options = options_of(3, 70);
    options.stop = &stop;
    options.at_safe_point = [&](int64_t step) { stop = !stop && step == stop_at; };
    Plan plan(s.p.program, options);
    while (!plan.run()) {
      // Others may look at the policy meanwhile.
      stop = false;
      EXPECT_EQ(plan.evaluate_policy(s.evaluate, 2, 99).size(), 2u);
      stop = true;  // so that the next safe point takes it back
    }
    write(plan, stop_at < 0 ? whole : part);
    EXPECT_TRUE(stop_at < 0 || bytes(whole) == bytes(part));
  }
  for (const auto& path : {whole, part}) std::filesystem::remove(path);
}

TEST(PlanRun, ABadActionNamesTheExpression) {
  Scheme s;
  ProgramBuilder& p = s.p;
  add_robot(p);
  s.memory = p.memory("real", 10);
  uint32_t guilty = 0;
  Block body = p.block({}, [&](const Ids&) {
    Block begin = p.block({}, [&](const Ids&) { return Ids{}; });
    Block act = p.block({kObs}, [&](const Ids& in) {
      const ValueId x = p.one(Op::sum, {in[0]}, real_type(), {{"axes", Names{"obs"}}});
      const ValueId negative = p.one(Op::sub, {p.number(-10), p.one(Op::abs, {x}, real_type())}, real_type());
      guilty = p.nodes_so_far();
      return Ids{p.one(Op::expand, {p.one(Op::sqrt, {negative}, real_type())}, kAction)};
    });
    p.node(Op::interact, {}, {}, {{"memory", s.memory}, {"site", int64_t{1}}}, {begin, act});
    return Ids{};
  });
  p.node(Op::loop, {}, {}, {}, {body});
  Plan plan(p.program, options_of(1, 5));
  try {
    plan.run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0603");
    EXPECT_EQ(error.span().begin, guilty) << error.what();
  }
}

}  // namespace
}  // namespace duet::testing
