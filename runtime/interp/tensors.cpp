#include "runtime/interp/tensors.h"

#include <algorithm>
#include <stdexcept>

#include "runtime/kernels/optimize.h"

namespace duet::interp {

at::ScalarType dtype_of(Kind kind) {
  return kind == Kind::real ? at::kFloat : kind == Kind::boolean ? at::kBool : at::kLong;
}

Tensor to_kind(const Tensor& x, Kind kind) {
  const at::ScalarType dtype = dtype_of(kind);
  return x.scalar_type() == dtype ? x : x.to(dtype);
}

namespace {

int find_axis(const std::vector<Axis>& axes, const std::string& name) {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i].name == name) return static_cast<int>(i);
  return -1;
}

bool is_suffix(const std::vector<Axis>& from, const std::vector<Axis>& to) {
  if (from.size() > to.size()) return false;
  return std::equal(from.rbegin(), from.rend(), to.rbegin(),
                    [](const Axis& a, const Axis& b) { return a.name == b.name; });
}

}  // namespace

Alignment::Alignment(const std::vector<Axis>& from, const std::vector<Axis>& to) {
  for (const Axis& axis : from)
    if (find_axis(to, axis.name) < 0) throw std::logic_error("axis " + axis.name + " cannot be lined up");
  bool in_order = true;
  for (size_t i = 0; i < to.size(); ++i) {
    const int at = find_axis(from, to[i].name);
    if (at < 0) {
      unsqueeze_.push_back(static_cast<int64_t>(i));
    } else {
      in_order &= at == static_cast<int>(order_.size());
      order_.push_back(at);
    }
  }
  if (in_order) order_.clear();
  adds_ = !unsqueeze_.empty();
}

Tensor Alignment::operator()(const Tensor& x) const {
  if (order_.empty() && unsqueeze_.empty()) return x;
  Tensor y = order_.empty() ? x : x.permute(order_);
  for (const int64_t at : unsqueeze_) y = y.unsqueeze(at);
  return y;
}

BroadcastAlignment::BroadcastAlignment(const std::vector<Axis>& from, const std::vector<Axis>& to)
    : plain_(is_suffix(from, to)), full_(from, to) {}

int64_t position(const std::vector<Axis>& axes, const std::string& name) {
  const int at = find_axis(axes, name);
  if (at < 0) throw std::logic_error("no axis " + name);
  return at;
}

std::vector<int64_t> positions(const std::vector<Axis>& axes, const std::vector<std::string>& names) {
  std::vector<int64_t> all;
  for (const std::string& name : names) all.push_back(position(axes, name));
  return all;
}

std::vector<Axis> without(const std::vector<Axis>& axes, const std::vector<std::string>& names) {
  std::vector<Axis> rest = axes;
  std::erase_if(rest,
                [&](const Axis& axis) { return std::find(names.begin(), names.end(), axis.name) != names.end(); });
  return rest;
}

std::vector<Axis> joined(std::vector<Axis> a, const std::vector<Axis>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<int64_t> broadcast_sizes(const std::vector<Tensor>& aligned) {
  std::vector<int64_t> sizes = aligned.front().sizes().vec();
  for (const Tensor& x : aligned)
    for (size_t d = 0; d < sizes.size(); ++d)
      if (sizes[d] == 1) sizes[d] = x.size(static_cast<int64_t>(d));
  return sizes;
}

Tensor derivative_of(const Tensor& x, const Tensor& found) {
  return found.defined() && !found._is_zerotensor() ? found : at::zeros_like(x);
}

bool all_finite(const Tensor& x) {
  if (x.scalar_type() != at::kFloat) return true;
  const Tensor flat = x.is_contiguous() ? x : x.detach().contiguous();
  return kernels::all_finite(flat.data_ptr<float>(), flat.numel());
}

TensorData to_data(const Tensor& x, Type type) {
  for (size_t d = 0; d < type.axes.size(); ++d) type.axes[d].size = x.size(static_cast<int64_t>(d));
  const Tensor flat = x.detach().to(at::kFloat).contiguous();
  const float* first = flat.data_ptr<float>();
  return {std::move(type), std::vector<float>(first, first + flat.numel())};
}

Tensor from_data(const TensorData& data) {
  std::vector<int64_t> sizes;
  for (const Axis& axis : data.type.axes) sizes.push_back(axis.size);
  Tensor x = at::empty(sizes, at::kFloat);
  if (x.numel() != static_cast<int64_t>(data.data.size()))
    throw std::logic_error("a value of type " + to_string(data.type) + " has the wrong number of elements");
  std::copy(data.data.begin(), data.data.end(), x.data_ptr<float>());
  return to_kind(x, data.type.kind);
}

}  // namespace duet::interp
