// An episode, of one robot or many, allocates nothing: operator new is counted. MuJoCo's allocator is watched by
// allocation_test.cpp.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/sim/environment.h"
#include "runtime/sim/environment_batch.h"
#include "tests/runtime/sim/hand_built.h"
#include "tests/support/allocation_counter.h"

namespace duet {
namespace {

void expect_no_allocation(const std::string& robot, const Program& program, std::size_t nu) {
  Environment environment(Model::load(std::string(DUET_ROOT) + "/robots/" + robot + ".xml"), program, 1, 1);
  const std::vector<double> action(nu, 0.3);
  environment.reset();
  const std::vector<std::byte> saved = environment.save();
  ASSERT_GT(test::allocations(), 0) << "the counter counts";
  const long before = test::allocations();
  for (int episode = 0; episode < 3; ++episode) {
    environment.reset();
    for (int step = 0; step < 50; ++step) environment.step(action);
  }
  environment.restore(saved);
  EXPECT_EQ(test::allocations(), before) << robot;
}

TEST(Environment, AllocatesNothingAfterItsConstruction) {
  expect_no_allocation("half_cheetah", test::half_cheetah(), 6);
  expect_no_allocation("hopper", test::hopper(), 3);
  expect_no_allocation("inverted_double_pendulum", test::inverted_double_pendulum(), 1);
}

TEST(EnvironmentBatch, AllocatesNothingInAStepOrAReset) {
  Program program = test::hopper();
  program.robot.limit = 20;
  ThreadPool pool(3);
  EnvironmentBatch batch(Model::load(std::string(DUET_ROOT) + "/robots/hopper.xml"), program, 11, 1, 1,
                         EpisodeEnd::restart, pool);
  const std::vector<double> actions(11 * 3, 0.3);
  const std::vector<uint8_t> which(11, 1);
  batch.reset();
  const std::vector<std::byte> saved = batch.save();
  const long before = test::allocations();
  for (int step = 0; step < 100; ++step) batch.step(actions);  // each restarts five times
  batch.reset(which);
  batch.reset();
  batch.restore(saved);
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace duet
