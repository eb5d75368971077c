#include "runtime/run/tensorboard.h"

#include <cstring>
#include <vector>

#include "runtime/core/atomic_file.h"
#include "runtime/core/hash.h"
#include "runtime/run/checkpoint.h"
#include "tests/runtime/run/temporary_folder.h"
#include "tfevent.pb.h"

namespace duet {
namespace {

class TensorBoardTest : public TemporaryFolder {
 protected:
  std::filesystem::path path() const { return folder_ / "events.out.tfevents.duet"; }

  /// Undoes TFRecord's mask by its definition: add, then rotate right by 15.
  static uint32_t unmasked(uint32_t crc) {
    crc -= 0xA282EAD8u;
    return crc << 15 | crc >> 17;
  }

  std::vector<tfevent::Event> read() const {
    const std::string bytes = content(path());
    std::vector<tfevent::Event> events;
    size_t at = 0;
    while (at < bytes.size()) {
      uint64_t length = 0;
      uint32_t length_crc = 0, data_crc = 0;
      if (bytes.size() - at < 16) break;
      std::memcpy(&length, &bytes[at], 8);
      std::memcpy(&length_crc, &bytes[at + 8], 4);
      EXPECT_EQ(unmasked(length_crc), crc32c_by_table(bytes_of(bytes.substr(at, 8))));
      const std::string data = bytes.substr(at + 12, length);
      std::memcpy(&data_crc, &bytes[at + 12 + length], 4);
      EXPECT_EQ(unmasked(data_crc), crc32c_by_table(bytes_of(data)));
      EXPECT_TRUE(events.emplace_back().ParseFromString(data));
      at += 16 + length;
    }
    EXPECT_EQ(at, bytes.size()) << "a record is cut off";
    return events;
  }
};

TEST_F(TensorBoardTest, WritesWhatTensorBoardReads) {
  {
    TensorBoard board(folder_);
    board.metric({"evaluate/return", 1000, -12.25});
    board.metric({"loss/q", 2000, 0});
  }
  const auto events = read();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  ASSERT_EQ(events[1].summary().value_size(), 1);
  EXPECT_EQ(events[1].step(), 1000);
  EXPECT_EQ(events[1].summary().value(0).tag(), "evaluate/return");
  EXPECT_EQ(events[1].summary().value(0).simple_value(), -12.25f);
  EXPECT_TRUE(events[2].summary().value(0).has_simple_value()) << "a zero must be written too";
  EXPECT_GT(events[1].wall_time(), 1.7e9);
}

TEST_F(TensorBoardTest, TheBytesOfAnEventAreTheFormatsOwn) {
  // Encoded by hand after the protobuf wire format and TensorBoard's field numbers.
  tfevent::Event event;
  event.set_wall_time(1.0);
  event.set_step(3);
  auto* value = event.mutable_summary()->add_value();
  value->set_tag("a");
  value->set_simple_value(2.0f);
  const std::string expected(
      "\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"
      "\x10\x03"
      "\x2a\x0a"
      "\x0a\x08"
      "\x0a\x01"
      "a"
      "\x15\x00\x00\x00\x40",
      23);
  EXPECT_EQ(event.SerializeAsString(), expected);
}

TEST_F(TensorBoardTest, ResumesWhereTheCheckpointWas) {
  {
    TensorBoard board(folder_);
    board.metric({"a", 1, 1});
    CheckpointWriter writer;
    board.save(writer);
    AtomicFile file(folder_ / "c");
    writer.write(file);
    file.commit();
    board.metric({"a", 2, 2});
  }
  {
    TensorBoard board(folder_);
    board.restore(CheckpointReader(folder_ / "c"));
    board.metric({"a", 2, 20});
    board.finished({2, true});
  }
  const auto events = read();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[2].summary().value(0).simple_value(), 20.f);
}

}  // namespace
}  // namespace duet
