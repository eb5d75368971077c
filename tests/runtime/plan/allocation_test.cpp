// A run allocates nothing once it is under way: operator new is counted.

#include <gtest/gtest.h>

#include "runtime/plan/plan.h"
#include "runtime/plan/prepared_block.h"
#include "tests/runtime/plan/scheme.h"
#include "tests/support/allocation_counter.h"

namespace duet::testing {
namespace {

TEST(PlanAllocation, ARunAllocatesNothingOnceItsMemoryIsFull) {
  const Scheme s = scheme({.evaluate = false});
  for (const int threads : {1, 3}) {
    long before = 0, after = 0;
    EngineOptions options;
    options.steps = 400;
    options.threads = threads;
    options.at_safe_point = [&](int64_t step) {
      if (step == 200) before = test::allocations();
      if (step == 399) after = test::allocations();
    };
    Plan plan(s.p.program, options);
    ASSERT_TRUE(plan.run());
    ASSERT_GT(before, 0) << "the counter counts";
    EXPECT_EQ(after, before);
  }
}

TEST(PlanAllocation, APreparedBlockAllocatesNothing) {
  ProgramBuilder p;
  const Type type = real_type({{"a", 3}, {"b", kUnknownSize}});
  const int64_t n = p.state("n", real_type());
  const Block block = p.block({type}, [&](const Ids& in) {
    Block piece = p.block({type}, [&](const Ids& part) {
      const ValueId sum = p.one(Op::sum, {part[0]}, real_type(), {{"axes", std::vector<std::string>{"a", "b"}}});
      p.assign(n, p.one(Op::add, {p.load(n), sum}, real_type()));
      return Ids{};
    });
    p.node(Op::chunks, {in[0]}, {}, {{"axis", std::string("b")}, {"size", int64_t{4}}}, {piece});
    return Ids{p.one(Op::square, {in[0]}, type), p.load(n)};
  });
  Plan plan(p.program, {});
  const auto prepared = plan.prepare(block, {{3, 10}});
  std::ranges::fill(prepared->input(0), 2.0f);
  prepared->run();
  const long before = test::allocations();
  for (int i = 0; i < 9; ++i) prepared->run();
  EXPECT_EQ(test::allocations(), before);
  EXPECT_EQ(prepared->output(0)[29], 4);
  EXPECT_EQ(prepared->output(1)[0], 600);
  EXPECT_EQ(prepared->sizes(0), (std::vector<int64_t>{3, 10}));
}

}  // namespace
}  // namespace duet::testing
