// Layers that round what they multiply to bfloat16: against plain loops over rounded numbers, and the two engines
// against each other.
#include <bit>

#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

const Attributes kRounding{{"in", std::string("i")}, {"out", std::string("o")}, {"precision", std::string("bf16")}};

/// To the nearest number with 8 bits of mantissa.
double rounded(double x) {
  const auto word = std::bit_cast<uint32_t>(static_cast<float>(x));
  return std::bit_cast<float>((word + 0x7fff + (word >> 16 & 1)) & 0xffff0000);
}

double layer(const TensorData& x, const TensorData& w, const TensorData& b, Position at, int64_t width) {
  double sum = element(b, at);
  for (int64_t k = 0; k < width; ++k) {
    at["i"] = k;
    sum += rounded(element(x, at)) * rounded(element(w, at));
  }
  return sum;
}

TEST(Precision, FactorsAreRoundedAndSumsAreNot) {
  const Axis i{"i", 37}, o{"o", 20}, batch{"batch", 33}, member{"member", 3};
  struct Case {
    std::vector<Axis> x, w, b, result;
  };
  const std::vector<Case> cases{
      {{i}, {i, o}, {o}, {o}},
      {{batch, i}, {i, o}, {o}, {batch, o}},
      {{i, batch}, {i, o}, {o}, {batch, o}},
      {{batch, i}, {o, i}, {o}, {batch, o}},
      {{batch, i}, {member, i, o}, {member, o}, {member, batch, o}},
      {{batch, member, i}, {member, i, o}, {member, o}, {batch, member, o}},
  };
  for (const Case& it : cases) {
    ProgramBuilder p;
    const Type x = real_type(it.x), w = real_type(it.w), b = real_type(it.b), y = real_type(it.result);
    SCOPED_TRACE(to_string(x) + " " + to_string(w));
    const Block block = p.block({x, w, b}, [&](const Ids& in) { return Ids{p.one(Op::linear, in, y, kRounding)}; });
    const std::vector<TensorData> inputs{random_data(x, 1), random_data(w, 2), random_data(b, 3)};
    const auto got = BothEngines(p).evaluate(block, inputs, 1e-5);
    expect_elements(got[0], y, [&](const Position& at) { return layer(inputs[0], inputs[1], inputs[2], at, 37); });
  }
}

/// Two layers of members chosen from states, and a state that is changed between products.
struct Network {
  ProgramBuilder p;
  const Axis batch{"batch", 50}, k{"k", 2}, member{"member", 4};
  const Type hidden = real_type({k, batch, {"o", 24}});
  int64_t w0 = p.state("w0", real_type({member, {"i", 20}, {"o", 24}}), {Initial::Kind::uniform, 1, -1});
  int64_t b0 = p.state("b0", real_type({member, {"o", 24}}), {Initial::Kind::uniform, 1, -1});
  int64_t w1 = p.state("w1", real_type({member, {"i", 24}, {"o", 5}}), {Initial::Kind::uniform, 1, -1});
  int64_t b1 = p.state("b1", real_type({member, {"o", 5}}), {Initial::Kind::uniform, 1, -1});
  const Type x = real_type({batch, {"i", 20}}), index = index_type({k});

  Ids layers(const Ids& in, bool keeps_hidden) {
    Attributes first = kRounding, second = kRounding;
    first["by"] = second["by"] = std::string("member");
    first["activation"] = std::string("relu");
    const ValueId h = p.one(Op::linear, {in[0], p.load(w0), p.load(b0), in[1]}, hidden, first);
    const ValueId renamed = p.one(Op::rename, {h}, real_type({k, batch, {"i", 24}}),
                                  {{"from", std::string("o")}, {"to", std::string("i")}});
    const ValueId y =
        p.one(Op::linear, {renamed, p.load(w1), p.load(b1), in[1]}, real_type({k, batch, {"o", 5}}), second);
    return keeps_hidden ? Ids{y, h} : Ids{y};
  }
};

TEST(Precision, ChainsOfLayersRoundOnceWhoeverElseReadsThem) {
  Network n;
  const Block chain = n.p.block({n.x, n.index}, [&](const Ids& in) { return n.layers(in, false); });
  const Block both_read = n.p.block({n.x, n.index}, [&](const Ids& in) { return n.layers(in, true); });
  BothEngines both(n.p);
  const std::vector<TensorData> inputs{random_data(n.x, 1), {n.index, {3, 1}}};
  // A sum that lies near the middle of two numbers may be rounded up by one engine and down by the other.
  const auto alone = both.evaluate(chain, inputs, 5e-3), shared = both.evaluate(both_read, inputs, 5e-3);
  EXPECT_EQ(alone[0].data, shared[0].data);
}

TEST(Precision, ProductsSeeTheLatestWeights) {
  Network n;
  const Block chain = n.p.block({n.x, n.index}, [&](const Ids& in) { return n.layers(in, false); });
  const Block change = n.p.block({}, [&](const Ids&) {
    const Type type = n.p.program.states[static_cast<size_t>(n.w1)].type;
    n.p.assign(n.w1, n.p.one(Op::neg, {n.p.load(n.w1)}, type));
    return Ids{};
  });
  BothEngines both(n.p);
  const std::vector<TensorData> inputs{random_data(n.x, 1), {n.index, {0, 2}}};
  const auto before = both.evaluate(chain, inputs, 5e-3);
  both.evaluate(change);
  const auto after = both.evaluate(chain, inputs, 5e-3);
  EXPECT_NE(before[0].data, after[0].data);
  both.evaluate(change);
  EXPECT_EQ(both.evaluate(chain, inputs, 5e-3)[0].data, before[0].data);
}

TEST(Precision, PartsOfWeightsThatLieInAState) {
  ProgramBuilder p;
  const Axis batch{"batch", 9};
  const int64_t w = p.state("w", real_type({{"i", 12}, {"o", 8}}), {Initial::Kind::uniform, 1, -1});
  const Type x = real_type({batch, {"i", 5}}), b = real_type({{"o", 8}}), y = real_type({batch, {"o", 8}});
  const Block block = p.block({x, b}, [&](const Ids& in) {
    Ids parts;
    for (const int64_t from : {0, 7}) {
      const ValueId part = p.one(Op::slice, {p.load(w)}, real_type({{"i", 5}, {"o", 8}}),
                                 {{"axis", std::string("i")}, {"from", from}, {"to", from + 5}});
      parts.push_back(p.one(Op::linear, {in[0], part, in[1]}, y, kRounding));
    }
    return parts;
  });
  const auto got = BothEngines(p).evaluate(block, {random_data(x, 1), random_data(b, 2)}, 1e-5);
  EXPECT_NE(got[0].data, got[1].data);
}

}  // namespace
}  // namespace duet::testing
