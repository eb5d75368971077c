#include "runtime/plan/transitions.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/plan/fields.h"
#include "runtime/plan/trap.h"

namespace duet::plan {

namespace {

using Axes = std::vector<Axis>;

/// Row numbers of which only running tells how many there are, in room that grows.
class Rows {
 public:
  Rows(Engine& engine, ValueId id) : id_(id) { engine.layout(id) = contiguous_layout({0}); }

  /// Room for `n` of them; the value is there.
  float* open(Thread& thread, int64_t n) {
    if (room_.size() < static_cast<size_t>(n)) room_ = Buffer(static_cast<size_t>(2 * n));
    Layout& layout = thread.engine.layout(id_);
    layout.sizes.front() = n;
    thread.point(id_, room_.data());
    return room_.data();
  }

 private:
  ValueId id_;
  Buffer room_;
};

/// A batch from several memories.
class Sample {
 public:
  Sample(Preparing& preparing, const Node& node)
      : factors_(node.inputs),
        memories_(node.integers("memories")),
        shares_(node.reals("shares")),
        now_(shares_),
        rows_(static_cast<size_t>(node.integer("count"))),
        site_(static_cast<uint64_t>(node.integer("site"))),
        fields_(preparing, node.results, {{"batch"}}, {node.integer("count")}) {
    if (memories_.size() != shares_.size()) throw std::logic_error("sample: as many shares as memories");
    for (size_t i = 0; i < node.results.size(); ++i) preparing.allocate(node.results[i], fields_.layouts()[i].sizes);
  }

  void run(Thread& thread) {
    const double total = weigh(thread);
    double share = 0;
    int64_t first = 0;
    for (size_t i = 0; i < memories_.size(); ++i) {
      const Memory& memory = thread.engine.memory(memories_[i]);
      if (memory.size() == 0) continue;
      share += now_[i];
      const int64_t end = std::llround(static_cast<double>(rows_.size()) * share / total);
      // Row j of the batch is drawn by element j of the site's stream, whatever memory it comes from.
      const auto rows = std::span(rows_).subspan(static_cast<size_t>(first), static_cast<size_t>(end - first));
      fill_indices(thread.key(site_), static_cast<uint64_t>(first), memory.size(), rows);
      fields_.fetch(thread, memory, rows, first);
      first = end;
    }
    fields_.finish(thread);
  }

 private:
  /// The shares of this moment, and their sum over the memories that are not empty.
  double weigh(Thread& thread) {
    now_ = shares_;
    for (size_t i = 0; i < factors_.size(); ++i) now_[i] *= static_cast<double>(*thread.value(factors_[i]));
    double total = 0;
    for (size_t i = 0; i < memories_.size(); ++i)
      if (thread.engine.memory(memories_[i]).size() > 0) total += now_[i];
    if (total <= 0) throw Error("E0606", "there is nothing to sample: the memory is still empty");
    return total;
  }

  std::vector<ValueId> factors_;
  std::vector<int64_t> memories_;
  std::vector<double> shares_, now_;
  std::vector<int64_t> rows_;
  uint64_t site_;
  Fields fields_;
};

/// Appends transitions made of values that are lined up by name.
class Store {
 public:
  Store(Preparing& preparing, const Node& node) : node_(&node), memory_(node.integer("memory")) {
    const auto& inputs = node.inputs;
    if (inputs.size() != 5 && inputs.size() != 6) throw std::logic_error("store: five fields and perhaps a mask");
    const Axes front = merged(preparing, inputs);
    std::vector<int64_t> sizes;
    for (const Axis& axis : front) sizes.push_back(size_of(preparing, inputs, axis.name));
    rows_ = static_cast<size_t>(contiguous_layout(sizes).elements());
    for (size_t i = 0; i < inputs.size(); ++i)
      fields_.push_back(column(preparing, inputs[i], own_axis(i), front, sizes));
  }

  void run(Thread& thread) {
    for (Column& field : fields_) field.copy(thread, field.data.data());
    size_t rows = rows_;
    if (fields_.size() == 6) rows = keep_masked();
    for (size_t i = 0; i < 5; ++i) require_finite(thread, part(i, rows), *node_);
    thread.engine.memory(memory_).append(part(0, rows), part(1, rows), part(2, rows), part(3, rows), part(4, rows));
  }

 private:
  struct Column {
    std::function<void(Thread&, float* to)> copy;
    size_t width;
    Buffer data;  // [rows, width]
  };

  static const char* own_axis(size_t input) { return input < kFieldAxes.size() ? kFieldAxes[input] : ""; }

  /// The axes other than obs and action are those of the transitions, in the order in which the inputs bring them up.
  static Axes merged(const Preparing& preparing, const std::vector<ValueId>& inputs) {
    Axes front;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const auto more = merge_axes(front, without(preparing.axes(inputs[i]), {own_axis(i)}));
      if (!more) throw std::logic_error("store: the inputs do not line up");
      front = *more;
    }
    return front;
  }

  static int64_t size_of(const Preparing& preparing, const std::vector<ValueId>& ids, const std::string& axis) {
    for (const ValueId id : ids)
      if (has_axis(preparing.axes(id), axis)) return preparing.layout(id).sizes[position(preparing.axes(id), axis)];
    throw std::logic_error("no value has the axis " + axis);
  }

