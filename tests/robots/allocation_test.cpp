// A step of any bundled robot allocates nothing, whatever its script does in it: operator new is counted.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/robots/robot_under_test.h"
#include "tests/support/allocation_counter.h"

namespace duet {
namespace {

long allocated_in_steps(const test::RobotUnderTest& robot) {
  Environment environment = robot.environment();
  const std::vector<double> action(static_cast<std::size_t>(robot.program().robot.action), 0.1);
  environment.reset();
  const long before = test::allocations();
  for (int step = 0; step < 50; ++step) environment.step(action);
  return test::allocations() - before;
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
