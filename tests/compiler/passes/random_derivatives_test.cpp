// Derivatives of random compositions of operations on broadcast values, against LibTorch's. Some twenty float32
// operations one after the other, some of which magnify errors: 1e-4 of the largest element.
#include <random>

#include "compiler/graph/builder.h"
#include "compiler/graph/print.h"
#include "tests/compiler/passes/derivatives.h"

namespace duet::test {
namespace {

class Composer {
 public:
  explicit Composer(unsigned seed) : generator_(seed), builder_(program_) {}

  /// A program whose main has as results a random function of three random inputs, and its derivatives.
  Program compose() {
    const std::vector<Type> types{
        {Kind::real, {{"a", 3}, {"b", 2}}}, {Kind::real, {{"b", 2}, {"c", 4}}}, {Kind::real, {{"c", 4}}}};
    builder_.open();
    std::vector<ValueId> inputs;
    for (const Type& type : types)
      inputs.push_back(
          builder_.emit1(Op::noise, {}, type, {},
                         {{"distribution", std::string("normal")}, {"site", static_cast<int64_t>(inputs.size() + 1)}}));
    Block function = block(types);
    std::vector<Type> results{Type{}};
    results.insert(results.end(), types.begin(), types.end());
    std::vector<Block> blocks;
    blocks.push_back(std::move(function));
    const std::vector<ValueId> found = builder_.emit(Op::gradient, inputs, results, {}, {}, std::move(blocks));
    program_.main = builder_.close();
    program_.main.results = found;
    return std::move(program_);
  }

 private:
  Block block(const std::vector<Type>& types) {
    builder_.open();
    for (const Type& type : types) values_.push_back(builder_.parameter(type));
    for (int i = 0; i < 12; ++i) values_.push_back(step());
    ValueId total = scalar(values_.back());
    for (size_t i = 3; i + 1 < values_.size(); i += 2) total = builder_.binary(Op::add, total, scalar(values_[i]), {});
    Block block = builder_.close();
    block.results = {total};
    return block;
  }

  size_t pick(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(generator_); }
  Op pick(std::initializer_list<Op> ops) { return ops.begin()[pick(ops.size())]; }
  ValueId any() { return values_[pick(values_.size())]; }

  /// The mean of all elements: keeps numbers small.
  ValueId scalar(ValueId x) {
    std::vector<std::string> axes;
    for (const Axis& axis : program_.type(x).axes) axes.push_back(axis.name);
    return axes.empty() ? x : builder_.reduce(Op::mean, x, axes, {});
  }

  ValueId step() {
    const ValueId x = any();
    const std::vector<Axis> axes = program_.type(x).axes;
    switch (pick(axes.empty() ? 3 : 6)) {
      case 0:
        return builder_.unary(pick({Op::tanh, Op::sin, Op::swish, Op::sigmoid, Op::softplus, Op::relu, Op::atan}), x,
                              {});
      case 1:
        return builder_.unary(
            Op::tanh, builder_.binary(pick({Op::add, Op::sub, Op::mul, Op::minimum, Op::maximum}), x, any(), {}), {});
      case 2:
        return iterated(x, scalar(any()));
      case 3:
        return builder_.reduce(pick({Op::sum, Op::mean, Op::min, Op::max, Op::std}), x, {axes[pick(axes.size())].name},
                               {});
      case 4:
        return builder_.emit1(pick({Op::cumsum, Op::standardize}), {x}, program_.type(x), {},
                              {{"axes", std::vector<std::string>{axes[pick(axes.size())].name}}});
      default:
        return part(x, axes[pick(axes.size())]);
    }
  }

  /// x <- sin(x + noise * s), three times.
  ValueId iterated(ValueId x, ValueId s) {
    const Type type = program_.type(x);
    builder_.open();
    builder_.parameter({});
    const ValueId carry = builder_.parameter(type);
    const ValueId draw =
        builder_.emit1(Op::noise, {}, type, {},
                       {{"distribution", std::string("normal")}, {"site", static_cast<int64_t>(10 + values_.size())}});
    const ValueId moved = builder_.binary(Op::add, carry, builder_.binary(Op::mul, draw, s, {}), {});
    const ValueId next = builder_.expand(builder_.unary(Op::sin, moved, {}), type.axes, {});
    Block block = builder_.close();
    block.results = {next};
    std::vector<Block> blocks;
    blocks.push_back(std::move(block));
    return builder_.emit1(Op::iterate, {x}, type, {}, {{"count", int64_t{3}}}, std::move(blocks));
  }

  /// The elements but the first, end to end with the whole.
  ValueId part(ValueId x, const Axis& axis) {
    const ValueId rest = builder_.slice(x, axis.name, 1, -1, {});
    Type type = program_.type(x);
    type.axes[static_cast<size_t>(type.find(axis.name))].size = 2 * axis.size - 1;
    const ValueId both = builder_.emit1(Op::concat, {rest, x}, type, {}, {{"axis", axis.name}});
    return builder_.reduce(Op::sum, both, {axis.name}, {});
  }

  std::mt19937 generator_;
  Program program_;
  Builder builder_;
  std::vector<ValueId> values_;
};

TEST(RandomDerivatives, AreThoseOfLibTorch) {
  size_t moving = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Program program = Composer(seed).compose();
    ASSERT_EQ(joined(verify(program, {.sizes_known = true})), "") << print(program);
    const auto wanted = results_of(program);
    expect_close(results_of(written_out(program)), wanted, 1e-4);
    if (testing::Test::HasFailure()) FAIL() << print(program);
    for (const float x : wanted[1].data) moving += x != 0;
  }
  EXPECT_GT(moving, 1000u) << "most functions should depend on their first input";
}

}  // namespace
}  // namespace duet::test
