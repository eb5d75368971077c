#include <algorithm>
#include <stdexcept>

#include "runtime/kernels/gather.h"
#include "runtime/plan/body.h"

/// Rows that go to different members of a group of networks: sorted by member, one dense evaluation each.
namespace duet::plan {

namespace {

using Axes = std::vector<Axis>;
const char* const kRow = "row";
// Members get their rows in lots of at most as many; a lot is filled up to a power of two, so that few sizes occur.
constexpr int64_t kMostRows = 128;

/// An input or result as a matrix [rows, features], in the order of the rows and sorted by member.
struct Matrix {
  Axes features;
  std::vector<int64_t> sizes;  // of the features
  int64_t width = 1;
  std::shared_ptr<Buffer> flat, sorted;

  void make_room(int64_t rows) {
    for (const int64_t size : sizes) width *= size;
    flat = std::make_shared<Buffer>(static_cast<size_t>(std::max<int64_t>(rows * width, 1)));
    sorted = std::make_shared<Buffer>(static_cast<size_t>((rows + kMostRows) * width));
  }
  std::vector<int64_t> with_rows(std::vector<int64_t> rows) const {
    rows.insert(rows.end(), sizes.begin(), sizes.end());
    return rows;
  }
};

struct Input {
  Matrix matrix;
  std::function<void(Thread&, float*)> flatten;
};

struct Result {
  Matrix matrix;
  std::function<void(const float*, float*)> restore;
};

struct Group {
  const Node* node;
  int64_t members, rows = 1;
  bool one;    // the same member for all rows
  bool draws;  // the block does
  std::function<void(Thread&, float*)> flatten_key;
  std::shared_ptr<Buffer> key, order, back, member;  // rows sorted by member; where each row went
  std::vector<Input> inputs;
  std::vector<Result> results;
  std::shared_ptr<Variants> body;
};

std::vector<std::string> names_of(const Axes& axes) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  return names;
}

/// The axes that are flattened into rows, with their sizes.
std::pair<Axes, std::vector<int64_t>> row_axes(const Preparing& preparing, const Node& node) {
  const Block& block = node.blocks.at(0);
  Axes rows = preparing.axes(node.inputs.at(0));
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    const auto features = names_of(without(preparing.axes(block.parameters.at(i)), {kRow}));
    const auto merged = merge_axes(rows, without(preparing.axes(node.inputs[i]), features));
    if (!merged) throw std::logic_error("group: the inputs' rows do not line up");
    rows = *merged;
  }
  std::vector<int64_t> sizes;
  for (const Axis& axis : rows) {
    int64_t size = 1;
    for (const ValueId id : node.inputs)
      if (has_axis(preparing.axes(id), axis.name))
        size = preparing.layout(id).sizes[position(preparing.axes(id), axis.name)];
    sizes.push_back(size);
  }
  return {rows, sizes};
}

/// Draws are counted over all rows of a member.
bool draws(const Block& block) {
  return std::ranges::any_of(block.nodes, [](const Node& node) {
    return info(node.op).group == OpGroup::random || std::ranges::any_of(node.blocks, draws);
  });
}

Group group_of(Preparing& preparing, const Node& node) {
  const Block& block = node.blocks.at(0);
  const auto [rows, sizes] = row_axes(preparing, node);
  Group group{&node, node.integer("count"), 1, preparing.axes(node.inputs[0]).empty(), draws(block),
              {}, {}, {}, {}, {}, {}, {}, {}};
  for (const int64_t size : sizes) group.rows *= size;
  const auto count = static_cast<size_t>(std::max<int64_t>(group.rows, 1));
  for (auto* buffer : {&group.key, &group.order, &group.back}) *buffer = std::make_shared<Buffer>(count);
  group.member = std::make_shared<Buffer>(1);
  group.flatten_key = copier(preparing, node.inputs[0], rows, contiguous_layout(sizes));
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    Input input;
    input.matrix.features = without(preparing.axes(block.parameters.at(i)), {kRow});
    const ValueId id = node.inputs[i];
    for (const Axis& axis : input.matrix.features)
      input.matrix.sizes.push_back(preparing.layout(id).sizes[position(preparing.axes(id), axis.name)]);
    input.matrix.make_room(group.rows);
    input.flatten = copier(preparing, id, joined(rows, input.matrix.features),
                           contiguous_layout(input.matrix.with_rows(sizes)));
    group.inputs.push_back(std::move(input));
  }
  for (size_t i = 0; i < node.results.size(); ++i) {
    Result result;
    result.matrix.features = without(preparing.axes(block.results.at(i)), {kRow});
    const Axes whole = joined(rows, result.matrix.features);
    for (const Axis& axis : result.matrix.features)
      result.matrix.sizes.push_back(preparing.type(node.results[i]).size_of(axis.name));
    result.matrix.make_room(group.rows);
    const Layout made = contiguous_layout(result.matrix.with_rows(sizes));
    const Layout own = permuted(made, whole, preparing.axes(node.results[i]));
    preparing.allocate(node.results[i], own.sizes);
    result.restore = strided_copy(own, preparing.layout(node.results[i]));
    group.results.push_back(std::move(result));
  }
  group.body = std::make_shared<Variants>(preparing, block);
  return group;
}

