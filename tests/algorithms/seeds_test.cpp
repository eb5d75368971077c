// The same seed gives the same numbers, in every process and with any number of threads.

#include <gtest/gtest.h>

#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

using test::read;

TEST(Seeds, DecideEveryNumberOfARun) {
  const test::Scratch scratch;
  std::string script = read(DUET_ROOT "/algorithms/m_demorl.duet");
  // An evaluation and a model within the few steps of this test; tensors that more than one thread would share.
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"every 250 steps {", "every 90 steps {"},
        {"every evaluation steps { evaluate agent.act for 10", "every 50 steps { evaluate agent.act for 2"}}) {
    ASSERT_NE(script.find(from), std::string::npos) << from;
    script.replace(script.find(from), from.size(), to);
  }
  scratch.write("short.duet", script);
  const auto metrics = [&](const std::string& name, const std::string& seed, const std::string& threads) {
    const auto outcome = test::duet({"run",
                                     "short.duet",
                                     "--robot",
                                     "inverted_pendulum",
                                     "--steps",
                                     "200",
                                     "--seed",
                                     seed,
                                     "--out",
                                     name,
                                     "--quiet",
                                     "--set",
                                     "warm_up=60",
                                     "--set",
                                     "starts=100",
                                     "--set",
                                     "updates=2",
                                     "--set",
                                     "world.members=2",
                                     "--set",
                                     "world.elites=2",
                                     "--set",
                                     "world.hidden=[64,64]",
                                     "--set",
                                     "world.decay=0",
                                     "--set",
                                     "plan.N=40",
                                     "--set",
                                     "agent.hidden=[64,64]",
                                     "--set",
                                     "world.patience=1"},
                                    scratch.path(), {"OMP_NUM_THREADS=" + threads, "OPENBLAS_NUM_THREADS=" + threads});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read(scratch.path() / name / "metrics.csv") +
           read(scratch.path() / name / "checkpoints/step-000000200.ckpt");
  };
  const std::string first = metrics("a", "4", "1");
  EXPECT_NE(first.find("evaluate/return"), std::string::npos);
  EXPECT_NE(first.find("world.holdout_error"), std::string::npos);
  EXPECT_TRUE(first == metrics("b", "4", "1")) << "the same seed";
  EXPECT_TRUE(first == metrics("c", "4", "2")) << "another number of threads";
  EXPECT_FALSE(first == metrics("d", "5", "1")) << "another seed";
}

}  // namespace
}  // namespace duet
