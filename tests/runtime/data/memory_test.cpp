#include "runtime/data/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/core/atomic_file.h"
#include "runtime/run/checkpoint.h"

namespace duet {
namespace {

/// Appends `rows` transitions numbered from `first`: every field of number n is made of n.
void append(Memory& memory, int first, int rows) {
  std::vector<float> obs, action, reward, next_obs, alive;
  for (int n = first; n < first + rows; ++n) {
    const auto x = static_cast<float>(n);
    obs.insert(obs.end(), {x, x + 0.25f});
    action.insert(action.end(), {-x, -x - 1, -x - 2});
    reward.push_back(10 * x);
    next_obs.insert(next_obs.end(), {x + 1, x + 1.25f});
    alive.push_back(n % 2 ? 1.0f : 0.0f);
  }
  memory.append(obs, action, reward, next_obs, alive);
}

std::vector<float> rewards(const Memory& memory) {
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < memory.size(); ++i) rows.push_back(i);
  std::vector<float> out(rows.size());
  memory.gather(rows, {{}, {}, out, {}, {}});
  return out;
}

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() / (name + std::to_string(getpid()));
}

TEST(Memory, KeepsFieldsTogether) {
  Memory memory("real", 10, 2, 3);
  append(memory, 0, 4);
  EXPECT_EQ(memory.size(), 4);
  const std::vector<int64_t> rows{3, 0, 3};
  std::vector<float> obs(6), action(9), reward(3), next_obs(6), alive(3);
  memory.gather(rows, {obs, action, reward, next_obs, alive});
  EXPECT_EQ(obs, (std::vector<float>{3, 3.25, 0, 0.25, 3, 3.25}));
  EXPECT_EQ(action, (std::vector<float>{-3, -4, -5, 0, -1, -2, -3, -4, -5}));
  EXPECT_EQ(reward, (std::vector<float>{30, 0, 30}));
  EXPECT_EQ(next_obs, (std::vector<float>{4, 4.25, 1, 1.25, 4, 4.25}));
  EXPECT_EQ(alive, (std::vector<float>{1, 0, 1}));
}

TEST(Memory, OverwritesTheOldest) {
  Memory memory("real", 5, 2, 3);
  append(memory, 0, 4);
  append(memory, 4, 3);
  EXPECT_EQ(memory.size(), 5);
  EXPECT_EQ(rewards(memory), (std::vector<float>{50, 60, 20, 30, 40}));
  append(memory, 7, 12);  // more than fits at once
  EXPECT_EQ(rewards(memory), (std::vector<float>{150, 160, 170, 180, 140}));
}

TEST(Memory, MistakesAreErrors) {
  EXPECT_THROW(Memory("real", 0, 2, 3), std::logic_error);
  Memory memory("real", 5, 2, 3);
  append(memory, 0, 2);
  const std::vector<int64_t> beyond{2};
  std::vector<float> one(1);
  EXPECT_THROW(memory.gather(beyond, {{}, {}, one, {}, {}}), std::out_of_range);
  EXPECT_THROW(memory.append(one, one, one, one, one), std::logic_error);
}

TEST(Memory, SavedAndLoadedGoesOnTheSame) {
  const auto path = scratch("duet_memory_test");
  for (const int before : {3, 5, 8}) {
    Memory memory("real", 5, 2, 3), copy("real", 5, 2, 3);
    append(memory, 0, before);
    CheckpointWriter writer;
    memory.save(writer);
    AtomicFile file(path);
    writer.write(file);
    file.commit();
    const CheckpointReader reader(path);
    // Only what is filled is written.
    EXPECT_EQ(reader.info("memory.real.obs").shape, (std::vector<int64_t>{std::min(before, 5), 2}));
    copy.load(reader);
    EXPECT_EQ(rewards(copy), rewards(memory));
    append(memory, 20, 2);
    append(copy, 20, 2);
    EXPECT_EQ(rewards(copy), rewards(memory));
    Memory other("real", 5, 4, 3);
    EXPECT_THROW(other.load(reader), Error);
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace duet
