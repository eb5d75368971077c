#include "runtime/core/random.h"
#include "runtime/sim/environment_batch.h"
#include "tests/runtime/plan/scheme.h"
#include "tests/runtime/plan/support.h"

/// Whole episodes as a part of learning, against the same episodes played by hand.
namespace duet::testing {
namespace {

constexpr int64_t kSite = 7;
constexpr size_t kEpisodes = 3;
constexpr double kGains[kEpisodes] = {0, 2, -1};  // the middle one balances longest

struct Played {
  std::vector<double> returns, lengths, squares;
};

/// action = gain * (angle + angular velocity / 10), in float32 as the policy has it.
Played by_hand(const Program& program, uint64_t seed, uint64_t ordinal) {
  ThreadPool pool(1);
  EnvironmentBatch robots(Model::load(program.robot.mjcf), program, kEpisodes, seed, derived_site(kSite, ordinal),
                          EpisodeEnd::hold, pool);
  robots.reset();
  Played played{std::vector<double>(kEpisodes), std::vector<double>(kEpisodes), std::vector<double>(kEpisodes)};
  std::vector<double> actions(kEpisodes);
  for (bool running = true; running;) {
    running = false;
    for (size_t e = 0; e < kEpisodes; ++e) {
      const auto angle = static_cast<float>(robots.observation(e)[1]),
                 rate = static_cast<float>(robots.observation(e)[3]);
      actions[e] = static_cast<float>(kGains[e]) * (angle + 0.1f * rate);
      if (!robots.running()[e]) continue;
      running = true;
      ++played.lengths[e];
      played.squares[e] += static_cast<double>(angle * angle);
    }
    robots.step(actions);
    for (size_t e = 0; e < kEpisodes; ++e) played.returns[e] += robots.rewards()[e];
  }
  return played;
}

ValueId component(ProgramBuilder& p, ValueId obs, double index) {
  const Type type = p.program.values[static_cast<size_t>(obs)].type.without("obs");
  return p.one(Op::take, {obs, p.number(index)}, type, {{"axis", std::string("obs")}});
}

/// A run that plays one episode for each gain, again and again, and logs what comes of it.
ProgramBuilder playing() {
  ProgramBuilder p;
  add_robot(p);
  const Axis k{"k", static_cast<int64_t>(kEpisodes)};
  const Type each = real_type({k}), obs = real_type({k, {"obs", 4}}), action = real_type({k, {"action", 1}});
  Block loop = p.block({}, [&](const Ids&) {
    const Block act = p.block({obs}, [&](const Ids& in) {
      const ValueId gains =
          p.one(Op::values, {}, each, {{"values", std::vector<double>(kGains, kGains + kEpisodes)}, {"axis", k.name}});
      const ValueId angle = component(p, in[0], 1), rate = component(p, in[0], 3);
      const ValueId lean = p.one(Op::add, {angle, p.one(Op::mul, {p.number(0.1), rate}, each)}, each);
      const ValueId u = p.one(Op::expand, {p.one(Op::mul, {gains, lean}, each)}, action);
      return Ids{u, p.one(Op::square, {angle}, each)};
    });
    const Ids played = p.node(Op::play, {}, {each, each, each}, {{"site", kSite}}, {act});
    const char* const names[] = {"return", "length", "square"};
    for (size_t i = 0; i < played.size(); ++i)
      for (size_t e = 0; e < kEpisodes; ++e) {
        const ValueId one =
            p.one(Op::take, {played[i], p.number(static_cast<double>(e))}, real_type(), {{"axis", k.name}});
        p.node(Op::log_metric, {one}, {}, {{"metric", names[i] + std::to_string(e)}});
      }
    return Ids{};
  });
  p.node(Op::loop, {}, {}, {}, {loop});
  return p;
}

struct Logged : Observer {
  void metric(const MetricEvent& event) override { values[event.name].push_back(event.value); }
  std::map<std::string, std::vector<double>> values;
};

/// Runs until the first step after `steps`; how many were taken.
template <typename E>
int64_t run(const Program& program, int64_t steps, int threads, Logged& logged) {
  Events events;
  events.add(logged);
  EngineOptions options;
  options.seed = 5;
  options.steps = steps;
  options.threads = threads;
  options.events = &events;
  E engine(program, options);
  EXPECT_TRUE(engine.run());
  return engine.step();
}

template <typename E>
void expect_episodes_of_hand() {
  const ProgramBuilder p = playing();
  Logged logged;
  const Played first = by_hand(p.program, 5, 0), second = by_hand(p.program, 5, 1);
  EXPECT_GT(first.lengths[1], first.lengths[0]);
  double steps = 0;
  for (const Played* played : {&first, &second})
    for (const double length : played->lengths) steps += length;
  // One step more than the first round has, so that there are two.
  EXPECT_EQ(
      run<E>(p.program, static_cast<int64_t>(first.lengths[0] + first.lengths[1] + first.lengths[2]) + 1, 1, logged),
      static_cast<int64_t>(steps));
  for (size_t e = 0; e < kEpisodes; ++e) {
    const std::string name = std::to_string(e);
    EXPECT_EQ(logged.values["return" + name], (std::vector<double>{first.returns[e], second.returns[e]}));
    EXPECT_EQ(logged.values["length" + name], (std::vector<double>{first.lengths[e], second.lengths[e]}));
    // Squares and their sum are rounded to float32.
    EXPECT_NEAR(logged.values["square" + name].at(0), first.squares[e], 1e-6 * (1 + first.squares[e]));
  }
}

TEST(Play, TheInterpreterPlaysTheEpisodesOfHand) {
  expect_episodes_of_hand<Interpreter>();
}

TEST(Play, ThePlanPlaysTheEpisodesOfHand) {
  expect_episodes_of_hand<Plan>();
}

TEST(Play, NoNumberDependsOnTheThreads) {
  const ProgramBuilder p = playing();
  Logged one, two;
  EXPECT_EQ(run<Plan>(p.program, 100, 1, one), run<Plan>(p.program, 100, 2, two));
  EXPECT_EQ(one.values, two.values);
}

}  // namespace
}  // namespace duet::testing
