#include "runtime/run/checkpoint.h"

#include <cstring>
#include <numeric>

#include "runtime/core/atomic_file.h"
#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

class CheckpointTest : public TemporaryFolder {
 protected:
  std::filesystem::path write(const CheckpointWriter& writer, const std::string& name = "c.ckpt") {
    AtomicFile file(folder_ / name);
    writer.write(file);
    file.commit();
    return folder_ / name;
  }

  /// A small one with something of every kind.
  std::filesystem::path write_small(const std::string& name = "c.ckpt", bool backwards = false) {
    CheckpointWriter writer;
    const auto weights = [&] { writer.add<float>("pi/weight", {2, 3}, weights_); };
    const auto step = [&] { writer.add_value<int64_t>("step", 1234567890123); };
    if (backwards) {
      step();
      weights();
    } else {
      weights();
      step();
    }
    writer.add<uint64_t>("counters", {2}, counters_);
    writer.add<double>("nothing", {0, 4}, {});
    writer.add_text("note", "caf\xc3\xa9");
    writer.add_value<bool>("flag", true);
    return write(writer, name);
  }

  std::vector<float> weights_ = {1.5f, -2, 3, 1e-40f, std::numeric_limits<float>::infinity(), -0.0f};
  std::vector<uint64_t> counters_ = {~uint64_t{0}, 7};
};

TEST_F(CheckpointTest, GivesBackWhatWasPutIn) {
  const CheckpointReader reader(write_small());
  reader.verify();
  const auto weights = reader.values<float>("pi/weight");
  ASSERT_EQ(weights.size(), 6u);
  EXPECT_EQ(std::memcmp(weights.data(), weights_.data(), 24), 0);
  EXPECT_EQ(reader.info("pi/weight").shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(reader.value<int64_t>("step"), 1234567890123);
  EXPECT_EQ(reader.values<uint64_t>("counters")[0], ~uint64_t{0});
  EXPECT_TRUE(reader.values<double>("nothing").empty());
  EXPECT_EQ(reader.text("note"), "caf\xc3\xa9");
  EXPECT_TRUE(reader.value<bool>("flag"));
  EXPECT_FALSE(reader.has("flags"));
  EXPECT_EQ(reader.blobs().size(), 6u);
}

TEST_F(CheckpointTest, EqualStatesGiveEqualBytesInWhateverOrderTheyWereAdded) {
  EXPECT_EQ(content(write_small("a")), content(write_small("b", true)));
}

TEST_F(CheckpointTest, AnEmptyOneIsOne) {
  const CheckpointReader reader(write(CheckpointWriter()));
  reader.verify();
  EXPECT_TRUE(reader.blobs().empty());
}

TEST_F(CheckpointTest, ArraysAreReadWhereTheyLieAligned) {
  const CheckpointReader reader(write_small());
  for (const BlobInfo& info : reader.blobs()) EXPECT_EQ(info.offset % 64, 0u) << info.name;
  EXPECT_EQ(reader.bytes("pi/weight").data(), reader.bytes("pi/weight").data());
}

TEST_F(CheckpointTest, EveryFlippedBitIsFound) {
  const std::string good = content(write_small());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    put(folder_ / "bad", bad);
    const std::string code = code_of([&] { CheckpointReader(folder_ / "bad").verify(); });
    EXPECT_EQ(code, i >= 8 && i < 12 ? "E0704" : "E0703") << "byte " << i;
  }
}

TEST_F(CheckpointTest, EveryTruncationIsFound) {
  const std::string good = content(write_small());
  for (size_t size = 0; size < good.size(); ++size) {
    put(folder_ / "bad", good.substr(0, size));
    EXPECT_EQ(code_of([&] { CheckpointReader(folder_ / "bad").verify(); }), "E0703") << size << " bytes";
  }
  put(folder_ / "bad", good + "x");
  EXPECT_EQ(code_of([&] { CheckpointReader(folder_ / "bad"); }), "E0703");
}

TEST_F(CheckpointTest, TheErrorNamesTheBrokenBlob) {
  std::string bytes = content(write_small());
  const uint64_t offset = CheckpointReader(folder_ / "c.ckpt").info("pi/weight").offset;
  bytes[offset + 5] ^= 1;
  put(folder_ / "bad", bytes);
  const CheckpointReader reader(folder_ / "bad");
  std::string message;
  EXPECT_EQ(code_of([&] { reader.verify(); }, &message), "E0703");
  EXPECT_NE(message.find("blob pi/weight"), std::string::npos) << message;
  EXPECT_EQ(code_of([&] { reader.values<float>("pi/weight"); }), "E0703");
  EXPECT_EQ(reader.value<int64_t>("step"), 1234567890123) << "the others are whole";
}

TEST_F(CheckpointTest, WhatDoesNotFitIsE0709) {
  const CheckpointReader reader(write_small());
  std::string message;
  EXPECT_EQ(code_of([&] { reader.bytes("q/weight"); }, &message), "E0709");
  EXPECT_NE(message.find("q/weight"), std::string::npos) << message;
  EXPECT_EQ(code_of([&] { reader.values<double>("pi/weight"); }, &message), "E0709");
  EXPECT_NE(message.find("holds f32, not f64"), std::string::npos) << message;
  EXPECT_EQ(code_of([&] { reader.value<float>("pi/weight"); }), "E0709");
  EXPECT_EQ(code_of([&] { CheckpointReader(folder_ / "none"); }), "E0702");
}

TEST_F(CheckpointTest, MistakesOfTheProgramAreLogicErrors) {
  CheckpointWriter writer;
  writer.add_value<double>("a", 1);
  EXPECT_THROW(writer.add_value<double>("a", 2), std::logic_error);
  EXPECT_THROW(writer.add<float>("b", {2, 2}, weights_), std::logic_error);
  EXPECT_THROW(writer.add<float>("b", {-1}, {}), std::logic_error);
}

TEST_F(CheckpointTest, LargeBlobsAreNotCopied) {
  // 64 MiB: if the writer or the reader copied it, the peak of resident memory would grow by as much.
  std::vector<int32_t> large(16 << 20);
  std::iota(large.begin(), large.end(), 0);
  const auto resident = [] {
    std::ifstream in("/proc/self/statm");
    long pages = 0, anonymous_and_shared = 0, shared = 0;
    in >> pages >> anonymous_and_shared >> shared;
    return (anonymous_and_shared - shared) * ::sysconf(_SC_PAGESIZE);  // memory that is no mapped file
  };
  CheckpointWriter writer;
  const long before = resident();
  writer.add<int32_t>("memory", {static_cast<int64_t>(large.size())}, large);
  const auto path = write(writer);
  const CheckpointReader reader(path);
  const auto back = reader.values<int32_t>("memory");
  EXPECT_LT(resident() - before, 8 << 20);
  EXPECT_EQ(back.size(), large.size());
  EXPECT_EQ(std::memcmp(back.data(), large.data(), back.size_bytes()), 0);
}

}  // namespace
}  // namespace duet
