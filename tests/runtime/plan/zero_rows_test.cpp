// A product that is told of rows of zeros has the numbers of one that is not.
#include "tests/runtime/plan/support.h"

namespace duet::testing {
namespace {

using Names = std::vector<std::string>;

const Axis kTwin{"twin", 2}, kRow{"row", 300}, kX{"x", 40}, kY{"y", 50};

/// Of each row one twin is zero; but of every fifth none, as between equals, and of every seventh both.
TensorData some_zero(const Type& type) {
  TensorData all = random_data(type, 1);
  const auto rows = static_cast<size_t>(kRow.size), x = static_cast<size_t>(kX.size);
  for (size_t twin = 0; twin < 2; ++twin)
    for (size_t row = 0; row < rows; ++row)
      if (row % 7 == 0 || (row % 5 != 0 && row % 2 == twin))
        std::fill_n(all.data.begin() + static_cast<std::ptrdiff_t>((twin * rows + row) * x), x, 0.0f);
  return all;
}

/// The product, in pieces of a number of rows, with or without the attribute; its factor is a third parameter.
Block product(ProgramBuilder& p, const Type& a, const Type& b, const Type& c, const std::string& factor, int64_t piece,
              bool told) {
  std::map<std::string, Attribute> attributes{{"axes", Names{"x"}}};
  if (told) attributes["zero_rows"] = Names{"twin"};
  if (!factor.empty()) attributes["factor"] = factor;
  return p.block({a, b, c}, [&](const Ids& in) {
    const Ids read = factor.empty() ? Ids{in[0], in[1]} : in;
    Block inside = p.block({}, [&](const Ids&) { return Ids{p.one(Op::contract, read, c, attributes)}; });
    return p.node(Op::tile, {}, {c}, {{"axes", Names{"row"}}, {"sizes", std::vector<int64_t>{piece}}},
                  {std::move(inside)});
  });
}

void expect_same(const Type& b, const Type& c, const std::string& factor) {
  const Type a = real_type({kTwin, kRow, kX});
  const std::vector<TensorData> inputs{some_zero(a), random_data(b, 2), random_data(c, 3)};
  ProgramBuilder p;
  for (const int64_t piece : {int64_t{128}, kRow.size}) {
    const Block told = product(p, a, b, c, factor, piece, true), dense = product(p, a, b, c, factor, piece, false);
    for (const int threads : {1, 2}) {
      EngineOptions options;
      options.threads = threads;
      BothEngines engines(p, options);
      // LibTorch adds the 40 terms in another order.
      const auto result = [&](const Block& block) { return engines.evaluate(block, inputs, 1e-5)[0].data; };
      EXPECT_EQ(result(told), result(dense));
    }
  }
}

void expect_same(const Type& b, const Type& c) {
  for (const char* factor : {"", "value", "positive"}) {
    SCOPED_TRACE(factor);
    expect_same(b, c, factor);
  }
}

TEST(ZeroRows, OfTwinsSideBySide) {
  expect_same(real_type({kTwin, kY, kX}), real_type({kTwin, kRow, kY}));
  expect_same(real_type({kTwin, kX, kY}), real_type({kTwin, kRow, kY}));
}

TEST(ZeroRows, OfTwinsInOneProduct) {
  expect_same(real_type({kY, kX}), real_type({kTwin, kRow, kY}));
}

TEST(ZeroRows, WhenTheResultLiesInAnotherOrder) {
  expect_same(real_type({kTwin, kY, kX}), real_type({kRow, kTwin, kY}));
  expect_same(real_type({kTwin, kY, kX}), real_type({kTwin, kY, kRow}));
}

}  // namespace
}  // namespace duet::testing
