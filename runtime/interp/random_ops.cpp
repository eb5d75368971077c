#include <cmath>
#include <limits>
#include <stdexcept>

#include "runtime/interp/body.h"
#include "runtime/interp/draws.h"

/// Draws inside expressions.
namespace duet::interp {

namespace {

Run prepare_noise(Preparing& preparing, const Node& node) {
  const ValueId out = node.results.at(0);
  const std::string& distribution = node.text("distribution");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const RuntimeShape shape = preparing.shape(preparing.type(out), node);
  if (distribution == "normal")
    return [=](Engine& engine) { engine.value(out) = draw_normal(engine.key(site), shape(engine)); };
  if (distribution == "uniform")
    return [=](Engine& engine) { engine.value(out) = draw_uniform(engine.key(site), shape(engine)); };
  if (distribution != "truncated") throw std::logic_error("no distribution is called " + distribution);
  const double bound = node.real("bound");
  return [=](Engine& engine) { engine.value(out) = draw_truncated(engine.key(site), shape(engine), bound); };
}

/// The first position whose cumulated weight exceeds u * total: weights [rows, n], u [rows, m] -> [rows, m].
Tensor invert(const Tensor& weights, const Tensor& u) {
  const Tensor cumulated = weights.cumsum(-1);
  const Tensor total = cumulated.narrow(-1, weights.size(-1) - 1, 1);
  // Rounding must not lead past the last position of positive weight.
  const Tensor below = at::nextafter(total, at::full({}, -std::numeric_limits<float>::infinity(), at::kFloat));
  const Tensor target = at::minimum(u * total, below).contiguous();
  return at::searchsorted(cumulated.contiguous(), target, /*out_int32=*/false, /*right=*/true)
      .clamp_(0, weights.size(-1) - 1);
}

Run prepare_categorical(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const std::vector<std::string>& names = node.texts("axes");
  const auto site = static_cast<uint64_t>(node.integer("site"));
  const Type& type = preparing.type(out);
  const Kind kind = type.kind;
  const std::vector<Axis> shared = without(preparing.axes(in), names);
  std::vector<std::string> shared_names;
  for (const Axis& axis : shared) shared_names.push_back(axis.name);
  const std::vector<Axis> grouped = joined(shared, without(type.axes, shared_names));
  const Alignment weights_last(preparing.axes(in), joined(shared, {{names.at(0)}}));
  const Alignment group(type.axes, grouped), ungroup(grouped, type.axes);
  const auto rows_dims = static_cast<int64_t>(shared.size());
  const RuntimeShape shape = preparing.shape(type, node);
  return [=](Engine& engine) {
    const Tensor weights = to_kind(weights_last(engine.value(in)).detach(), Kind::real);
    const Tensor u = group(draw_uniform(engine.key(site), shape(engine)));
    int64_t rows = 1;
    for (int64_t d = 0; d < rows_dims; ++d) rows *= weights.size(d);
    const Tensor index = invert(weights.reshape({rows, weights.size(-1)}), u.reshape({rows, -1}));
    engine.value(out) = to_kind(ungroup(index.view(u.sizes())), kind);
  };
}

}  // namespace

Run prepare_random(Preparing& preparing, const Node& node) {
  return node.op == Op::noise ? prepare_noise(preparing, node) : prepare_categorical(preparing, node);
}

}  // namespace duet::interp
