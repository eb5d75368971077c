#include "runtime/core/large_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace duet {
namespace {

bool is_multiple(const void* address, uintptr_t of) {
  return reinterpret_cast<uintptr_t>(address) % of == 0;
}

TEST(LargeMemory, BeginsAtACacheLine) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{64}, size_t{1000}, (size_t{1} << 18) - 1}) {
    void* array = allocate_array(bytes);
    EXPECT_TRUE(is_multiple(array, 64)) << bytes;
    free_array(array, bytes);
  }
}

TEST(LargeMemory, FromAQuarterOfAMebibyteOnBeginsAtAHugePage) {
  for (const size_t bytes : {size_t{1} << 18, (size_t{1} << 21) + 4, size_t{5} << 20}) {
    auto* array = static_cast<unsigned char*>(allocate_array(bytes));
    EXPECT_TRUE(is_multiple(array, size_t{1} << 21)) << bytes;
    array[0] = array[bytes - 1] = 1;  // it is there
    free_array(array, bytes);
  }
}

TEST(LargeMemory, HoldsAVectorThatGrows) {
  std::vector<int, ArrayAllocator<int>> numbers;
  for (int i = 0; i < 1'000'000; ++i) numbers.push_back(i);
  EXPECT_EQ(std::accumulate(numbers.begin(), numbers.end(), int64_t{0}), int64_t{499'999'500'000});
}

}  // namespace
}  // namespace duet