/// Sorts the rows by member, keeping their order within each; `ends[m]` is where the rows of m end.
void sort_rows(const Group& group, std::vector<int64_t>& ends) {
  std::fill(ends.begin(), ends.end(), 0);
  const float* key = group.key->data();
  for (int64_t r = 0; r < group.rows; ++r) {
    ++ends[static_cast<size_t>(member_of(key[r], group.members))];
  }
  int64_t first = 0;
  for (int64_t& end : ends) {
    const int64_t n = end;
    end = first;
    first += n;
  }
  for (int64_t r = 0; r < group.rows; ++r) {
    const int64_t place = ends[static_cast<size_t>(key[r])]++;
    group.order->data()[place] = static_cast<float>(r);
    group.back->data()[r] = static_cast<float>(place);
  }
}

/// How many rows the block is run for, of `rows` that are left.
int64_t lot(const Group& group, int64_t rows) {
  if (group.draws) return rows;
  int64_t n = 1;
  while (n < rows && n < kMostRows) n *= 2;
  return n;
}

/// The block for the rows from..from+count-1 of the sorted inputs; what is there after the last row does not matter.
/// Results of rows after `to` are not kept.
void run_lot(const Group& group, Thread& thread, float member, int64_t from, int64_t count, int64_t to,
             std::vector<Layout>& layouts) {
  const Block& block = group.node->blocks[0];
  const Program& program = thread.engine.program;
  *group.member->data() = member;
  layouts.assign(1, {});
  for (size_t i = 0; i < group.inputs.size(); ++i) {
    const Matrix& matrix = group.inputs[i].matrix;
    layouts.push_back(permuted(contiguous_layout(matrix.with_rows({count})), joined({{kRow}}, matrix.features),
                               program.type(block.parameters[i + 1]).axes));
  }
  Body& body = group.body->get(thread.engine, layouts);
  thread.point(block.parameters[0], group.member->data());
  for (size_t i = 0; i < group.inputs.size(); ++i)
    thread.point(block.parameters[i + 1], group.inputs[i].matrix.sorted->data() + from * group.inputs[i].matrix.width);
  body.run(thread);
  for (size_t i = 0; i < group.results.size(); ++i) {
    const Matrix& matrix = group.results[i].matrix;
    const std::vector<Axis>& made = program.type(block.results[i]).axes;
    // A result that is the same for all rows may lack the axis.
    const Axes wanted = joined({{kRow}}, matrix.features);
    const Layout to_layout = contiguous_layout(matrix.with_rows({to - from}));
    const Layout seen{to_layout.sizes, aligned_strides(body.result(i), made, wanted)};
    strided_copy(seen, to_layout)(thread.value(block.results[i]), matrix.sorted->data() + from * matrix.width);
  }
}

}  // namespace

Run prepare_group(Preparing& preparing, const Node& node) {
  if (!preparing.parts().empty()) throw std::logic_error("a group within a tile");
  if (node.inputs.size() < 2) throw std::logic_error("group needs a value beside the index");
  std::vector<int64_t> ends(static_cast<size_t>(node.integer("count")));
  std::vector<Layout> layouts;
  return [group = group_of(preparing, node), ends, layouts](Thread& thread) mutable {
    group.flatten_key(thread, group.key->data());
    const int64_t n = group.rows;
    if (group.one) std::fill_n(group.key->data(), n, *thread.value(group.node->inputs[0]));
    sort_rows(group, ends);
    for (const Input& input : group.inputs) {
      const Matrix& matrix = input.matrix;
      input.flatten(thread, matrix.flat->data());
      kernels::take_rows(matrix.flat->data(), n, matrix.width, group.order->data(), n, matrix.width,
                         matrix.sorted->data(), matrix.width);
    }
    int64_t first = 0;
    for (size_t m = 0; m < ends.size(); ++m) {
      while (first < ends[m]) {
        const int64_t count = lot(group, ends[m] - first), to = std::min(first + count, ends[m]);
        run_lot(group, thread, static_cast<float>(m), first, count, to, layouts);
        first = to;
      }
    }
    for (size_t i = 0; i < group.results.size(); ++i) {
      const Matrix& matrix = group.results[i].matrix;
      kernels::take_rows(matrix.sorted->data(), n, matrix.width, group.back->data(), n, matrix.width,
                         matrix.flat->data(), matrix.width);
      group.results[i].restore(matrix.flat->data(), thread.value(group.node->results[i]));
    }
  };
}

}  // namespace duet::plan
