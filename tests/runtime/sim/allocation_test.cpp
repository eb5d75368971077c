// Stepping allocates nothing: operator new and MuJoCo's own allocator are counted.

#include <gtest/gtest.h>
#include <mujoco/mujoco.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/sim/simulator.h"
#include "tests/support/allocation_counter.h"

namespace duet {
namespace {

TEST(Simulator, AllocatesNothingWhileItSteps) {
  mju_user_malloc = [](std::size_t size) -> void* { return test::counted_allocation(size); };
  mju_user_free = [](void* memory) { std::free(memory); };
  {
    Simulator sim(Model::load(std::string(DUET_ROOT) + "/robots/half_cheetah.xml"));
    const std::vector<double> qpos(9, 0.01), qvel(9, 0.0), ctrl(6, 0.3);
    std::vector<double> state(sim.state_size());
    ASSERT_GT(test::allocations(), 0) << "the counter counts";
    const long before = test::allocations();
    for (int episode = 0; episode < 2; ++episode) {
      sim.reset(qpos, qvel);
      for (int step = 0; step < 50; ++step) sim.step(ctrl, 5);
      sim.save(state);
      sim.restore(state);
    }
    EXPECT_EQ(test::allocations(), before);
  }
  mju_user_malloc = nullptr;
  mju_user_free = nullptr;
}

}  // namespace
}  // namespace duet
