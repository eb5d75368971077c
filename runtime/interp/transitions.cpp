#include "runtime/interp/transitions.h"

#include <cmath>
#include <stdexcept>

#include "runtime/interp/draws.h"
#include "runtime/interp/trap.h"

namespace duet::interp {

namespace {

using Axes = std::vector<Axis>;

std::span<float> span_of(Tensor& x) {
  return {x.data_ptr<float>(), static_cast<size_t>(x.numel())};
}

Tensor room(const Tensor& rows, int64_t width) {
  std::vector<int64_t> sizes = rows.sizes().vec();
  if (width > 0) sizes.push_back(width);
  return at::empty(sizes, at::kFloat);
}

}  // namespace

Fields gather(const Memory& memory, const Tensor& rows) {
  const Tensor flat = rows.contiguous();
  Fields fields{room(rows, memory.obs_size()), room(rows, memory.action_size()), room(rows, 0),
                room(rows, memory.obs_size()), room(rows, 0)};
  memory.gather({flat.data_ptr<int64_t>(), static_cast<size_t>(flat.numel())},
                {span_of(fields[0]), span_of(fields[1]), span_of(fields[2]), span_of(fields[3]), span_of(fields[4])});
  return fields;
}

Tensor gather_obs(const Memory& memory, const Tensor& rows) {
  const Tensor flat = rows.contiguous();
  Tensor obs = room(rows, memory.obs_size());
  memory.gather({flat.data_ptr<int64_t>(), static_cast<size_t>(flat.numel())}, {span_of(obs), {}, {}, {}, {}});
  return obs;
}

FieldsOut::FieldsOut(Preparing& preparing, const std::vector<ValueId>& ids, const Axes& front) : ids_(ids) {
  if (ids.size() != 5) throw std::logic_error("a batch has five fields");
  static const std::array<const char*, 5> own{"obs", "action", "", "obs", ""};
  for (size_t i = 0; i < 5; ++i) {
    const std::string name = own[i];
    aligns_.emplace_back(name.empty() ? front : joined(front, {{name}}), preparing.axes(ids[i]));
    kinds_.push_back(preparing.type(ids[i]).kind);
  }
}

void FieldsOut::operator()(Engine& engine, const Fields& fields) const {
  for (size_t i = 0; i < 5; ++i) engine.value(ids_[i]) = to_kind(aligns_[i](fields[i]), kinds_[i]);
}

Run prepare_sample(Preparing& preparing, const Node& node) {
  const std::vector<int64_t> ids = node.integers("memories");
  const std::vector<double> shares = node.reals("shares");
  const int64_t count = node.integer("count");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const FieldsOut out(preparing, node.results, {{"batch"}});
  if (ids.size() != shares.size()) throw std::logic_error("sample: as many shares as memories");
  const std::vector<ValueId> factors = node.inputs;
  return [=](Engine& engine) {
    std::vector<double> now = shares;
    for (size_t i = 0; i < factors.size(); ++i) now[i] *= engine.value(factors[i]).item<double>();
    double total = 0;
    for (size_t i = 0; i < ids.size(); ++i)
      if (engine.memory(ids[i]).size() > 0) total += now[i];
    if (total <= 0) throw Error("E0606", "there is nothing to sample: the memory is still empty");
    std::vector<Fields> pieces;
    double share = 0;
    int64_t first = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
      const Memory& memory = engine.memory(ids[i]);
      if (memory.size() == 0) continue;
      share += now[i];
      const int64_t end = std::llround(static_cast<double>(count) * share / total);
      // Row j of the batch is drawn by element j of the site's stream, whatever memory it comes from.
      const Tensor rows = draw_indices(engine.key(site), memory.size(), end - first, static_cast<uint64_t>(first));
      if (end > first) pieces.push_back(gather(memory, rows));
      first = end;
    }
    if (pieces.size() == 1) return out(engine, pieces[0]);
    Fields joined_fields;
    for (size_t f = 0; f < 5; ++f) {
      std::vector<Tensor> parts;
      for (const Fields& piece : pieces) parts.push_back(piece[f]);
      joined_fields[f] = at::cat(parts, 0);
    }
    out(engine, joined_fields);
  };
}

