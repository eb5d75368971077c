#include "runtime/interp/group.h"

#include <stdexcept>

/// Rows that go to different members of a group of networks: sorted by member, one dense evaluation each.
namespace duet::interp {

namespace {

using Axes = std::vector<Axis>;
const char* const kRow = "row";

std::vector<std::string> names_of(const Axes& axes) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  return names;
}

/// Which axes of the inputs are rows, and how inputs become [rows, features] and results come back.
struct Layout {
  Axes rows;                          // flattened into `row`, in this order
  Alignment key;                      // k to the row axes
  std::vector<Alignment> inputs;      // x to the row axes and then its features
  std::vector<Alignment> from_block;  // a result of the block to `row` first
  std::vector<Alignment> results;     // row axes and features to the axes of the node's result
};

Layout layout_of(Preparing& preparing, const Node& node) {
  const Block& block = node.blocks.at(0);
  const auto features_of = [&](ValueId in_block) { return without(preparing.axes(in_block), {kRow}); };
  Axes rows = preparing.axes(node.inputs.at(0));
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    const Axes own = without(preparing.axes(node.inputs[i]), names_of(features_of(block.parameters.at(i))));
    const auto merged = merge_axes(rows, own);
    if (!merged) throw std::logic_error("group: the inputs' rows do not line up");
    rows = *merged;
  }
  Layout layout{rows, Alignment(preparing.axes(node.inputs[0]), rows), {}, {}, {}};
  for (size_t i = 1; i < node.inputs.size(); ++i)
    layout.inputs.emplace_back(preparing.axes(node.inputs[i]), joined(rows, features_of(block.parameters[i])));
  for (size_t i = 0; i < node.results.size(); ++i) {
    const Axes features = features_of(block.results.at(i));
    layout.from_block.emplace_back(preparing.axes(block.results[i]), joined({{kRow}}, features));
    layout.results.emplace_back(joined(rows, features), preparing.axes(node.results[i]));
  }
  return layout;
}

/// The inputs of one run, flattened.
struct Flat {
  std::vector<int64_t> row_sizes;
  int64_t rows = 1;
  Tensor key;  // [rows], or a scalar
  std::vector<Tensor> inputs;
};

Flat flatten(Engine& engine, const Node& node, const Layout& layout) {
  Flat flat;
  const Tensor key = to_kind(engine.value(node.inputs[0]), Kind::index);
  const size_t rank = layout.rows.size();
  std::vector<Tensor> aligned{layout.key(key)};
  flat.row_sizes = aligned[0].sizes().vec();
  for (size_t i = 0; i < layout.inputs.size(); ++i) {
    aligned.push_back(layout.inputs[i](engine.value(node.inputs[i + 1])));
    for (size_t d = 0; d < rank; ++d)
      if (flat.row_sizes[d] == 1) flat.row_sizes[d] = aligned.back().size(static_cast<int64_t>(d));
  }
  for (const int64_t size : flat.row_sizes) flat.rows *= size;
  flat.key = key.dim() == 0 ? key : aligned[0].expand(flat.row_sizes).reshape({flat.rows});
  for (size_t i = 1; i < aligned.size(); ++i) {
    std::vector<int64_t> full = flat.row_sizes, short_form{flat.rows};
    for (int64_t d = static_cast<int64_t>(rank); d < aligned[i].dim(); ++d) {
      full.push_back(aligned[i].size(d));
      short_form.push_back(aligned[i].size(d));
    }
    flat.inputs.push_back(aligned[i].expand(full).reshape(short_form));
  }
  return flat;
}

std::vector<Tensor> run_member(Engine& engine, const Body& body, const Layout& layout, const Tensor& member,
                               const std::vector<Tensor>& inputs) {
  std::vector<Tensor> arguments{member};
  arguments.insert(arguments.end(), inputs.begin(), inputs.end());
  std::vector<Tensor> results = body.call(engine, std::move(arguments));
  for (size_t i = 0; i < results.size(); ++i) {
    results[i] = layout.from_block[i](results[i]);
    // A result that is the same for all rows may lack the axis.
    if (results[i].size(0) == 1 && inputs[0].size(0) != 1) {
      std::vector<int64_t> sizes = results[i].sizes().vec();
      sizes[0] = inputs[0].size(0);
      results[i] = results[i].expand(sizes);
    }
  }
  return results;
}

std::vector<Tensor> run_members(Engine& engine, const Body& body, const Layout& layout, const Flat& flat,
                                int64_t count) {
  if (flat.rows == 0) return run_member(engine, body, layout, at::zeros({}, at::kLong), flat.inputs);
  if (flat.key.min().item<int64_t>() < 0 || flat.key.max().item<int64_t>() >= count)
    throw Error("E0604", "a row asks for a member that does not exist");
  const Tensor order = std::get<1>(at::sort(flat.key, /*stable=*/true, 0, /*descending=*/false));
  const Tensor sizes = at::bincount(flat.key, {}, count);
  std::vector<std::vector<Tensor>> pieces(layout.results.size());
  int64_t first = 0;
  for (int64_t m = 0; m < count; ++m) {
    const int64_t rows = sizes.data_ptr<int64_t>()[m];
    if (rows == 0) continue;
    const Tensor mine = order.narrow(0, first, rows);
    first += rows;
    std::vector<Tensor> inputs;
    for (const Tensor& x : flat.inputs) inputs.push_back(x.index_select(0, mine));
    const auto results = run_member(engine, body, layout, at::full({}, m, at::kLong), inputs);
    for (size_t i = 0; i < results.size(); ++i) pieces[i].push_back(results[i]);
  }
  const Tensor back = at::empty_like(order).index_copy_(0, order, at::arange(flat.rows, at::kLong));
  std::vector<Tensor> results;
  for (const auto& piece : pieces) results.push_back(at::cat(piece, 0).index_select(0, back));
  return results;
}

}  // namespace

Run prepare_group(Preparing& preparing, const Node& node) {
  if (node.inputs.size() < 2) throw std::logic_error("group needs a value beside the index");
  const Layout layout = layout_of(preparing, node);
  const auto body = preparing.body(node.blocks.at(0));
  const int64_t count = node.integer("count");
  const Node* self = &node;
  return [=](Engine& engine) {
    const Flat flat = flatten(engine, *self, layout);
    const std::vector<Tensor> results = flat.key.dim() == 0 ? run_member(engine, *body, layout, flat.key, flat.inputs)
                                                            : run_members(engine, *body, layout, flat, count);
    for (size_t i = 0; i < results.size(); ++i) {
      std::vector<int64_t> sizes = flat.row_sizes;
      sizes.insert(sizes.end(), results[i].sizes().begin() + 1, results[i].sizes().end());
      engine.value(self->results[i]) = layout.results[i](results[i].reshape(sizes));
    }
  };
}

}  // namespace duet::interp
