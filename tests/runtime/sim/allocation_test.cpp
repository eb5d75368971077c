// Stepping allocates nothing: operator new and MuJoCo's own allocator are counted.

#include <gtest/gtest.h>
#include <mujoco/mujoco.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "runtime/sim/simulator.h"

namespace {
std::atomic<long> allocations{0};

void* counted(std::size_t size) {
  ++allocations;
  return std::aligned_alloc(64, (size + 63) / 64 * 64);
}
}  // namespace

// noinline: a compiler that sees through them takes the pair for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = counted(size ? size : 1)) return memory;
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

TEST(Simulator, AllocatesNothingWhileItSteps) {
  mju_user_malloc = [](std::size_t size) -> void* { return counted(size); };
  mju_user_free = [](void* memory) { std::free(memory); };
  {
    Simulator sim(Model::load(std::string(DUET_ROOT) + "/robots/half_cheetah.xml"));
    const std::vector<double> qpos(9, 0.01), qvel(9, 0.0), ctrl(6, 0.3);
    std::vector<double> state(sim.state_size());
    ASSERT_GT(allocations.load(), 0) << "the counter counts";
    const long before = allocations.load();
    for (int episode = 0; episode < 2; ++episode) {
      sim.reset(qpos, qvel);
      for (int step = 0; step < 50; ++step) sim.step(ctrl, 5);
      sim.save(state);
      sim.restore(state);
    }
    EXPECT_EQ(allocations.load(), before);
  }
  mju_user_malloc = nullptr;
  mju_user_free = nullptr;
}

}  // namespace
}  // namespace duet
