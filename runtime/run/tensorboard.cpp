#include "runtime/run/tensorboard.h"

#include <chrono>

#include "runtime/core/hash.h"
#include "runtime/run/checkpoint.h"
#include "tfevent.pb.h"

namespace duet {
namespace {

constexpr const char* kPosition = "observer/tensorboard/size";

/// TFRecord stores checksums rotated and shifted, so that a checksum of bytes that hold checksums stays a good one.
uint32_t masked(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

template <typename T>
std::string little_endian(T value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

tfevent::Event event_now() {
  tfevent::Event event;
  const std::chrono::duration<double> since_1970 = std::chrono::system_clock::now().time_since_epoch();
  event.set_wall_time(since_1970.count());
  return event;
}

}  // namespace

TensorBoard::TensorBoard(const std::filesystem::path& folder) : file_(folder / "events.out.tfevents.duet") {
  if (file_.size() > 0) return;
  tfevent::Event event = event_now();
  event.set_file_version("brain.Event:2");
  append_record(event.SerializeAsString());
}

void TensorBoard::append_record(const std::string& message) {
  const std::string length = little_endian<uint64_t>(message.size());
  file_.append(length + little_endian(masked(crc32c(bytes_of(length)))) + message +
               little_endian(masked(crc32c(bytes_of(message)))));
}

void TensorBoard::metric(const MetricEvent& metric) {
  tfevent::Event event = event_now();
  event.set_step(metric.step);
  tfevent::Summary::Value* value = event.mutable_summary()->add_value();
  value->set_tag(metric.name);
  value->set_simple_value(static_cast<float>(metric.value));
  append_record(event.SerializeAsString());
}

void TensorBoard::finished(const RunFinished&) {
  file_.sync();
}

void TensorBoard::save(CheckpointWriter& writer) {
  writer.add_value<int64_t>(kPosition, file_.sync());
}

void TensorBoard::restore(const CheckpointReader& reader) {
  if (reader.has(kPosition)) file_.truncate_to(reader.value<int64_t>(kPosition));
}

}  // namespace duet