  static Column column(const Preparing& preparing, ValueId id, const std::string& own, Axes order,
                       std::vector<int64_t> sizes) {
    int64_t width = 1;
    if (!own.empty()) {
      width = size_of(preparing, {id}, own);
      order.push_back({own});
      sizes.push_back(width);
    }
    const Layout to = contiguous_layout(std::move(sizes));
    return {copier(preparing, id, order, to), static_cast<size_t>(width), Buffer(static_cast<size_t>(to.elements()))};
  }

  std::span<const float> part(size_t field, size_t rows) const {
    return {fields_[field].data.data(), rows * fields_[field].width};
  }

  /// Moves the rows whose mask is true to the front; how many they are.
  size_t keep_masked() {
    const float* mask = fields_[5].data.data();
    size_t kept = 0;
    for (size_t row = 0; row < rows_; ++row) {
      if (mask[row] == 0) continue;
      for (size_t i = 0; i < 5; ++i) {
        const size_t width = fields_[i].width;
        float* data = fields_[i].data.data();
        if (kept != row) std::copy_n(data + row * width, width, data + kept * width);
      }
      ++kept;
    }
    return kept;
  }

  const Node* node_;
  int64_t memory_;
  size_t rows_ = 0;
  std::vector<Column> fields_;
};

}  // namespace

Run prepare_rows(Preparing& preparing, const Node& node) {
  const int64_t memory = node.integer("memory");
  const auto rows = std::make_shared<Rows>(preparing.engine(), node.results.at(0));
  return [=](Thread& thread) {
    const int64_t n = thread.engine.memory(memory).size();
    float* to = rows->open(thread, n);
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<float>(i);
  };
}

Run prepare_gather(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const int64_t memory = node.integer("memory");
  const auto fields = std::make_shared<Fields>(preparing, node.results, preparing.axes(in), preparing.layout(in).sizes);
  for (size_t i = 0; i < node.results.size(); ++i) preparing.allocate(node.results[i], fields->layouts()[i].sizes);
  const auto operand = preparing.operand(in, preparing.axes(in));
  const auto rows = std::make_shared<std::vector<int64_t>>(static_cast<size_t>(fields->rows()));
  return [=](Thread& thread) {
    if (operand.copy) operand.copy(thread);
    const float* x = operand.data(thread);
    std::copy(x, x + rows->size(), rows->begin());
    fields->fetch(thread, thread.engine.memory(memory), *rows);
    fields->finish(thread);
  };
}

Run prepare_sample(Preparing& preparing, const Node& node) {
  const auto sample = std::make_shared<Sample>(preparing, node);
  return [=](Thread& thread) { sample->run(thread); };
}

Run prepare_sample_starts(Preparing& preparing, const Node& node) {
  const int64_t id = node.integer("memory"), count = node.integer("count");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const ValueId out = node.results.at(0);
  const Layout rows_first = contiguous_layout({count, preparing.engine().program.robot.obs});
  const Layout from = permuted(rows_first, {{node.text("axis")}, {"obs"}}, preparing.axes(out));
  preparing.allocate(out, from.sizes);
  const auto copy = strided_copy(from, preparing.layout(out));
  const auto rows = std::make_shared<std::vector<int64_t>>(static_cast<size_t>(count));
  const auto obs = std::make_shared<std::vector<float>>(static_cast<size_t>(rows_first.elements()));
  return [=](Thread& thread) {
    const Memory& memory = thread.engine.memory(id);
    if (memory.size() == 0) throw Error("E0606", "memory `" + memory.name() + "` is still empty");
    fill_indices(thread.key(site), 0, memory.size(), *rows);
    memory.gather(*rows, {*obs, {}, {}, {}, {}});
    copy(obs->data(), thread.value(out));
  };
}

Run prepare_split(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const double fraction = node.real("fraction");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  if (preparing.axes(in).size() != 1) throw std::logic_error("split works on rows of one axis");
  const auto operand = preparing.operand(in, preparing.axes(in));
  const int64_t n = operand.layout.elements();
  const auto train = std::make_shared<Rows>(preparing.engine(), node.results.at(0));
  const auto holdout = std::make_shared<Rows>(preparing.engine(), node.results.at(1));
  const auto order = std::make_shared<std::vector<int64_t>>(static_cast<size_t>(n));
  return [=](Thread& thread) {
    if (n < 2) throw Error("E0606", "at least two transitions are needed to split them");
    const int64_t out = std::clamp<int64_t>(std::llround(fraction * static_cast<double>(n)), 1, n - 1);
    if (operand.copy) operand.copy(thread);
    const float* rows = operand.data(thread);
    fill_permutation(thread.key(site), *order);
    const auto deal = [&](std::span<const int64_t> numbers, float* to) {
      std::ranges::transform(numbers, to, [rows](int64_t i) { return rows[i]; });
    };
    const auto kept = static_cast<size_t>(n - out);
    deal(std::span(*order).first(kept), train->open(thread, n - out));
    deal(std::span(*order).subspan(kept), holdout->open(thread, out));
  };
}

Run prepare_store(Preparing& preparing, const Node& node) {
  const auto store = std::make_shared<Store>(preparing, node);
  return [=](Thread& thread) { store->run(thread); };
}

}  // namespace duet::plan
