#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "runtime/plan/body.h"
#include "runtime/plan/fields.h"
#include "runtime/plan/in_order.h"
#include "runtime/plan/trap.h"

/// Effects that run blocks: how often and on what. Every run of a block has a tick of its own.
namespace duet::plan {

namespace {

using BodyRef = std::shared_ptr<Body>;

void once(Thread& thread, Body& body) {
  const TickScope tick(thread);
  body.run(thread);
}

/// Pieces of a value, where they lie in it.
class Chunks {
 public:
  Chunks(Preparing& preparing, const Node& node)
      : in_(node.inputs.at(0)),
        parameter_(node.blocks.at(0).parameters.at(0)),
        size_(node.integer("size")),
        variants_(preparing, node.blocks[0]) {
    const auto& axes = preparing.axes(in_);
    const Layout& whole = preparing.layout(in_);
    const size_t dim = position(axes, node.text("axis"));
    length_ = whole.sizes[dim];
    stride_ = whole.strides[dim];
    const auto piece = [&](int64_t size) {
      Layout layout = whole;
      layout.sizes[dim] = size;
      return std::vector<Layout>{permuted(layout, axes, preparing.axes(parameter_))};
    };
    full_ = piece(size_);
    last_ = piece(length_ % size_);
  }

  void run(Thread& thread) {
    for (int64_t first = 0; first < length_; first += size_) {
      Body& body = variants_.get(thread.engine, first + size_ <= length_ ? full_ : last_);
      thread.point(parameter_, thread.value(in_) + first * stride_);
      once(thread, body);
    }
  }

 private:
  ValueId in_, parameter_;
  int64_t size_, length_ = 0, stride_ = 0;
  Variants variants_;
  std::vector<Layout> full_, last_;  // of the parameter
};

/// One pass over transitions in random order.
class Batches {
 public:
  Batches(Preparing& preparing, const Node& node)
      : memory_(node.integer("memory")),
        site_(static_cast<uint64_t>(node.integer("site"))),
        size_(node.integer("count")),
        parameters_(node.blocks.at(0).parameters),
        rows_(preparing.operand(node.inputs.at(0), preparing.axes(node.inputs[0]))),
        length_(rows_.layout.elements()),
        variants_(preparing, node.blocks[0]) {
    std::vector<Axis> front{{"batch"}};
    if (node.has("axis")) {
      orders_ = node.integer("members");
      of_members_ = true;
      front.insert(front.begin(), {node.text("axis")});
    }
    order_.resize(static_cast<size_t>(orders_ * length_));
    const auto fields = [&](int64_t count) {
      const std::vector<int64_t> sizes = of_members_ ? std::vector{orders_, count} : std::vector{count};
      return std::make_unique<Fields>(preparing, parameters_, front, sizes);
    };
    if (length_ >= size_) full_ = fields(size_);
    if (length_ % size_ > 0) last_ = fields(length_ % size_);
    if (length_ == 0) return;
    const Fields& largest = full_ ? *full_ : *last_;
    batch_.resize(static_cast<size_t>(largest.rows()));
    for (const Layout& layout : largest.layouts()) room_.emplace_back(static_cast<size_t>(layout.elements()));
  }

  void run(Thread& thread) {
    if (rows_.copy) rows_.copy(thread);
    mix(thread);
    for (int64_t first = 0; first < length_; first += size_) {
      const TickScope tick(thread);
      Fields& fields = first + size_ <= length_ ? *full_ : *last_;
      Body& body = variants_.get(thread.engine, fields.layouts());
      for (size_t i = 0; i < parameters_.size(); ++i) thread.point(parameters_[i], room_[i].data());
      fields.fetch(thread, thread.engine.memory(memory_), batch(first, std::min(size_, length_ - first)));
      fields.finish(thread);
      body.run(thread);
    }
  }

