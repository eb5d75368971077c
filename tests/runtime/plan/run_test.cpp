#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/core/atomic_file.h"
#include "tests/runtime/plan/scheme.h"
#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

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

struct Engine {
  std::string name;
  std::unique_ptr<Executor> (*make)(const Program&, const EngineOptions&);
  SchemeParts parts;
};

template <typename E>
std::unique_ptr<Executor> make(const Program& program, const EngineOptions& options) {
  return std::make_unique<E>(program, options);
}

/// What holds for both engines.
class Run : public ::testing::TestWithParam<Engine> {
 protected:
  std::unique_ptr<Executor> make_engine(const EngineOptions& options) const {
    return GetParam().make(s.p.program, options);
  }

  Scheme s = scheme(GetParam().parts);
};

const Engine kInterpreter{"Interpreter", make<Interpreter>, {.minimize = true}}, kPlan{"Plan", make<Plan>, {}};
INSTANTIATE_TEST_SUITE_P(Engines, Run, ::testing::Values(kInterpreter, kPlan),
                         [](const auto& each) { return each.param.name; });

TEST_P(Run, DoesWhatTheProgramSays) {
  Events events;
  Metrics metrics;
  events.add(metrics);
  EngineOptions options = options_of(3, 130);
  options.events = &events;
  const auto engine = make_engine(options);
  EXPECT_TRUE(engine->run());
  EXPECT_EQ(engine->step(), 130);
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
  const auto y = engine->evaluate(look);
  EXPECT_EQ(y[0].data[0], 130 - done == 0 ? metrics.of("train/length").back() : 130 - done);
  EXPECT_EQ(y[1].data[0], 100);
  EXPECT_EQ(y[2].data[0], 130);
}

TEST_P(Run, EndsBitForBitTheSameWhereverItWasInterrupted) {
  const auto whole = scratch("whole"), part = scratch("part"), again = scratch("again");
  EngineOptions options = options_of(3, 90);
  {
    const auto engine = make_engine(options);
    ASSERT_TRUE(engine->run());
    write(*engine, whole);
  }
  for (const int64_t at : {0, 7, 20, 21, 45, 80, 89}) {
    SCOPED_TRACE(at);
    std::atomic<bool> stop{false};
    EngineOptions interrupted = options;
    interrupted.stop = &stop;
    interrupted.at_safe_point = [&](int64_t step) { stop = step >= at; };
    {
      const auto engine = make_engine(interrupted);
      EXPECT_FALSE(engine->run());
      EXPECT_EQ(engine->step(), at);
      write(*engine, part);
    }
    const auto engine = make_engine(options);
    engine->load(CheckpointReader(part));
    EXPECT_EQ(engine->step(), at);
    EXPECT_TRUE(engine->run());
    write(*engine, again);
    EXPECT_TRUE(bytes(whole) == bytes(again));
  }
  // Another seed gives something else.
  options.seed = 4;
  const auto engine = make_engine(options);
  engine->run();
  write(*engine, again);
  EXPECT_FALSE(bytes(whole) == bytes(again));
  for (const auto& path : {whole, part, again}) std::filesystem::remove(path);
}

TEST_P(Run, EvaluatingAPolicyDisturbsNothing) {
  const auto before = scratch("before"), after = scratch("after");
  const auto engine = make_engine(options_of(3, 50));
  engine->run();
  write(*engine, before);
  const auto returns = engine->evaluate_policy(s.evaluate, 7, 99);
  EXPECT_EQ(returns.size(), 7u);
  for (const double r : returns) EXPECT_TRUE(r >= 1 && r <= 60);
  EXPECT_EQ(returns, engine->evaluate_policy(s.evaluate, 7, 99));
  const auto fewer = engine->evaluate_policy(s.evaluate, 2, 99);
  EXPECT_EQ(fewer, (std::vector<double>{returns[0], returns[1]}));
  write(*engine, after);
  EXPECT_TRUE(bytes(before) == bytes(after));
  for (const auto& path : {before, after}) std::filesystem::remove(path);
}

TEST_P(Run, ThreadsChangeNothing) {
  const auto one = scratch("one"), three = scratch("three");
  for (const int threads : {1, 3}) {
    EngineOptions options = options_of(3, 90);
    options.threads = threads;
    const auto engine = make_engine(options);
    ASSERT_TRUE(engine->run());
    write(*engine, threads == 1 ? one : three);
  }
  EXPECT_TRUE(bytes(one) == bytes(three));
  for (const auto& path : {one, three}) std::filesystem::remove(path);
}

TEST_P(Run, GoesOnInTheSameEngineAfterAStop) {
  const auto whole = scratch("whole_again"), part = scratch("part_again");
  std::atomic<bool> stop{false};
  for (const int64_t stop_at : {-1, 10, 50}) {
    EngineOptions options = options_of(3, 70);
    options.stop = &stop;
    options.at_safe_point = [&](int64_t step) { stop = !stop && step == stop_at; };
    const auto engine = make_engine(options);
    while (!engine->run()) {
      // Others may look at the policy meanwhile.
      stop = false;
      EXPECT_EQ(engine->evaluate_policy(s.evaluate, 2, 99).size(), 2u);
      stop = true;  // so that the next safe point takes it back
    }
    write(*engine, stop_at < 0 ? whole : part);
    EXPECT_TRUE(stop_at < 0 || bytes(whole) == bytes(part));
  }
  for (const auto& path : {whole, part}) std::filesystem::remove(path);
}

TEST_P(Run, ABadActionNamesTheExpression) {
  ProgramBuilder p;
  add_robot(p);
  const int64_t memory = p.memory("real", 10);
  uint32_t guilty = 0;
  Block body = p.block({}, [&](const Ids&) {
    Block begin = p.block({}, [&](const Ids&) { return Ids{}; });
    Block act = p.block({kObs}, [&](const Ids& in) {
      const ValueId x = p.one(Op::sum, {in[0]}, real_type(), {{"axes", Names{"obs"}}});
      const ValueId negative = p.one(Op::sub, {p.number(-10), p.one(Op::abs, {x}, real_type())}, real_type());
      guilty = p.nodes_so_far();
      return Ids{p.one(Op::expand, {p.one(Op::sqrt, {negative}, real_type())}, kAction)};
    });
    p.node(Op::interact, {}, {}, {{"memory", memory}, {"site", int64_t{1}}}, {begin, act});
    return Ids{};
  });
  p.node(Op::loop, {}, {}, {}, {body});
  const auto engine = GetParam().make(p.program, options_of(1, 5));
  try {
    engine->run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0603");
    EXPECT_EQ(error.span().begin, guilty) << error.what();
  }
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

}  // namespace
}  // namespace duet::testing
