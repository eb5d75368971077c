#include "runtime/plan/states.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <span>
#include <stdexcept>

#include "runtime/core/hash.h"
#include "runtime/core/random.h"
#include "runtime/kernels/random.h"

namespace duet::plan {

namespace {

std::vector<int64_t> sizes_of(const State& state) {
  std::vector<int64_t> sizes;
  for (const Axis& axis : state.type.axes) {
    if (axis.size == kUnknownSize) throw std::logic_error("state " + state.name + " has an axis of unknown size");
    sizes.push_back(axis.size);
  }
  return sizes;
}

void scale(std::span<float> x, double factor) {
  for (float& v : x) v *= static_cast<float>(factor);
}

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& x) {
  return std::as_bytes(std::span<const T>(x));
}

template <typename T>
void convert(std::span<const std::byte> bytes, float* x) {
  for (size_t i = 0; i < bytes.size() / sizeof(T); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    x[i] = static_cast<float>(value);
  }
}

}  // namespace

States::States(const Program& program, uint64_t seed) : program_(program), seed_(seed), arrays_(program.states.size()) {
  size_t floats = 0;
  for (const State& state : program.states) {
    places_.push_back(floats);
    floats += room_for(static_cast<size_t>(std::max<int64_t>(state.type.elements(), 1)));
  }
  memory_ = Buffer(floats);
  for (size_t id = 0; id < arrays_.size(); ++id)
    guard(place(id), static_cast<size_t>(std::max<int64_t>(program.states[id].type.elements(), 1)));
}

int64_t States::elements(int64_t id) const {
  return program_.states[static_cast<size_t>(id)].type.elements();
}

States::Array& States::slot(int64_t id) {
  return arrays_.at(static_cast<size_t>(id));
}

float* States::get(int64_t id) {
  Array& array = slot(id);
  if (!array.data) {
    array = {place(static_cast<size_t>(id)), ++changes_};
    start(program_.states[static_cast<size_t>(id)], array.data);
    start_copies(id);
  }
  return array.data;
}

void States::start_copies(int64_t id) {
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const Initial& initial = program_.states[i].initial;
    if (initial.kind == Initial::Kind::copy && initial.source == id) get(static_cast<int64_t>(i));
  }
}

float* States::change(int64_t id) {
  float* x = get(id);
  slot(id).version = ++changes_;
  return x;
}

int64_t States::holder(const float* x) const {
  const std::less<> before;  // pointers into different arrays
  for (size_t id = 0; id < arrays_.size(); ++id) {
    const float* data = arrays_[id].data;
    if (data && !before(x, data) && before(x, data + elements(static_cast<int64_t>(id))))
      return static_cast<int64_t>(id);
  }
  return -1;
}

void States::start(const State& state, float* x) {
  const std::vector<int64_t> sizes = sizes_of(state);
  const std::span<float> all(x, static_cast<size_t>(state.type.elements()));
  const DrawKey key{seed_, hash_text(state.name), 0};
  switch (state.initial.kind) {
    case Initial::Kind::constant:
      std::ranges::fill(all, static_cast<float>(state.initial.scale));
      return;
    case Initial::Kind::uniform:
      fill_uniform(key, 0, all);
      for (float& v : all) v = v * 2 - 1;
      return scale(all, state.initial.scale);
    case Initial::Kind::truncated_normal:
      kernels::fill_truncated(key, 0, all, 2.0);
      return scale(all, state.initial.scale);
    case Initial::Kind::copy:
      std::copy_n(get(state.initial.source), all.size(), x);
      return;
    case Initial::Kind::indices: {
      const int64_t last = sizes.empty() ? 1 : sizes.back();
      for (size_t i = 0; i < all.size(); ++i) x[i] = static_cast<float>(static_cast<int64_t>(i) % last);
      return;
    }
  }
  throw std::logic_error("state " + state.name + " has no start");
}

void States::save(CheckpointWriter& writer) const {
  for (size_t id = 0; id < arrays_.size(); ++id) {
    if (!arrays_[id].data) continue;
    const State& state = program_.states[id];
    save_array(writer, "state." + state.name, state.type.kind, sizes_of(state), arrays_[id].data);
  }
}

void States::load(const CheckpointReader& reader) {
  std::ranges::fill(arrays_, Array{});
  for (size_t id = 0; id < program_.states.size(); ++id) {
    const State& state = program_.states[id];
    const std::string name = "state." + state.name;
    if (!reader.has(name)) continue;
    const std::vector<int64_t> sizes = sizes_of(state);
    if (reader.info(name).shape != sizes)
      throw Error("E0709", "the checkpoint's `" + state.name + "` does not fit this program");
    arrays_[id] = {place(id), ++changes_};
    load_array(reader, name, state.type.elements(), arrays_[id].data);
  }
}

void save_array(CheckpointWriter& writer, const std::string& name, Kind kind, const std::vector<int64_t>& sizes,
                const float* x) {
  size_t n = 1;
  for (const int64_t size : sizes) n *= static_cast<size_t>(size);
  if (kind == Kind::real) return writer.add(name, Dtype::kF32, sizes, std::as_bytes(std::span(x, n)));
  if (kind == Kind::index) {
    std::vector<int64_t> whole(x, x + n);
    return writer.add_kept(name, Dtype::kI64, sizes, bytes_of(whole));
  }
  std::vector<uint8_t> truth(n);
  std::transform(x, x + n, truth.begin(), [](float v) { return v != 0 ? 1 : 0; });
  writer.add_kept(name, Dtype::kBool, sizes, bytes_of(truth));
}

void load_array(const CheckpointReader& reader, const std::string& name, int64_t elements, float* x) {
  const BlobInfo& info = reader.info(name);
  const auto bytes = reader.bytes(name);
  if (bytes.size() != static_cast<size_t>(elements) * size_of(info.dtype))
    throw Error("E0709", "the checkpoint's `" + name + "` has an unexpected size");
  if (info.dtype == Dtype::kF32) return convert<float>(bytes, x);
  if (info.dtype == Dtype::kI64) return convert<int64_t>(bytes, x);
  if (info.dtype == Dtype::kBool) return convert<uint8_t>(bytes, x);
  throw Error("E0709", "the checkpoint's `" + name + "` has an unexpected type");
}

}  // namespace duet::plan
