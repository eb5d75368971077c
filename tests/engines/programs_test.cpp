// Small programs mean the same to both engines: to the interpreter as they were composed, and to the plan after its
// passes, all of them or some. Random ones, and those of the folder programs/, which once did not. Some tens of float32
// operations one after the other, some of which magnify errors: 1e-4 of the largest element (or of 1).
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>

#include "compiler/graph/parse.h"
#include "compiler/graph/print.h"
#include "compiler/graph/verify.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "runtime/interp/interpreter.h"
#include "runtime/plan/plan.h"
#include "tests/engines/random_program/random_program.h"

namespace duet::test {
namespace {

constexpr double kTolerance = 1e-4;

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

EngineOptions options() {
  EngineOptions options;
  options.seed = 7;
  options.threads = 2;
  return options;
}

size_t count(const Block& block, Op op) {
  size_t n = 0;
  for (const Node& node : block.nodes) {
    n += node.op == op;
    for (const Block& inner : node.blocks) n += count(inner, op);
  }
  return n;
}

/// The same elements with the axes in another order: passes may choose one.
TensorData in_order(const TensorData& x, const Type& type) {
  if (x.type.axes.size() != type.axes.size()) return x;
  TensorData y{{x.type.kind, {}}, {}};
  std::vector<int64_t> strides;
  for (const Axis& axis : type.axes) {
    const int at = x.type.find(axis.name);
    if (at < 0) return x;
    int64_t stride = 1;
    for (size_t d = static_cast<size_t>(at) + 1; d < x.type.axes.size(); ++d) stride *= x.type.axes[d].size;
    y.type.axes.push_back(x.type.axes[static_cast<size_t>(at)]);
    strides.push_back(stride);
  }
  const std::function<void(size_t, int64_t)> walk = [&](size_t d, int64_t from) {
    if (d == strides.size()) return y.data.push_back(x.data[static_cast<size_t>(from)]);
    for (int64_t i = 0; i < y.type.axes[d].size; ++i) walk(d + 1, from + i * strides[d]);
  };
  walk(0, 0);
  return y;
}

/// What is wrong with a result, or nothing. What is not finite in the first place is not compared.
std::string difference(const TensorData& other, const TensorData& wanted) {
  const TensorData got = in_order(other, wanted.type);
  if (to_string(got.type) != to_string(wanted.type))
    return to_string(got.type) + " instead of " + to_string(wanted.type);
  double largest = 1;
  for (const float x : wanted.data)
    if (std::isfinite(x)) largest = std::max(largest, std::abs(static_cast<double>(x)));
  const double most = wanted.type.kind == Kind::real ? kTolerance * largest : 0;
  for (size_t k = 0; k < wanted.data.size(); ++k)
    if (std::isfinite(wanted.data[k]) && !(std::abs(static_cast<double>(got.data[k]) - wanted.data[k]) <= most))
      return "element " + std::to_string(k) + " of " + to_string(wanted.type) + " is " + std::to_string(got.data[k]) +
             " instead of " + std::to_string(wanted.data[k]);
  return "";
}

/// Passes that are left out at random; differentiate stays, since the plan does not know what it replaces.
std::vector<std::string> some_passes(unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<std::string> names;
  for (const std::string& name : pass_names())
    if (name != kDifferentiate.name && generator() % 3 == 0) names.push_back(name);
  return names;
}

class Programs : public testing::Test {
 protected:
  /// With all passes, and with some.
  void compare(const Program& program, unsigned seed) {
    ASSERT_EQ(joined(verify(program, {.sizes_known = true})), "") << print(program);
    const auto wanted = Interpreter(program, options()).evaluate(program.main);
    for (const std::vector<std::string>& disabled : {std::vector<std::string>{}, some_passes(seed)}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + (disabled.empty() ? "" : ", without " + joined(disabled)));
      try {
        compare(program, disabled, wanted);
      } catch (const std::exception& error) {
        FAIL() << error.what() << "\n" << print(program);
      }
    }
  }

  size_t tiles_ = 0;

 private:
  void compare(const Program& program, const std::vector<std::string>& disabled,
               const std::vector<TensorData>& wanted) {
    Program optimised = program;
    run_pipeline(optimised, {.disabled = disabled, .verify_options = {.sizes_known = true}}, plan_pipeline());
    tiles_ += count(optimised.main, Op::tile);
    const auto got = Plan(optimised, options()).evaluate(optimised.main);
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_EQ(difference(got[i], wanted[i]), "") << "result " << i << " of\n"
                                                   << print(program) << "\nwhich became\n"
                                                   << print(optimised);
  }
};

TEST_F(Programs, ThatAreRandomMeanTheSame) {
  for (unsigned seed = 1; seed <= 1200 && !HasFatalFailure(); ++seed) compare(random_program(seed, false), seed);
}

TEST_F(Programs, ThatAreCutIntoTilesMeanTheSame) {
  for (unsigned seed = 1; seed <= 120 && !HasFatalFailure(); ++seed) compare(random_program(seed, true), seed);
  EXPECT_GT(tiles_, 60u);
}

TEST_F(Programs, ThatOnceDidNotMeanTheSame) {
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DUET_ROOT "/tests/engines/programs")) {
    SCOPED_TRACE(entry.path());
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    Diagnostics diagnostics;
    const Program program = parse_graph(text, diagnostics);
    ASSERT_TRUE(diagnostics.empty());
    for (unsigned seed = 1; seed <= 5; ++seed) compare(program, seed);
    ++found;
  }
  EXPECT_GT(found, 5u);
}

}  // namespace
}  // namespace duet::test
