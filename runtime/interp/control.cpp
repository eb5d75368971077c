#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "runtime/interp/body.h"

/// Pure control: loops of fixed length, choices, derivatives.
namespace duet::interp {

namespace {

Tensor number(double x) {
  return at::full({}, x, at::kFloat);
}

Run prepare_scan(Preparing& preparing, const Node& node) {
  const auto body = preparing.body(node.blocks.at(0));
  const std::string& axis = node.text("axis");
  const int64_t from = node.integer("from"), count = node.integer("count");
  const auto carries = static_cast<size_t>(node.integer("carries"));
  const auto sequences = static_cast<size_t>(node.integer("sequences"));
  const bool reverse = node.has("reverse") && node.integer("reverse") != 0;
  const std::vector<ValueId> inputs = node.inputs, results = node.results;
  if (inputs.size() != carries + sequences) throw std::logic_error("scan: inputs are not carries and sequences");
  const Block& block = node.blocks[0];
  // Carries and slices get the order of axes that the block's parameters have.
  std::vector<Alignment> carry_in, carry_round, sequence_in, stacked;
  std::vector<int64_t> dims;
  for (size_t i = 0; i < carries; ++i) {
    carry_in.emplace_back(preparing.axes(inputs[i]), preparing.axes(block.parameters.at(1 + i)));
    carry_round.emplace_back(preparing.axes(block.results.at(i)), preparing.axes(block.parameters[1 + i]));
  }
  for (size_t i = 0; i < sequences; ++i) {
    const auto& axes = preparing.axes(inputs[carries + i]);
    dims.push_back(position(axes, axis));
    sequence_in.emplace_back(without(axes, {axis}), preparing.axes(block.parameters.at(1 + carries + i)));
  }
  for (size_t i = carries; i < results.size(); ++i)
    stacked.emplace_back(joined({{axis}}, preparing.axes(block.results.at(i))), preparing.axes(results[i]));
  std::vector<Alignment> carry_out;
  for (size_t i = 0; i < carries; ++i)
    carry_out.emplace_back(preparing.axes(block.parameters[1 + i]), preparing.axes(results.at(i)));
  return [=](Engine& engine) {
    std::vector<Tensor> carry;
    for (size_t i = 0; i < carries; ++i) carry.push_back(carry_in[i](engine.value(inputs[i])));
    std::vector<std::vector<Tensor>> outputs(stacked.size());
    for (int64_t done = 0; done < count; ++done) {
      const int64_t h = reverse ? count - 1 - done : done;
      const DerivedTick tick(engine, from + h);
      std::vector<Tensor> arguments{number(static_cast<double>(h))};
      for (Tensor& x : carry) arguments.push_back(std::move(x));
      for (size_t i = 0; i < sequences; ++i)
        arguments.push_back(sequence_in[i](engine.value(inputs[carries + i]).select(dims[i], from + h)));
      const std::vector<Tensor> next = body->call(engine, std::move(arguments));
      for (size_t i = 0; i < carries; ++i) carry[i] = carry_round[i](next[i]);
      for (size_t i = 0; i < outputs.size(); ++i) outputs[i].push_back(next[carries + i]);
    }
    for (size_t i = 0; i < carries; ++i) engine.value(results[i]) = carry_out[i](carry[i]);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (reverse) std::reverse(outputs[i].begin(), outputs[i].end());
      engine.value(results[carries + i]) = stacked[i](at::stack(outputs[i], 0));
    }
  };
}

Run prepare_iterate(Preparing& preparing, const Node& node) {
  const auto body = preparing.body(node.blocks.at(0));
  const int64_t count = node.integer("count");
  const std::vector<ValueId> inputs = node.inputs, results = node.results;
  const Block& block = node.blocks[0];
  std::vector<Alignment> in, round, out;
  for (size_t i = 0; i < inputs.size(); ++i) {
    in.emplace_back(preparing.axes(inputs[i]), preparing.axes(block.parameters.at(1 + i)));
    round.emplace_back(preparing.axes(block.results.at(i)), preparing.axes(block.parameters[1 + i]));
    out.emplace_back(preparing.axes(block.parameters[1 + i]), preparing.axes(results.at(i)));
  }
  return [=](Engine& engine) {
    std::vector<Tensor> carry;
    for (size_t i = 0; i < inputs.size(); ++i) carry.push_back(in[i](engine.value(inputs[i])));
    for (int64_t k = 0; k < count; ++k) {
      const DerivedTick tick(engine, k);
      std::vector<Tensor> arguments{number(static_cast<double>(k))};
      for (Tensor& x : carry) arguments.push_back(std::move(x));
      const std::vector<Tensor> next = body->call(engine, std::move(arguments));
      for (size_t i = 0; i < carry.size(); ++i) carry[i] = round[i](next[i]);
    }
    for (size_t i = 0; i < carry.size(); ++i) engine.value(results[i]) = out[i](carry[i]);
  };
}

Run prepare_choose(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const std::vector<int64_t> cases = node.integers("cases");
  const std::vector<ValueId> results = node.results;
  std::vector<std::shared_ptr<const Body>> bodies;
  std::vector<std::vector<Alignment>> aligns;
  for (const Block& block : node.blocks) {
    bodies.push_back(preparing.body(block));
    aligns.emplace_back();
    for (size_t i = 0; i < results.size(); ++i)
      aligns.back().emplace_back(preparing.axes(block.results.at(i)), preparing.axes(results[i]));
  }
  return [=](Engine& engine) {
    const double which = std::floor(engine.value(in).item<double>());
    for (size_t i = 0; i < cases.size(); ++i) {
      if (static_cast<double>(cases[i]) != which) continue;
      std::vector<Tensor> values = bodies[i]->call(engine);
      for (size_t j = 0; j < results.size(); ++j) engine.value(results[j]) = aligns[i][j](values[j]);
      return;
    }
    throw Error("E0605", "no case was made for the size " + std::to_string(static_cast<int64_t>(which)));
  };
}

Run prepare_gradient(Preparing& preparing, const Node& node) {
  const auto body = preparing.body(node.blocks.at(0));
  const std::vector<ValueId> inputs = node.inputs, results = node.results;
  return [=](Engine& engine) {
    const bool nested = at::GradMode::is_enabled();  // inside minimize: the derivative may be derived again
    std::vector<Tensor> xs, found;
    Tensor y;
    {
      const at::AutoGradMode on(true);
      for (const ValueId id : inputs) {
        const Tensor& x = engine.value(id);
        xs.push_back(nested && x.requires_grad() ? x.view_as(x) : x.detach().requires_grad_());
      }
      y = body->call(engine, xs).at(0);
      if (y.requires_grad()) found = torch::autograd::grad({y}, xs, {}, nested, nested, /*allow_unused=*/true);
    }
    found.resize(xs.size());
    engine.value(results[0]) = nested ? y : y.detach();
    for (size_t i = 0; i < xs.size(); ++i) engine.value(results[1 + i]) = derivative_of(xs[i], found[i]);
  };
}

/// The block's results are the node's: how they are computed in fewer passes or pieces matters to the plan only.
Run prepare_whole(Preparing& preparing, const Node& node) {
  const auto body = preparing.body(node.blocks.at(0));
  const std::vector<ValueId> results = node.results;
  return [=](Engine& engine) {
    std::vector<Tensor> values = body->call(engine);
    for (size_t i = 0; i < results.size(); ++i) engine.value(results[i]) = std::move(values[i]);
  };
}

}  // namespace

Run prepare_control(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::scan:
      return prepare_scan(preparing, node);
    case Op::iterate:
      return prepare_iterate(preparing, node);
    case Op::choose:
      return prepare_choose(preparing, node);
    case Op::gradient:
      return prepare_gradient(preparing, node);
    case Op::fused:
    case Op::tile:
      return prepare_whole(preparing, node);
    default:
      throw std::logic_error("not pure control");
  }
}

}  // namespace duet::interp
