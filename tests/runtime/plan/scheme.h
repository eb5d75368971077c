#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/program_builder.h"

/// A small program of two loops on a pendulum, for tests of whole runs.
namespace duet::testing {

using Names = std::vector<std::string>;
using Ids64 = std::vector<int64_t>;

inline const Type kObs = real_type({{"obs", 4}}), kAction = real_type({{"action", 1}});

/// The inverted pendulum: reward 1, done beyond 0.2 rad, at most 60 steps an episode.
inline void add_robot(ProgramBuilder& p) {
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

struct SchemeParts {
  bool evaluate = true;   // now and then
  bool minimize = false;  // which only the interpreter can; else the gradient is part of the program
};

struct Scheme {
  SchemeParts has;
  ProgramBuilder p;
  int64_t memory, gain, steps, best;
  ValueId outside = -1;  // a value of main that the loop reads
  Node evaluate;
};

inline Attributes memory_of(const Scheme& s) {
  return {{"memory", s.memory}};
}

/// action = gain . obs + 0.1 noise
inline ValueId policy(Scheme& s, ValueId obs, const Type& result) {
  ProgramBuilder& p = s.p;
  const Type type = p.program.values[static_cast<size_t>(obs)].type;
  const ValueId dot = p.one(Op::mul, {p.one(Op::mul, {obs, s.outside}, type), p.load(s.gain)}, type);
  Type rest = p.program.values[static_cast<size_t>(dot)].type.without("obs");
  const ValueId y = p.one(Op::sum, {dot}, rest, {{"axes", Names{"obs"}}});
  return p.one(Op::expand, {y}, result);
}

inline void interact(Scheme& s, int64_t site, bool random) {
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

inline const Type kBatchObs = real_type({{"batch", 8}, {"obs", 4}}), kBatch = real_type({{"batch", 8}});

/// What the gain lacks to predict the next angle from the observation.
inline ValueId miss(Scheme& s, const Ids& batch) {
  ProgramBuilder& p = s.p;
  const Type obs = p.program.values[static_cast<size_t>(batch[0])].type, row = obs.without("obs");
  const ValueId y = p.one(Op::sum, {p.one(Op::mul, {batch[0], p.load(s.gain)}, obs)}, row, {{"axes", Names{"obs"}}});
  const ValueId next = p.one(Op::take, {batch[3], p.number(1)}, row, {{"axis", std::string("obs")}});
  return p.one(Op::sub, {y, next}, row);
}

inline ValueId mean_square(Scheme& s, ValueId x) {
  const Type row = s.p.program.values[static_cast<size_t>(x)].type;
  return s.p.one(Op::mean, {s.p.one(Op::square, {x}, row)}, real_type(), {{"axes", Names{"batch"}}});
}

inline Attributes adam(const Scheme& s) {
  return {{"parameters", Ids64{s.gain}},
          {"first_moments", Ids64{s.gain + 1}},
          {"second_moments", Ids64{s.gain + 2}},
          {"steps", s.steps},
          {"optimizer", std::string("adam")},
          {"beta1", 0.9},
          {"beta2", 0.999},
          {"epsilon", 1e-8},
          {"decay", std::vector<double>{0}}};
}

inline ValueId minimize(Scheme& s, const Ids& batch, ValueId rate) {
  Block loss = s.p.block({}, [&](const Ids&) { return Ids{mean_square(s, miss(s, batch))}; });
  return s.p.node(Op::minimize, {rate}, {real_type()}, adam(s), {loss})[0];
}

/// The same along a gradient written by hand.
inline ValueId descend(Scheme& s, const Ids& batch, ValueId rate) {
  ProgramBuilder& p = s.p;
  const Type obs = p.program.values[static_cast<size_t>(batch[0])].type;
  const ValueId e = miss(s, batch), loss = mean_square(s, e);
  const ValueId half = p.one(Op::mean, {p.one(Op::mul, {batch[0], e}, obs)}, kObs, {{"axes", Names{"batch"}}});
  p.node(Op::descend, {rate, loss, p.one(Op::mul, {half, p.number(2)}, kObs)}, {}, adam(s));
  return loss;
}

/// Makes the gain predict the next angle from the observation: any loss will do.
inline void learn(Scheme& s, const Ids& batch) {
  const ValueId rate = s.p.number(0.01);
  const ValueId loss = s.has.minimize ? minimize(s, batch, rate) : descend(s, batch, rate);
  s.p.node(Op::log_metric, {loss}, {}, {{"metric", std::string("learn/loss")}});
}

inline void fit(Scheme& s) {
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

/// Acts, learns at each step and over whole memories, and, if it is `judged`, evaluates.
inline Scheme scheme(SchemeParts parts = {}) {
  Scheme s;
  s.has = parts;
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
    p.node(Op::every, {}, {}, {{"steps", int64_t{25}}, {"place", int64_t{0}}}, {often});
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
    if (parts.evaluate) p.node(Op::every, {}, {}, {{"steps", int64_t{40}}, {"place", int64_t{1}}}, {judge});
    return Ids{};
  });
  p.node(Op::loop, {}, {}, {}, {body});
  return s;
}

}  // namespace duet::testing
