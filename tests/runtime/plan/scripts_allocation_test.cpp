// What the bundled scripts do all the time allocates nothing once it is under way: operator new is counted. Only where
// oneDNN has to multiply, the small map of arguments that it makes in each execution is not.

#include <gtest/gtest.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>
#include <limits>

#include "runtime/kernels/tiled_matmul.h"
#include "tests/bench/parts.h"
#include "tests/bench/plan_side.h"
#include "tests/support/allocation_counter.h"

// The linker gives these two names to the callers of dnnl_primitive_execute, and to itself.
extern "C" dnnl_status_t __real_dnnl_primitive_execute(const_dnnl_primitive_t primitive, dnnl_stream_t stream,
                                                       int count, const dnnl_exec_arg_t* arguments);

extern "C" dnnl_status_t __wrap_dnnl_primitive_execute(const_dnnl_primitive_t primitive, dnnl_stream_t stream,
                                                       int count, const dnnl_exec_arg_t* arguments) {
  EXPECT_FALSE(duet::kernels::TiledMatmul::available()) << "a product of our own is there";
  const duet::test::Uncounted apart;
  return __real_dnnl_primitive_execute(primitive, stream, count, arguments);
}

namespace duet::bench {
namespace {

/// Several runs in a row that allocate nothing, after as many as it takes: a thread allocates for each product of
/// oneDNN when it does it for the first time, and which thread does what is chance.
void expect_steady(PreparedBlock& block) {
  constexpr int kRows = 5, kMost = 100;
  EXPECT_GT(test::allocations(), 0) << "the counter counts";
  int quiet = 0;
  long least = std::numeric_limits<long>::max();
  for (int i = 0; i < kMost && quiet < kRows; ++i) {
    const long before = test::allocations();
    block.run();
    const long made = test::allocations() - before;
    quiet = made == 0 ? quiet + 1 : 0;
    least = std::min(least, made);
  }
  EXPECT_EQ(quiet, kRows) << "each run allocates at least " << least << " times";
}

/// The first node of a kind in the main loop, alone.
Block node_alone(const CompiledScript& script, Op op) {
  Block block;
  block.nodes.push_back(script.in_loop(op));
  return block;
}

class Allocation : public testing::TestWithParam<int> {
 protected:
  int threads() const { return GetParam(); }
};

TEST_P(Allocation, APlanningStepMakesNone) {
  PlanSide side("m_demorl_online.duet", threads());
  expect_steady(*side.prepare(planning(side.script)));
}

TEST_P(Allocation, AnUpdateOfSacMakesNone) {
  PlanSide side("sac.duet", threads());
  expect_steady(*side.prepare(updating(side.script)));
}

TEST_P(Allocation, AnEpochOfFittingMakesNone) {
  PlanSide side("m_demorl_online.duet", threads(), 600, {{"update_after", "600"}});
  expect_steady(*side.prepare(one_epoch(side.script)));
}

TEST_P(Allocation, AChunkOfRecordedPlansMakesNone) {
  PlanSide side("m_demorl.duet", threads(), 1000, {{"starts", "10"}, {"plan.N", "20"}});
  expect_steady(*side.prepare(imagining(side.script)));
}

TEST_P(Allocation, AStepOfTheRobotMakesNone) {
  PlanSide side("sac.duet", threads());
  expect_steady(*side.prepare(node_alone(side.script, Op::interact)));
}

TEST_P(Allocation, AStepPlannedOnTheSimulatorMakesNone) {
  PlanSide side("mppi_simulator.duet", threads(), 2, {{"plan.H", "3"}, {"plan.N", "8"}});
  expect_steady(*side.prepare(node_alone(side.script, Op::interact)));
}

INSTANTIATE_TEST_SUITE_P(Threads, Allocation, testing::Values(1, 3));

}  // namespace
}  // namespace duet::bench
