// What the operation `simulate` refuses; what it gives is tested with whole planners (tests/compiler/elaborate).

#include "runtime/core/error.h"
#include "tests/runtime/interp/support.h"

namespace duet::testing {
namespace {

std::string code_of(const ProgramBuilder& p, const Block& block, const std::vector<TensorData>& inputs) {
  try {
    evaluate(p, block, inputs);
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

const Type kControls = real_type({{"H", 2}, {"action", 1}}), kRewards = real_type({{"H", 2}});

ValueId rewards_of(ProgramBuilder& p, ValueId controls) {
  return p.one(Op::simulate, {controls}, kRewards,
               {{"axis", std::string("H")}, {"gives", std::vector<std::string>{"reward"}}});
}

TEST(Simulate, HasNoDerivative) {
  ProgramBuilder p;
  const Block block = p.block({kControls}, [&](const Ids& in) {
    Block inner = p.block({kControls}, [&](const Ids& u) {
      return Ids{p.one(Op::sum, {rewards_of(p, u[0])}, real_type(), {{"axes", std::vector<std::string>{"H"}}})};
    });
    return p.node(Op::gradient, in, {real_type(), kControls}, {}, {inner});
  });
  EXPECT_EQ(code_of(p, block, {{kControls, {1, 2}}}), "E0618");
}

TEST(Simulate, TakesNoControlThatIsNotFinite) {
  ProgramBuilder p;
  const Block block =
      p.block({kControls}, [&](const Ids& in) { return Ids{rewards_of(p, p.one(Op::log, in, kControls))}; });
  EXPECT_EQ(code_of(p, block, {{kControls, {1, 0}}}), "E0603");
}

TEST(Simulate, NeedsARobotThatActs) {
  ProgramBuilder p;
  const Block block = p.block({kControls}, [&](const Ids& in) { return Ids{rewards_of(p, in[0])}; });
  EXPECT_THROW(evaluate(p, block, {{kControls, {1, 2}}}), std::logic_error);
}

}  // namespace
}  // namespace duet::testing
