#include "runtime/kernels/gather.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <stdexcept>

namespace duet::kernels {
namespace {

std::vector<float> counted(size_t n) {
  std::vector<float> x(n);
  std::iota(x.begin(), x.end(), 0.0f);
  return x;
}

void expect_copied(const std::vector<int64_t>& sizes, const std::vector<int64_t>& from,
                   const std::vector<int64_t>& to) {
  const std::vector<float> in = counted(5000);
  std::vector<float> out(5000, -1), expected = out;
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, at_in = 0, at_out = 0;
    for (size_t d = sizes.size(); d-- > 0; rest /= sizes[d]) {
      at_in += rest % sizes[d] * from[d];
      at_out += rest % sizes[d] * to[d];
    }
    expected[static_cast<size_t>(at_out)] = in[static_cast<size_t>(at_in)];
  }
  StridedCopy(sizes, from, to).run(in.data(), out.data());
  EXPECT_EQ(out, expected);
}

TEST(StridedCopy, AnyStrides) {
  expect_copied({}, {}, {});
  expect_copied({0, 4}, {4, 1}, {4, 1});
  expect_copied({100}, {1}, {1});
  for (const int64_t n : {1, 3, 7, 15, 16, 17, 31, 40}) expect_copied({10, n}, {50, 1}, {n, 1});
  expect_copied({30, 40}, {1, 30}, {40, 1});
  expect_copied({30, 40}, {40, 1}, {1, 30});
  expect_copied({30, 40}, {0, 1}, {45, 1});
  expect_copied({30, 40}, {1, 0}, {40, 1});
  expect_copied({2, 3, 4, 5}, {7, 100, 3, 20}, {60, 20, 5, 1});
  EXPECT_THROW(StridedCopy({2}, {1}, {1, 1}), std::invalid_argument);
}

TEST(Rows, TakeAndItsGradient) {
  for (const int64_t width : {1, 6, 16, 37}) {
    const std::vector<float> x = counted(static_cast<size_t>(5 * (width + 2)));
    const std::vector<float> index = {4, 0, 0, 3};
    std::vector<float> taken(static_cast<size_t>(4 * width)), sums(x.size(), 1);
    take_rows(x.data(), 5, width + 2, index.data(), 4, width, taken.data(), width);
    scatter_add_rows(taken.data(), width, index.data(), 4, width, sums.data(), 5, width + 2);
    for (int64_t r = 0; r < 5; ++r) {
      const int times = r == 0 ? 2 : r >= 3 ? 1 : 0;
      for (int64_t j = 0; j < width + 2; ++j) {
        const auto place = static_cast<size_t>(r * (width + 2) + j);
        EXPECT_EQ(sums[place], j < width ? 1 + static_cast<float>(times) * x[place] : 1);
      }
    }
    for (size_t i = 0; i < index.size(); ++i)
      for (int64_t j = 0; j < width; ++j)
        EXPECT_EQ(taken[i * static_cast<size_t>(width) + static_cast<size_t>(j)],
                  index[i] * static_cast<float>(width + 2) + static_cast<float>(j));
  }
}

TEST(Rows, AnIndexOutsideIsAnError) {
  std::vector<float> x(6), out(6, 7);
  for (const float bad : {-1.0f, 3.0f, std::numeric_limits<float>::quiet_NaN()}) {
    const std::vector<float> index = {0, bad};
    EXPECT_THROW(take_rows(x.data(), 3, 2, index.data(), 2, 2, out.data(), 2), std::out_of_range);
    EXPECT_THROW(scatter_add_rows(x.data(), 2, index.data(), 2, 2, out.data(), 3, 2), std::out_of_range);
    EXPECT_EQ(out, std::vector<float>(6, 7)) << "nothing is moved before all indices are good";
  }
}

}  // namespace
}  // namespace duet::kernels