Run prepare_sample_starts(Preparing& preparing, const Node& node) {
  const int64_t id = node.integer("memory"), count = node.integer("count");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const ValueId out = node.results.at(0);
  const Alignment align({{node.text("axis")}, {"obs"}}, preparing.axes(out));
  return [=](Engine& engine) {
    const Memory& memory = engine.memory(id);
    if (memory.size() == 0) throw Error("E0606", "memory `" + memory.name() + "` is still empty");
    engine.value(out) = align(gather_obs(memory, draw_indices(engine.key(site), memory.size(), count)));
  };
}

Run prepare_split(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), train = node.results.at(0), holdout = node.results.at(1);
  const double fraction = node.real("fraction");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  if (preparing.axes(in).size() != 1) throw std::logic_error("split works on rows of one axis");
  return [=](Engine& engine) {
    const Tensor& rows = engine.value(in);
    const int64_t n = rows.numel();
    if (n < 2) throw Error("E0606", "at least two transitions are needed to split them");
    const int64_t out = std::clamp<int64_t>(std::llround(fraction * static_cast<double>(n)), 1, n - 1);
    const Tensor mixed = rows.index_select(0, draw_order(engine.key(site), n));
    engine.value(train) = mixed.narrow(0, 0, n - out);
    engine.value(holdout) = mixed.narrow(0, n - out, out);
  };
}

Run prepare_store(Preparing& preparing, const Node& node) {
  static const std::array<const char*, 5> own{"obs", "action", "", "obs", ""};
  const int64_t id = node.integer("memory");
  const std::vector<ValueId> inputs = node.inputs;
  if (inputs.size() != 5 && inputs.size() != 6) throw std::logic_error("store: five fields and perhaps a mask");
  // The axes other than obs and action are those of the transitions, in the order in which the inputs bring them up.
  Axes front;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto merged = merge_axes(front, without(preparing.axes(inputs[i]), {i < 5 ? own[i] : ""}));
    if (!merged) throw std::logic_error("store: the inputs do not line up");
    front = *merged;
  }
  std::vector<Alignment> aligns;
  for (size_t i = 0; i < inputs.size(); ++i)
    aligns.emplace_back(preparing.axes(inputs[i]), i < 5 && *own[i] ? joined(front, {{own[i]}}) : front);
  const size_t rank = front.size();
  const Node* self = &node;
  return [=](Engine& engine) {
    std::vector<Tensor> fields;
    std::vector<int64_t> sizes(rank, 1);
    for (size_t i = 0; i < inputs.size(); ++i) {
      fields.push_back(aligns[i](to_kind(engine.value(inputs[i]), i < 5 ? Kind::real : Kind::boolean)));
      for (size_t d = 0; d < rank; ++d)
        if (sizes[d] == 1) sizes[d] = fields[i].size(static_cast<int64_t>(d));
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      std::vector<int64_t> full = sizes;
      if (i < 5 && *own[i]) full.push_back(fields[i].size(-1));
      fields[i] = fields[i].expand(full).reshape(i < 5 && *own[i] ? std::vector<int64_t>{-1, full.back()}
                                                                  : std::vector<int64_t>{-1});
    }
    if (fields.size() == 6) {
      const Tensor kept = fields[5].nonzero().squeeze(1);
      for (size_t i = 0; i < 5; ++i) fields[i] = fields[i].index_select(0, kept);
    }
    for (size_t i = 0; i < 5; ++i) {
      fields[i] = fields[i].contiguous();
      require_finite(engine, fields[i], inputs[i], *self);
    }
    engine.memory(id).append(span_of(fields[0]), span_of(fields[1]), span_of(fields[2]), span_of(fields[3]),
                             span_of(fields[4]));
  };
}

}  // namespace duet::interp
