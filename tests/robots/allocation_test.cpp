// A step of any bundled robot allocates nothing, whatever its script does in it: operator new is counted.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "tests/robots/robot_under_test.h"

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

long allocated_in_steps(const test::RobotUnderTest& robot) {
  Environment environment = robot.environment();
  const std::vector<double> action(static_cast<std::size_t>(robot.program().robot.action), 0.1);
  environment.reset();
  const long before = allocations.load();
  for (int step = 0; step < 50; ++step) environment.step(action);
  return allocations.load() - before;
}

TEST(Robots, AStepAllocatesNothing) {
  int robots = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DUET_ROOT "/robots")) {
    if (entry.path().extension() != ".duet") continue;
    const std::string name = entry.path().stem().string();
    EXPECT_EQ(allocated_in_steps(test::RobotUnderTest(name)), 0) << name;
    ++robots;
  }
  EXPECT_GE(robots, 30);
}

TEST(Robots, AStepThatReadsContactForcesAllocatesNothing) {
  const test::RobotUnderTest robot("r",
                                   "robot r extends ant {\n"
                                   "  observe [qpos, flatten[geom, other](contact_force)]\n"
                                   "}\n");
  EXPECT_EQ(allocated_in_steps(robot), 0);
}

}  // namespace
}  // namespace duet
