#include <cmath>
#include <limits>
#include <stdexcept>

#include "runtime/interp/body.h"
#include "runtime/interp/draws.h"
#include "runtime/interp/transitions.h"
#include "runtime/interp/trap.h"

/// Effects that run blocks: how often and on what. Every run of a block has a tick of its own.
namespace duet::interp {

namespace {

using BodyRef = std::shared_ptr<const Body>;

void once(Engine& engine, const Body& body, std::vector<Tensor> arguments = {}) {
  const TickScope tick(engine);
  body.call(engine, std::move(arguments));
}

Run prepare_chunks(Preparing& preparing, const Node& node, const BodyRef& body) {
  const ValueId in = node.inputs.at(0);
  const int64_t dim = position(preparing.axes(in), node.text("axis")), size = node.integer("size");
  const Alignment align(preparing.axes(in), preparing.axes(node.blocks[0].parameters.at(0)));
  return [=](Engine& engine) {
    const Tensor x = engine.value(in);
    for (int64_t first = 0; first < x.size(dim); first += size)
      once(engine, *body, {align(x.narrow(dim, first, std::min(size, x.size(dim) - first)))});
  };
}

Run prepare_each_batch(Preparing& preparing, const Node& node, const BodyRef& body) {
  const ValueId in = node.inputs.at(0);
  const int64_t count = node.integer("count"), id = node.integer("memory");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const bool members = node.has("axis");
  const int64_t orders = members ? node.integer("members") : 1;
  std::vector<Axis> front{{"batch"}};
  if (members) front.insert(front.begin(), {node.text("axis")});
  const FieldsOut out(preparing, node.blocks[0].parameters, front);
  return [=](Engine& engine) {
    const Tensor rows = to_kind(engine.value(in), Kind::index);
    const int64_t n = rows.numel();
    std::vector<Tensor> order;
    for (int64_t m = 0; m < orders; ++m) {
      const uint64_t own = members ? derived_site(site, static_cast<uint64_t>(m)) : site;
      order.push_back(rows.index_select(0, draw_order(engine.key(own), n)));
    }
    const Tensor all = members ? at::stack(order, 0) : order[0];
    for (int64_t first = 0; first < n; first += count) {
      const TickScope tick(engine);
      out(engine, gather(engine.memory(id), all.narrow(-1, first, std::min(count, n - first))));
      body->run(engine);
      body->take_results(engine);
    }
  };
}

Run prepare_until(Preparing&, const Node& node, const BodyRef& body) {
  const int64_t patience = node.integer("patience");
  const double threshold = node.real("threshold");
  const ValueId result = node.blocks[0].results.at(0);
  const Node* self = &node;
  return [=](Engine& engine) {
    Tensor best;
    for (int64_t stale = 0; stale <= patience;) {
      const TickScope tick(engine);
      body->run(engine);
      require_finite(engine, engine.value(result), result, *self);
      const Tensor e = body->take_results(engine)[0];
      const Tensor better = best.defined() ? at::gt(best - e, threshold * best.abs()) : at::ones_like(e, at::kBool);
      best = best.defined() ? at::where(better, e, best) : e;
      stale = better.any().item<bool>() ? 0 : stale + 1;
    }
  };
}

}  // namespace

Run prepare_flow(Preparing& preparing, const Node& node) {
  const BodyRef body = preparing.body(node.blocks.at(0));
  switch (node.op) {
    case Op::loop:
      return [=](Engine& engine) {
        while (!engine.steps_done() && !engine.stop_asked()) once(engine, *body);
      };
    case Op::repeat: {
      const ValueId in = node.inputs.at(0);
      return [=](Engine& engine) {
        const auto count = static_cast<int64_t>(std::floor(engine.value(in).item<double>()));
        for (int64_t i = 0; i < count; ++i) once(engine, *body);
      };
    }
    case Op::every: {
      const int64_t place = node.integer("place"), steps = node.integer("steps");
      return [=](Engine& engine) {
        if (engine.counters.due(place, steps)) once(engine, *body);
      };
    }
    case Op::chunks:
      return prepare_chunks(preparing, node, body);
    case Op::each_batch:
      return prepare_each_batch(preparing, node, body);
    case Op::until:
      return prepare_until(preparing, node, body);
    default:
      throw std::logic_error(std::string(info(node.op).name) + " is not known to this engine");
  }
}

}  // namespace duet::interp