 private:
  /// The rows in an order of its own for each member.
  void mix(Thread& thread) {
    const float* rows = rows_.data(thread);
    for (int64_t m = 0; m < orders_; ++m) {
      const uint64_t own = of_members_ ? derived_site(site_, static_cast<uint64_t>(m)) : site_;
      const auto order = std::span(order_).subspan(static_cast<size_t>(m * length_), static_cast<size_t>(length_));
      fill_permutation(thread.key(own), order);
      for (int64_t& row : order) row = static_cast<int64_t>(rows[row]);
    }
  }

  std::span<const int64_t> batch(int64_t first, int64_t count) {
    for (int64_t m = 0; m < orders_; ++m)
      std::copy_n(order_.begin() + m * length_ + first, count, batch_.begin() + m * count);
    return std::span(batch_).first(static_cast<size_t>(orders_ * count));
  }

  int64_t memory_;
  uint64_t site_;
  int64_t size_;
  std::vector<ValueId> parameters_;
  Preparing::Operand rows_;
  int64_t length_, orders_ = 1;
  bool of_members_ = false;
  Variants variants_;
  std::unique_ptr<Fields> full_, last_;  // null: there is no such batch
  std::vector<int64_t> order_, batch_;   // rows of the memory
  std::vector<Buffer> room_;             // of the parameters
};

/// Repeats until a measure has not improved for a while.
class Until {
 public:
  Until(const Preparing& preparing, const Node& node)
      : node_(&node),
        patience_(node.integer("patience")),
        threshold_(static_cast<float>(node.real("threshold"))),
        result_(node.blocks.at(0).results.at(0)),
        body_(preparing.body(node.blocks[0])),
        in_order_(preparing.axes(result_)) {}

  void run(Thread& thread) {
    best_.clear();
    for (int64_t stale = 0; stale <= patience_;) {
      const TickScope tick(thread);
      body_->run(thread);
      const auto now = in_order_(thread.value(result_), body_->result(0));
      require_finite(thread, now, *node_, body_.get());
      stale = improve(now) ? 0 : stale + 1;
    }
  }

 private:
  /// Keeps the better elements; whether there are any.
  bool improve(std::span<const float> now) {
    if (best_.empty()) {
      best_.assign(now.begin(), now.end());
      return !now.empty();
    }
    bool any = false;
    for (size_t i = 0; i < now.size(); ++i) {
      if (!(best_[i] - now[i] > threshold_ * std::abs(best_[i]))) continue;
      best_[i] = now[i];
      any = true;
    }
    return any;
  }

  const Node* node_;
  int64_t patience_;
  float threshold_;
  ValueId result_;
  std::unique_ptr<Body> body_;
  InOrder in_order_;
  std::vector<float> best_;
};

/// The closure that calls run() of an effect.
template <class Effect>
Run run_of(Preparing& preparing, const Node& node) {
  return [effect = std::make_shared<Effect>(preparing, node)](Thread& thread) { effect->run(thread); };
}

Run prepare_repeated(const Preparing& preparing, const Node& node) {
  const BodyRef body = preparing.body(node.blocks.at(0));
  if (node.op == Op::loop)
    return [=](Thread& thread) {
      while (!thread.engine.steps_done() && !thread.engine.stop_asked()) once(thread, *body);
    };
  if (node.op == Op::every)
    return [=, place = node.integer("place"), steps = node.integer("steps")](Thread& thread) {
      if (thread.engine.counters.due(place, steps)) once(thread, *body);
    };
  return [=, in = node.inputs.at(0)](Thread& thread) {
    const auto count = static_cast<int64_t>(std::floor(*thread.value(in)));
    for (int64_t i = 0; i < count; ++i) once(thread, *body);
  };
}

}  // namespace

Run prepare_flow(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::loop:
    case Op::repeat:
    case Op::every:
      return prepare_repeated(preparing, node);
    case Op::chunks:
      return run_of<Chunks>(preparing, node);
    case Op::each_batch:
      return run_of<Batches>(preparing, node);
    case Op::until:
      return run_of<Until>(preparing, node);
    default:
      throw std::logic_error(std::string(info(node.op).name) + " is not known to this engine");
  }
}

}  // namespace duet::plan
