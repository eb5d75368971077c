// An episode, of one robot or many, allocates nothing: operator new is counted. MuJoCo's allocator is watched by
// allocation_test.cpp.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "runtime/sim/environment.h"
#include "runtime/sim/environment_batch.h"
#include "tests/runtime/sim/hand_built.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

// noinline: a compiler that sees through them takes the pair for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace duet {
namespace {

void expect_no_allocation(const std::string& robot, const Program& program, std::size_t nu) {
  Environment environment(Model::load(std::string(DUET_ROOT) + "/robots/" + robot + ".xml"), program, 1, 1);
  const std::vector<double> action(nu, 0.3);
  environment.reset();
  const std::vector<std::byte> saved = environment.save();
  ASSERT_GT(allocations.load(), 0) << "the counter counts";
  const long before = allocations.load();
  for (int episode = 0; episode < 3; ++episode) {
    environment.reset();
    for (int step = 0; step < 50; ++step) environment.step(action);
  }
  environment.restore(saved);
  EXPECT_EQ(allocations.load(), before) << robot;
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
  const long before = allocations.load();
  for (int step = 0; step < 100; ++step) batch.step(actions);  // each restarts five times
  batch.reset(which);
  batch.reset();
  batch.restore(saved);
  EXPECT_EQ(allocations.load(), before);
}

}  // namespace
}  // namespace duet
