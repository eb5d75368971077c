#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "runtime/core/error.h"
#include "runtime/plan/body.h"

/// Pure control: loops of fixed length and choices.
namespace duet::plan {

namespace {

/// What a loop hands on from step to step: two buffers, one read while the other is written.
struct Carry {
  std::array<std::shared_ptr<Buffer>, 2> buffers;
  std::function<void(Thread&, float*)> start;         // from the node's input
  std::function<void(const float*, float*)> hand_on;  // from the block's result
  ValueId parameter, made, result;
};

/// One value for each step, taken out of an input of the node.
struct Sequence {
  ValueId parameter, in;
  int64_t stride;
};

/// One value from each step, put into a result of the node.
struct Output {
  ValueId made, result;
  int64_t stride;
  std::function<void(const float*, float*)> put;
};

struct Loop {
  int64_t from = 0, count = 0;
  bool reverse = false;
  ValueId index;
  std::shared_ptr<Body> body;
  std::vector<Carry> carries;
  std::vector<Sequence> sequences;
  std::vector<Output> outputs;
};

Layout seen_by_parameter(const Preparing& preparing, ValueId in, ValueId parameter, const std::string& taken) {
  Layout layout = preparing.layout(in);
  std::vector<Axis> axes = preparing.axes(in);
  if (!taken.empty()) {
    const auto dim = static_cast<std::ptrdiff_t>(position(axes, taken));
    layout.sizes.erase(layout.sizes.begin() + dim);
    layout.strides.erase(layout.strides.begin() + dim);
    axes.erase(axes.begin() + dim);
  }
  return permuted(layout, axes, preparing.axes(parameter));
}

void prepare_carry(Preparing& preparing, Loop& loop, ValueId in, ValueId parameter) {
  const Layout layout = contiguous_layout(seen_by_parameter(preparing, in, parameter, "").sizes);
  Carry carry;
  const auto floats = static_cast<size_t>(std::max<int64_t>(layout.elements(), 1));
  for (auto& buffer : carry.buffers) buffer = std::make_shared<Buffer>(floats);
  carry.start = copier(preparing, in, preparing.axes(parameter), layout);
  carry.parameter = parameter;
  preparing.engine().layout(parameter) = layout;
  loop.carries.push_back(std::move(carry));
}

/// Once the body is known: how its results are handed on and collected.
void prepare_results(Preparing& preparing, const Node& node, Loop& loop, const std::string& axis) {
  const Block& block = node.blocks[0];
  for (size_t i = 0; i < loop.carries.size(); ++i) {
    Carry& carry = loop.carries[i];
    carry.made = block.results.at(i);
    carry.result = node.results.at(i);
    const Layout kept = preparing.layout(carry.parameter);
    const auto& own = preparing.axes(carry.parameter);
    carry.hand_on = strided_copy(permuted(loop.body->result(i), preparing.axes(carry.made), own), kept);
    preparing.engine().layout(carry.result) = permuted(kept, own, preparing.axes(carry.result));
  }
  for (size_t i = loop.carries.size(); i < node.results.size(); ++i) {
    Output output{block.results.at(i), node.results[i], 0, {}};
    const Layout& one = loop.body->result(i);
    const std::vector<Axis>&made = preparing.axes(output.made), &whole = preparing.axes(output.result);
    std::vector<int64_t> sizes;
    for (const Axis& a : whole) sizes.push_back(a.name == axis ? loop.count : one.sizes[position(made, a.name)]);
    preparing.allocate(output.result, sizes);
    Layout slice = preparing.layout(output.result);
    const auto dim = static_cast<std::ptrdiff_t>(position(whole, axis));
    output.stride = slice.strides[static_cast<size_t>(dim)];
    slice.sizes.erase(slice.sizes.begin() + dim);
    slice.strides.erase(slice.strides.begin() + dim);
    output.put = strided_copy(permuted(one, made, without(whole, {axis})), slice);
    loop.outputs.push_back(std::move(output));
  }
}

Run run_loop(Loop loop, std::shared_ptr<Buffer> number) {
  return [loop = std::move(loop), number](Thread& thread) {
    for (const Carry& carry : loop.carries) carry.start(thread, carry.buffers[0]->data());
    for (int64_t i = 0; i < loop.count; ++i) {
      const int64_t h = loop.reverse ? loop.count - 1 - i : i;
      const DerivedTick tick(thread, loop.from + h);
      *number->data() = static_cast<float>(h);
      thread.point(loop.index, number->data());
      const auto now = static_cast<size_t>(i % 2);
      for (const Carry& carry : loop.carries) thread.point(carry.parameter, carry.buffers[now]->data());
      for (const Sequence& sequence : loop.sequences)
        thread.point(sequence.parameter, thread.value(sequence.in) + (loop.from + h) * sequence.stride);
      loop.body->run(thread);
      for (const Carry& carry : loop.carries)
        carry.hand_on(thread.value(carry.made), carry.buffers[1 - now]->data());
      for (const Output& output : loop.outputs)
        output.put(thread.value(output.made), thread.value(output.result) + h * output.stride);
    }
    const auto last = static_cast<size_t>(loop.count % 2);
    for (const Carry& carry : loop.carries) thread.point(carry.result, carry.buffers[last]->data());
  };
}

Run prepare_loop(Preparing& preparing, const Node& node) {
  const Block& block = node.blocks.at(0);
  const bool scan = node.op == Op::scan;
  const std::string axis = scan ? node.text("axis") : "";
  Loop loop;
  loop.count = node.integer("count");
  loop.from = scan ? node.integer("from") : 0;
  loop.reverse = scan && node.has("reverse") && node.integer("reverse") != 0;
  loop.index = block.parameters.at(0);
  preparing.engine().layout(loop.index) = {};
  const size_t carries = scan ? static_cast<size_t>(node.integer("carries")) : node.inputs.size();
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId in = node.inputs[i], parameter = block.parameters.at(1 + i);
    if (i < carries) {
      prepare_carry(preparing, loop, in, parameter);
      continue;
    }
    loop.sequences.push_back({parameter, in, preparing.layout(in).strides[position(preparing.axes(in), axis)]});
    preparing.engine().layout(parameter) = seen_by_parameter(preparing, in, parameter, axis);
  }
  loop.body = preparing.ready_body(block);
  preparing.lend(*loop.body);
  prepare_results(preparing, node, loop, axis);
  preparing.count(loop.body->flops() * static_cast<double>(loop.count));
  return run_loop(std::move(loop), std::make_shared<Buffer>(1));
}

/// One block of several, prepared when it is first chosen.
struct Case {
  double number;
  std::shared_ptr<Body> body;
  std::vector<std::function<void(const float*, float*)>> put;
};

Run prepare_choose(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0);
  const std::vector<ValueId> results = node.results;
  for (const ValueId id : results) preparing.allocate(id, node);
  std::vector<Layout> layouts;
  for (const ValueId id : results) layouts.push_back(preparing.layout(id));
  std::vector<Case> cases;
  for (size_t i = 0; i < node.blocks.size(); ++i)
    cases.push_back({static_cast<double>(node.integers("cases").at(i)), preparing.body(node.blocks[i]), {}});
  const Node* self = &node;
  return [=](Thread& thread) mutable {
    const double which = std::floor(static_cast<double>(*thread.value(in)));
    const auto found = std::ranges::find_if(cases, [&](const Case& one) { return one.number == which; });
    if (found == cases.end())
      throw Error("E0605", "no case was made for the size " + std::to_string(static_cast<int64_t>(which)));
    found->body->run(thread);
    const Block& block = found->body->block();
    const Program& program = thread.engine.program;
    if (found->put.empty())
      for (size_t i = 0; i < results.size(); ++i)
        found->put.push_back(strided_copy(permuted(found->body->result(i), program.type(block.results.at(i)).axes,
                                                   program.type(self->results[i]).axes),
                                          layouts[i]));
    for (size_t i = 0; i < results.size(); ++i)
      found->put[i](thread.value(block.results[i]), thread.value(results[i]));
  };
}

}  // namespace

Run prepare_control(Preparing& preparing, const Node& node) {
  switch (node.op) {
    case Op::scan:
    case Op::iterate:
      return prepare_loop(preparing, node);
    case Op::choose:
      return prepare_choose(preparing, node);
    case Op::fused:
      return prepare_fused(preparing, node);
    case Op::tile:
      return prepare_tile(preparing, node);
    default:
      throw Error("E0609", "`" + std::string(info(node.op).name) + "` cannot be compiled", "run it with --engine interp",
                  node.span);
  }
}

}  // namespace duet::plan
