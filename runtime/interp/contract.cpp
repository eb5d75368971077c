#include <algorithm>

#include "runtime/interp/body.h"

/// Products of matrices with named axes, as one batched product.
namespace duet::interp {

namespace {

using Axes = std::vector<Axis>;

std::vector<std::string> names_of(const Axes& axes) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  return names;
}

/// How the axes fall into place: walked together, only in one of the two, summed over.
struct Layout {
  Layout(const Axes& a, const Axes& b, const std::vector<std::string>& axes, const Axes& result)
      : summed(named(a, axes)),
        walked(without(without(a, names_of(without(a, names_of(b)))), axes)),
        rows(without(a, names_of(b))),
        columns(without(b, names_of(a))),
        a_order(a, joined(joined(walked, rows), summed)),
        b_order(b, joined(joined(walked, summed), columns)),
        result_order(joined(joined(walked, rows), columns), result) {}

  static Axes named(const Axes& axes, const std::vector<std::string>& names) {
    Axes found;
    for (const Axis& axis : axes)
      if (std::find(names.begin(), names.end(), axis.name) != names.end()) found.push_back(axis);
    return found;
  }

  Axes summed, walked, rows, columns;
  Alignment a_order, b_order, result_order;
};

int64_t product(at::IntArrayRef sizes) {
  int64_t n = 1;
  for (const int64_t size : sizes) n *= size;
  return n;
}

Tensor multiply(const Layout& layout, const Tensor& a, const Tensor& b) {
  const Tensor left = layout.a_order(a), right = layout.b_order(b);
  const size_t walks = layout.walked.size(), rows = layout.rows.size(), sums = layout.summed.size();
  const at::IntArrayRef walked = left.sizes().slice(0, walks), row_sizes = left.sizes().slice(walks, rows),
                        columns = right.sizes().slice(walks + sums);
  const int64_t n = product(walked), r = product(row_sizes), k = product(left.sizes().slice(walks + rows)),
                c = product(columns);
  std::vector<int64_t> sizes = left.sizes().slice(0, walks + rows).vec();
  sizes.insert(sizes.end(), columns.begin(), columns.end());
  return at::bmm(left.reshape({n, r, k}), right.reshape({n, k, c})).view(sizes);
}

}  // namespace

Run prepare_contract(Preparing& preparing, const Node& node) {
  const ValueId a = node.inputs.at(0), b = node.inputs.at(1), y = node.results.at(0);
  const Axes& axes = preparing.axes(y);
  const Layout layout(preparing.axes(a), preparing.axes(b), node.texts("axes"), axes);
  if (node.inputs.size() == 3) {
    const ValueId f = node.inputs[2];
    const Alignment order(preparing.axes(f), axes);
    const bool by_value = node.text("factor") == "value";
    return [=](Engine& engine) {
      const Tensor product = layout.result_order(multiply(layout, engine.value(a), engine.value(b)));
      const Tensor factor = order(engine.value(f));
      engine.value(y) = by_value ? product * factor : at::where(factor > 0, product, at::zeros_like(product));
    };
  }
  return [=](Engine& engine) {
    engine.value(y) = layout.result_order(multiply(layout, engine.value(a), engine.value(b)));
  };
}

}  // namespace duet::interp
