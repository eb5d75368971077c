#include "runtime/data/memory.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "runtime/run/checkpoint.h"

namespace duet {

Memory::Memory(std::string name, int64_t capacity, int64_t obs, int64_t action)
    : name_(std::move(name)),
      capacity_(capacity),
      obs_{"obs", obs, {}},
      action_{"action", action, {}},
      reward_{"reward", 1, {}},
      next_obs_{"next_obs", obs, {}},
      alive_{"alive", 1, {}} {
  if (capacity <= 0 || obs <= 0 || action <= 0) throw std::logic_error("memory " + name_ + " has a size below 1");
}

void Memory::append(std::span<const float> obs, std::span<const float> action, std::span<const float> reward,
                    std::span<const float> next_obs, std::span<const float> alive) {
  const auto rows = static_cast<int64_t>(reward.size());
  put(obs_, obs, rows);
  put(action_, action, rows);
  put(reward_, reward, rows);
  put(next_obs_, next_obs, rows);
  put(alive_, alive, rows);
  next_ = (next_ + rows) % capacity_;
  size_ = std::min(capacity_, size_ + rows);
}

void Memory::put(Field& field, std::span<const float> from, int64_t rows) {
  if (static_cast<int64_t>(from.size()) != rows * field.width)
    throw std::logic_error("memory " + name_ + ": " + field.name + " has the wrong length");
  const int64_t filled = std::min(capacity_, size_ + rows);
  if (const auto wanted = static_cast<size_t>(filled * field.width); field.data.size() < wanted) {
    // Doubling, as a vector does, but never beyond the capacity.
    if (field.data.capacity() < wanted)
      field.data.reserve(std::min(static_cast<size_t>(capacity_ * field.width), 2 * wanted));
    field.data.resize(wanted);
  }
  int64_t slot = next_;
  for (int64_t done = 0; done < rows;) {
    const int64_t piece = std::min(rows - done, capacity_ - slot);
    std::memcpy(field.data.data() + slot * field.width, from.data() + done * field.width,
                static_cast<size_t>(piece * field.width) * sizeof(float));
    done += piece;
    slot = (slot + piece) % capacity_;
  }
}

void Memory::gather(std::span<const int64_t> rows, const Destination& out) const {
  for (const int64_t row : rows)
    if (row < 0 || row >= size_) throw std::out_of_range("memory " + name_ + " has no row " + std::to_string(row));
  gather(obs_, rows, out.obs);
  gather(action_, rows, out.action);
  gather(reward_, rows, out.reward);
  gather(next_obs_, rows, out.next_obs);
  gather(alive_, rows, out.alive);
}

void Memory::gather(const Field& field, std::span<const int64_t> rows, std::span<float> out) {
  if (out.empty()) return;
  const auto width = static_cast<size_t>(field.width);
  if (out.size() != rows.size() * width)
    throw std::logic_error(std::string("gather: ") + field.name + " has the wrong length");
  const float* source = field.data.data();
  for (size_t i = 0; i < rows.size(); ++i)
    std::memcpy(out.data() + i * width, source + static_cast<size_t>(rows[i]) * width, width * sizeof(float));
}

void Memory::save(CheckpointWriter& writer) const {
  const std::string prefix = "memory." + name_ + ".";
  writer.add_value<int64_t>(prefix + "next", next_);
  for (const Field* field : {&obs_, &action_, &reward_, &next_obs_, &alive_})
    writer.add<float>(prefix + field->name, {size_, field->width}, field->data);
}

void Memory::load(const CheckpointReader& reader) {
  const std::string prefix = "memory." + name_ + ".";
  const int64_t next = reader.value<int64_t>(prefix + "next");
  const auto rows = static_cast<int64_t>(reader.values<float>(prefix + "reward").size());
  bool fits = rows <= capacity_ && next >= 0 && next < capacity_ && (rows == capacity_ || next == rows);
  for (Field* field : {&obs_, &action_, &reward_, &next_obs_, &alive_}) {
    const auto from = reader.values<float>(prefix + field->name);
    fits = fits && static_cast<int64_t>(from.size()) == rows * field->width;
    if (!fits) throw Error("E0709", "the checkpoint's memory `" + name_ + "` does not fit this program");
    field->data.assign(from.begin(), from.end());
  }
  size_ = rows;
  next_ = next;
}

}  // namespace duet
