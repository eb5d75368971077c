#include "runtime/interp/state.h"

#include <cstring>
#include <stdexcept>

#include "runtime/core/hash.h"
#include "runtime/interp/draws.h"
#include "runtime/kernels/optimize.h"

namespace duet::interp {

Tensor& States::slot(int64_t id) {
  if (tensors_.size() < program_.states.size()) tensors_.resize(program_.states.size());
  return tensors_.at(static_cast<size_t>(id));
}

const Tensor& States::get(int64_t id) {
  if (!slot(id).defined()) {
    Tensor first = initial(program_.states[static_cast<size_t>(id)]);
    slot(id) = std::move(first);
    start_copies(id);
  }
  return slot(id);
}

void States::start_copies(int64_t id) {
  for (size_t i = 0; i < program_.states.size(); ++i) {
    const Initial& initial = program_.states[i].initial;
    if (initial.kind == Initial::Kind::copy && initial.source == id) get(static_cast<int64_t>(i));
  }
}

void States::track(const std::vector<int64_t>& slow, const std::vector<int64_t>& fast, double rate) {
  if (slow.size() != fast.size()) throw std::logic_error("track: as many slow as fast states");
  for (size_t i = 0; i < slow.size(); ++i) {
    Tensor& to = writable(slow[i]);
    const Tensor& from = get(fast[i]);
    if (to.numel() != from.numel()) throw std::logic_error("track: states of different size");
    kernels::track(to.data_ptr<float>(), from.data_ptr<float>(), to.numel(), static_cast<float>(rate));
  }
}

Tensor States::initial(const State& state) {
  std::vector<int64_t> sizes;
  for (const Axis& axis : state.type.axes) {
    if (axis.size == kUnknownSize) throw std::logic_error("state " + state.name + " has an axis of unknown size");
    sizes.push_back(axis.size);
  }
  const auto options = at::TensorOptions(dtype_of(state.type.kind));
  const DrawKey key{seed_, hash_text(state.name), 0};
  switch (state.initial.kind) {
    case Initial::Kind::constant:
      return at::full(sizes, state.initial.scale, options);
    case Initial::Kind::uniform:
      return draw_uniform(key, sizes).mul_(2).sub_(1).mul_(state.initial.scale);
    case Initial::Kind::truncated_normal:
      return draw_truncated(key, sizes, 2.0).mul_(state.initial.scale);
    case Initial::Kind::copy:
      return get(state.initial.source).clone();
    case Initial::Kind::indices:
      return at::arange(sizes.empty() ? 1 : sizes.back(), options).expand(sizes).contiguous();
  }
  throw std::logic_error("state " + state.name + " has no start");
}

void States::set(int64_t id, const Tensor& value) {
  const State& state = program_.states[static_cast<size_t>(id)];
  Tensor kept = to_kind(value.detach(), state.type.kind).contiguous();
  if (kept.dim() != static_cast<int64_t>(state.type.axes.size()))
    throw std::logic_error("state " + state.name + " was given a value of another rank");
  slot(id) = std::move(kept);
}

Tensor& States::writable(int64_t id) {
  get(id);
  Tensor& tensor = slot(id);
  if (tensor.use_count() > 1 || tensor.storage().use_count() > 1) tensor = tensor.clone();
  return tensor;
}

void States::save(CheckpointWriter& writer) const {
  for (size_t id = 0; id < tensors_.size(); ++id)
    if (tensors_[id].defined()) save_tensor(writer, "state." + program_.states[id].name, tensors_[id]);
}

void States::load(const CheckpointReader& reader) {
  tensors_.assign(program_.states.size(), {});
  for (size_t id = 0; id < tensors_.size(); ++id) {
    const State& state = program_.states[id];
    const std::string name = "state." + state.name;
    if (!reader.has(name)) continue;
    Tensor x = load_tensor(reader, name);
    bool fits = x.scalar_type() == dtype_of(state.type.kind) && x.dim() == static_cast<int64_t>(state.type.axes.size());
    for (int64_t d = 0; fits && d < x.dim(); ++d)
      fits = sizes_agree(state.type.axes[static_cast<size_t>(d)].size, x.size(d));
    if (!fits) throw Error("E0709", "the checkpoint's `" + state.name + "` does not fit this program");
    tensors_[id] = std::move(x);
  }
}

void save_tensor(CheckpointWriter& writer, const std::string& name, const Tensor& x) {
  const Dtype dtype = x.scalar_type() == at::kFloat  ? Dtype::kF32
                      : x.scalar_type() == at::kLong ? Dtype::kI64
                                                     : Dtype::kBool;
  const auto* bytes = static_cast<const std::byte*>(x.data_ptr());
  writer.add(name, dtype, x.sizes().vec(), {bytes, static_cast<size_t>(x.nbytes())});
}

Tensor load_tensor(const CheckpointReader& reader, const std::string& name) {
  const BlobInfo& info = reader.info(name);
  const at::ScalarType dtype = info.dtype == Dtype::kF32   ? at::kFloat
                               : info.dtype == Dtype::kI64 ? at::kLong
                                                           : at::kBool;
  Tensor x = at::empty(info.shape, dtype);
  const auto bytes = reader.bytes(name);
  if (bytes.size() != x.nbytes()) throw Error("E0709", "the checkpoint's `" + name + "` has an unexpected type");
  if (!bytes.empty()) std::memcpy(x.data_ptr(), bytes.data(), bytes.size());
  return x;
}

}  // namespace duet::interp
