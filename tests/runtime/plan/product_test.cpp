// Products that sum over several axes, which need not lie one after the other in memory.
#include <limits>

#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;

const Axis kTwin{"twin", 3}, kRow{"row", 30}, kY{"y", 6};

/// sum[twin, x] a * b, on both engines, also with a factor for each element.
void expect_equal(const Type& a, const Type& b, const Type& c) {
  ProgramBuilder p;
  const Block block = p.block({a, b, c}, [&](const Ids& in) {
    const Attribute axes = Names{"twin", "x"};
    return Ids{p.one(Op::contract, {in[0], in[1]}, c, {{"axes", axes}}),
               p.one(Op::contract, in, c, {{"axes", axes}, {"factor", std::string("value")}}),
               p.one(Op::contract, in, c, {{"axes", axes}, {"factor", std::string("positive")}})};
  });
  BothEngines engines(p);
  // 3 x 150 terms of up to 4 are added in another order.
  const double tolerance = 1e-4;
  for (int run = 0; run < 2; ++run)  // no run adds to the one before
    engines.evaluate(block, {random_data(a, 1), random_data(b, 2), random_data(c, 3)}, tolerance);
}

TEST(Product, SumsOverSeveralAxes) {
  for (const int64_t terms : {2, 40, 150}) {
    SCOPED_TRACE(terms);
    const Axis x{"x", terms};
    expect_equal(real_type({kTwin, kRow, x}), real_type({kTwin, kY, x}), real_type({kRow, kY}));
    expect_equal(real_type({kTwin, kRow, x}), real_type({kTwin, x, kY}), real_type({kRow, kY}));
    expect_equal(real_type({kRow, kTwin, x}), real_type({kTwin, kY, x}), real_type({kRow, kY}));
    expect_equal(real_type({kTwin, x, kRow}), real_type({kY, kTwin, x}), real_type({kY, kRow}));
    expect_equal(real_type({x, kRow, kTwin}), real_type({kTwin, kY, x}), real_type({kY, kRow}));
    expect_equal(real_type({kTwin, x}), real_type({kTwin, kY, x}), real_type({kY}));
  }
}

/// A layer on rows along three axes; `w` and `b` without `in` and `out`, the index for the choice among members.
void expect_layer(const std::vector<Axis>& rows, std::vector<Axis> w, std::vector<Axis> b, const std::vector<Axis>& k,
                  const std::vector<Axis>& result) {
  const Axis in{"in", 5}, out{"out", 20};
  const auto with = [](std::vector<Axis> axes, std::initializer_list<Axis> more) {
    axes.insert(axes.end(), more);
    return real_type(std::move(axes));
  };
  const bool chosen = !k.empty();
  const Type x = with(rows, {in}), weights = with(std::move(w), {in, out}), bias = with(std::move(b), {out}),
             index = index_type(k);
  std::vector<Type> types{x, weights, bias};
  Attributes attributes{{"in", std::string("in")}, {"out", std::string("out")}, {"activation", std::string("swish")}};
  if (chosen) {
    types.push_back(index);
    attributes.insert({"by", std::string("member")});
  }
  ProgramBuilder p;
  const Block block =
      p.block(types, [&](const Ids& ids) { return Ids{p.one(Op::linear, ids, with(result, {out}), attributes)}; });
  std::vector<TensorData> inputs{random_data(x, 1), random_data(weights, 2), random_data(bias, 3)};
  if (chosen) inputs.push_back({index, {2, 0}});
  SCOPED_TRACE(to_string(bias) + " for " + to_string(x));
  BothEngines(p).evaluate(block, inputs, 1e-5);
}

// One for all rows, for some that come one after the other, for some that do not, for each; and of members, that are
// walked along with the rows or chosen.
TEST(Product, ABiasMayVaryFromRowToRow) {
  const Axis a{"a", 3}, b{"b", 7}, c{"c", 4}, one{"one", 1}, member{"member", 3}, k{"k", 2};
  const std::vector<Axis> rows{a, b, c};
  for (const std::vector<Axis>& bias :
       std::vector<std::vector<Axis>>{{}, {a}, {a, b}, {b, a}, {b}, {c}, {a, c}, {b, c}, {a, b, c}, {c, b, a}}) {
    expect_layer(rows, {}, bias, {}, rows);
    expect_layer({c, a, b}, {}, bias, {}, rows);
    expect_layer({a, one, b, c}, {}, bias, {}, {a, one, b, c});
    std::vector<Axis> of_members = bias;
    of_members.insert(of_members.begin(), member);
    const std::vector<Axis> members_first{member, a, b, c}, chosen_first{k, a, b, c};
    expect_layer(rows, {member}, bias, {}, members_first);
    expect_layer(rows, {member}, of_members, {}, members_first);
    expect_layer({a, member, b, c}, {member}, of_members, {}, {a, member, b, c});
    expect_layer(rows, {member}, bias, {k}, chosen_first);
    expect_layer(rows, {member}, of_members, {k}, chosen_first);
  }
}

TEST(Product, AMemberThatDoesNotExistIsAnError) {
  const Type x = real_type({kRow, kY}), w = real_type({kTwin, kY, {"z", 4}}), b = real_type({{"z", 4}}),
             k = real_type();
  ProgramBuilder p;
  const Block block = p.block({x, w, b, k}, [&](const Ids& in) {
    return Ids{p.one(Op::linear, in, real_type({kRow, {"z", 4}}),
                     {{"in", std::string("y")}, {"out", std::string("z")}, {"by", std::string("twin")}})};
  });
  Plan plan(p.program, {});
  const auto run = [&](float index) {
    plan.evaluate(block, std::vector{random_data(x, 1), random_data(w, 2), random_data(b, 3), TensorData{k, {index}}});
  };
  for (const float index : {0.0f, 2.0f}) EXPECT_NO_THROW(run(index));
  for (const float index : {-1.0f, 3.0f, 1e20f, std::numeric_limits<float>::quiet_NaN()}) {
    try {
      run(index);
      ADD_FAILURE() << index << " was no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "E0604");
    }
  }
}

}  // namespace
}  // namespace duet::testing
