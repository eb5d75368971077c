#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "runtime/kernels/nonzero_rows.h"
#include "runtime/plan/body.h"
#include "runtime/plan/multiply.h"

/// Products of matrices with named axes: layers of networks, and their gradients.
namespace duet::plan {

namespace {

using Axes = std::vector<Axis>;
using kernels::Activation;
using kernels::MatmulShape;

/// A value as a factor or result: its axes and how they lie.
struct Seen {
  Axes axes;
  Layout layout;
  bool has(const Axis& axis) const { return has_axis(axes, axis.name); }
  int64_t stride(const Axis& axis) const { return has(axis) ? layout.strides[position(axes, axis.name)] : 0; }
  int64_t size(const Axis& axis) const { return layout.sizes[position(axes, axis.name)]; }
};

/// Axes walked as one: `size` elements, `stride` apart.
struct Collapsed {
  int64_t size = 1, stride = 1;
};

std::optional<Collapsed> collapse(const Seen& value, const Axes& axes) {
  Collapsed all;
  bool first = true;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    const int64_t size = value.size(*axis), stride = value.stride(*axis);
    if (size == 1) continue;
    if (!first && stride != all.stride * all.size) return {};
    if (first) all.stride = stride;
    all.size *= size;
    first = false;
  }
  return all;
}

/// Where the pieces of one product begin.
struct Piece {
  int64_t a = 0, b = 0, c = 0, beside = 0, which = 0;
  bool first = true, last = true;  // of the products that are added up
};

/// How the axes fall into place: c[loop, rows, columns] = sum[added] sum[inner] a[loop, rows, added, inner] *
/// b[loop, added, inner, columns], the outer sum being one of products.
struct Arrangement {
  Axes loop, rows, columns, added, inner;
};

bool contains(const Axes& axes, const Axis& axis) {
  return has_axis(axes, axis.name);
}

Arrangement classify(const Seen& a, const Seen& b, const Seen& c, const Axes& inner, const Axes& extra_loop) {
  Arrangement plan;
  plan.inner = inner;
  for (const Axis& axis : c.axes) {
    const bool in_a = a.has(axis), in_b = b.has(axis);
    if ((in_a && in_b) || contains(extra_loop, axis) || (!in_a && !in_b)) {
      plan.loop.push_back(axis);
    } else {
      (in_a ? plan.rows : plan.columns).push_back(axis);
    }
  }
  return plan;
}

/// Axes that cannot be walked as one with those after them, in one of the two values, are looped over instead.
void loop_over_rest(Axes& axes, const Seen& factor, const Seen& result, Axes& loop) {
  while (axes.size() > 1 && !(collapse(factor, axes) && collapse(result, axes))) {
    loop.push_back(axes.front());
    axes.erase(axes.begin());
  }
}

/// Sums of fewer terms than that are not worth a product of their own: it reads and writes the result once more.
constexpr int64_t kLongSum = 128;

/// Summed axes that cannot be walked as one with those after them, in one of the two factors, become a sum of products,
/// if these are sums of many terms themselves.
void add_over_rest(Arrangement& plan, const Seen& a, const Seen& b) {
  Axes inner = plan.inner, added;
  while (inner.size() > 1 && !(collapse(a, inner) && collapse(b, inner))) {
    added.push_back(inner.front());
    inner.erase(inner.begin());
  }
  const auto terms = collapse(a, inner);
  if (!terms || terms->size < kLongSum) return;
  plan.inner = std::move(inner);
  plan.added = std::move(added);
}

/// One of the two strides of a matrix must be 1, which says whether it is stored transposed. Missing axes count as 1.
struct Stored {
  bool transposed = false;
  int64_t leading = 1;
};

std::optional<Stored> stored(const Collapsed& rows, const Collapsed& columns) {
  if (columns.size == 1 || columns.stride == 1) {
    const int64_t leading = rows.size == 1 ? columns.size : rows.stride;
    if (leading >= columns.size) return Stored{false, std::max<int64_t>(leading, 1)};
  }
  if (rows.size == 1 || rows.stride == 1) {
    const int64_t leading = columns.size == 1 ? rows.size : columns.stride;
    if (leading >= rows.size) return Stored{true, std::max<int64_t>(leading, 1)};
  }
  return {};
}

/// Whether the value goes nowhere but into a layer that rounds its input, perhaps under another name.
bool only_rounding_layer_reads(const Preparing& preparing, ValueId id) {
  const Node* reader = preparing.only_reader(id);
  while (reader && reader->op == Op::rename) {
    id = reader->results[0];
    reader = preparing.only_reader(id);
  }
  return reader && reader->op == Op::linear && reader->has("precision") && reader->inputs[0] == id &&
         std::ranges::count(reader->inputs, id) == 1;
}

/// Below this many rows a copy of the operand, which allows one larger product, costs less than products of few rows.
constexpr int64_t kFewRows = 16;

class Product {
 public:
  Product(Preparing& preparing, const Node& node, ValueId a, ValueId b, Axes inner)
      : preparing_(preparing),
        inner_(std::move(inner)),
        rounds_(node.has("precision")),
        a_id_(a),
        b_id_(b),
        c_id_(node.results.at(0)) {
    preparing.allocate(c_id_, node);
    a_ = {preparing.axes(a), preparing.layout(a)};
    b_ = {preparing.axes(b), preparing.layout(b)};
    c_ = {preparing.axes(c_id_), preparing.layout(c_id_)};
  }

  void add_bias(ValueId bias) {
    bias_id_ = bias;
    bias_ = Seen{preparing_.axes(bias), preparing_.layout(bias)};
  }

  /// Each element of the result is multiplied with one of `value`, or with whether that is above 0.
  void add_factor(ValueId value, kernels::Factor factor) {
    factor_id_ = value;
    factor_ = factor;
  }

  /// The weights are those that `which`, an index along `axis`, points to.
  void choose(ValueId which, const std::string& axis) {
    by_axis_ = {axis};
    choices_ = b_.size(by_axis_);
    const Axes& own = preparing_.axes(which);
    which_ = preparing_.operand(which, own);
    chosen_ = Seen{own, which_->layout};
  }

  Run run(Activation activation) {
    order_operands();
    if (bias_) order_bias();
    if (factor_ != kernels::Factor::none) order_factor();
    if (chosen_) by_ = b_.stride(by_axis_);
    if (chosen_ && bias_) bias_by_ = bias_->stride(by_axis_);
    const Collapsed rows_a = *collapse(a_, plan_.rows), inner_a = *collapse(a_, plan_.inner);
    const Collapsed inner_b = *collapse(b_, plan_.inner), columns_b = *collapse(b_, plan_.columns);
    const Collapsed rows_c = *collapse(c_, plan_.rows);
    const Stored as = *stored(rows_a, inner_a), bs = *stored(inner_b, columns_b);
    MatmulShape shape{rows_a.size, columns_b.size, inner_a.size};
    shape.lda = as.leading;
    shape.transpose_a = as.transposed;
    shape.ldb = bs.leading;
    shape.transpose_b = bs.transposed;
    shape.ldc = rows_c.size == 1 ? std::max<int64_t>(columns_b.size, 1) : rows_c.stride;
    shape.bias = bias_.has_value();
    if (const Axes varying = rows_of_bias(); !varying.empty()) {
      const Collapsed rows = *collapse(*bias_, varying);
      shape.bias_rows = shape.m / rows.size;
      shape.ld_bias = rows.stride;
    }
    shape.activation = activation;
    shape.slope = slope_id_ >= 0;
    shape.factor = factor_;
    if (factor_ != kernels::Factor::none) shape.ldf = shape.ldc;
    const std::vector<Piece> pieces = this->pieces();
    const double all = flops(shape) * static_cast<double>(pieces.size());
    preparing_.count(leaves_out_rows(shape) ? all / places_ : all);
    return closure(kernels(shape, pieces.size()), pieces);
  }

  /// The activation's derivative is a result, too.
  void add_slope(ValueId slope, const Node& node) {
    preparing_.allocate(slope, node);
    slope_id_ = slope;
  }

  /// Of the rows of a along these axes about one is not zero.
  void expect_zeros(const std::vector<std::string>& axes) {
    has_zero_rows_ = true;
    for (const Axis& axis : preparing_.axes(c_id_))
      if (std::ranges::count(axes, axis.name)) places_ *= static_cast<double>(axis.size);
  }

 private:
  /// By whether it is the first and whether it is the last of the products that are added up.
  using Kernels = std::array<std::array<Multiply, 2>, 2>;

  Kernels kernels(MatmulShape shape, size_t pieces) {
    Kernels all;
    all[1][1] = kernel(shape, pieces);
    if (plan_.added.empty()) return all;
    shape.accumulate = true;
    all[0][1] = multiply(shape);
    shape.factor = kernels::Factor::none;
    shape.ldf = 0;
    all[0][0] = multiply(shape);
    shape.accumulate = false;
    all[1][0] = multiply(shape);
    return all;
  }
  Multiply kernel(const MatmulShape& shape, size_t pieces) {
    if (rounds_) return multiply_rounded(shape, pieces * static_cast<size_t>(choices_), form());
    return leaves_out_rows(shape) ? multiply_nonzero_rows(shape) : multiply(shape);
  }
  bool leaves_out_rows(const MatmulShape& shape) const {
    return has_zero_rows_ && plan_.added.empty() && kernels::NonzeroRowsMatmul::suits(shape);
  }

  /// Finds an arrangement that one kernel can do; operands that allow none are copied into a better order first.
  void order_operands() {
    const Arrangement wanted = classify(a_, b_, c_, inner_, looped());
    arrange();
    if (!fits_a() || rows_of(plan_) < std::min(kFewRows, rows_of(wanted))) {
      copy_a(wanted);
      arrange();
    }
    if (!fits_b()) copy_b();
    if (!fits_c() || rows_of(plan_) < std::min(kFewRows, rows_of(wanted))) write_elsewhere(wanted);
  }

  void arrange() {
    plan_ = classify(a_, b_, c_, inner_, looped());
    loop_over_rest(plan_.columns, b_, c_, plan_.loop);
    loop_over_rest(plan_.rows, a_, c_, plan_.loop);
    add_over_rest(plan_, a_, b_);
  }

  /// Axes that must be looped over: of the choice, and those along which the bias does not fit. A kernel's bias has an
  /// element for each column, and is the same for all rows, or for as many as come one after the other.
  Axes looped() const {
    Axes axes = chosen_ ? chosen_->axes : Axes{};
    if (!bias_) return axes;
    bool varies = false, fits = true;  // walking from the last axis of the rows to the first
    for (auto axis = c_.axes.rbegin(); axis != c_.axes.rend(); ++axis) {
      const bool has = bias_->has(*axis);
      if (contains(axes, *axis)) continue;
      if (!a_.has(*axis) || b_.has(*axis)) {
        if (has == a_.has(*axis)) axes.push_back(*axis);
      } else if (c_.size(*axis) > 1) {
        varies |= has;
        fits &= has == varies && !(has && rounds_);
        if (!fits) axes.push_back(*axis);
      }
    }
    return axes;
  }

  /// Axes of the rows along which the bias varies.
  Axes rows_of_bias() const {
    Axes axes;
    for (const Axis& axis : plan_.rows)
      if (bias_ && bias_->has(axis) && c_.size(axis) > 1) axes.push_back(axis);
    return axes;
  }

  /// The bias of the columns lies in one piece, and its rows do so too.
  void order_bias() {
    Axes order;
    for (const Axis& axis : bias_->axes)
      if (!contains(plan_.columns, axis) && !contains(plan_.rows, axis)) order.push_back(axis);
    for (const Axis& axis : plan_.rows)
      if (bias_->has(axis)) order.push_back(axis);
    order = joined(order, plan_.columns);
    beside_copy_ = preparing_.operand(bias_id_, order);
    bias_ = beside_ = Seen{order, beside_copy_->layout};
  }

  /// The factor lies as the result does.
  void order_factor() {
    beside_copy_ = preparing_.operand(factor_id_, c_.axes);
    beside_ = Seen{c_.axes, beside_copy_->layout};
  }

  int64_t rows_of(const Arrangement& plan) const {
    int64_t n = 1;
    for (const Axis& axis : plan.rows) n *= c_.size(axis);
    return n;
  }

  bool fits_a() const {
    const auto rows = collapse(a_, plan_.rows), inner = collapse(a_, plan_.inner);
    return rows && inner && may_be_stored(*rows, *inner);
  }
  bool fits_b() const {
    const auto inner = collapse(b_, plan_.inner), columns = collapse(b_, plan_.columns);
    return inner && columns && may_be_stored(*inner, *columns);
  }
  /// What is rounded cannot be transposed on the way.
  bool may_be_stored(const Collapsed& rows, const Collapsed& columns) const {
    const auto found = stored(rows, columns);
    return found && !(rounds_ && found->transposed);
  }
  bool fits_c() const {
    const auto rows = collapse(c_, plan_.rows), columns = collapse(c_, plan_.columns);
    return rows && columns && (columns->size == 1 || columns->stride == 1) &&
           (rows->size == 1 || rows->stride >= columns->size);
  }

  void copy_a(const Arrangement& wanted) {
    Axes order;
    for (const Axis& axis : wanted.loop)
      if (a_.has(axis)) order.push_back(axis);
    order = joined(joined(order, wanted.rows), wanted.inner);
    a_copy_ = preparing_.operand(a_id_, order);
    a_ = {order, a_copy_->layout};
  }

  void copy_b() {
    Axes order;
    for (const Axis& axis : b_.axes)
      if (!contains(plan_.inner, axis) && !contains(plan_.columns, axis)) order.push_back(axis);
    order = joined(joined(order, plan_.inner), plan_.columns);
    b_copy_ = preparing_.operand(b_id_, order);
    b_ = {order, b_copy_->layout};
  }

  /// The result is made in another order and then moved to its own.
  void write_elsewhere(const Arrangement& wanted) {
    const Axes order = joined(joined(wanted.loop, wanted.rows), wanted.columns);
    const Layout own = c_.layout;
    Layout made = permuted(own, c_.axes, order);
    made = contiguous_layout(made.sizes);
    elsewhere_ = std::make_shared<Buffer>(static_cast<size_t>(made.elements()));
    if (slope_id_ >= 0) slope_elsewhere_ = std::make_shared<Buffer>(elsewhere_->size());
    const Seen result{order, made};
    move_ = strided_copy(Layout{own.sizes, aligned_strides(made, order, c_.axes)}, own);
    c_ = result;
    arrange();
    if (!fits_a() || !fits_b() || !fits_c()) throw std::logic_error("a product's axes do not fall into place");
  }

  /// Chains of layers that round stay in bfloat16 between them.
  RoundedForm form() {
    RoundedForm form;
    form.a = !a_copy_ && preparing_.ask_for_rounded(a_id_);
    if (elsewhere_ || !only_rounding_layer_reads(preparing_, c_id_)) return form;
    form.c = std::make_shared<bool>(false);
    preparing_.may_be_rounded(c_id_, form.c);
    return form;
  }

  std::vector<Piece> pieces() const {
    std::vector<Piece> all{{}};
    for (const Axis& axis : plan_.loop) all = along(all, axis, c_.size(axis));
    const size_t without = all.size();
    for (const Axis& axis : plan_.added) all = along(all, axis, a_.size(axis));
    const size_t terms = all.size() / without;
    for (size_t i = 0; i < all.size(); ++i) {
      all[i].first = i % terms == 0;
      all[i].last = i % terms == terms - 1;
    }
    return all;
  }

  /// Each piece for each place along an axis.
  std::vector<Piece> along(const std::vector<Piece>& pieces, const Axis& axis, int64_t size) const {
    std::vector<Piece> all;
    for (const Piece& piece : pieces) {
      for (int64_t i = 0; i < size; ++i) {
        Piece moved = piece;
        moved.a += i * a_.stride(axis);
        moved.b += i * b_.stride(axis);
        moved.c += i * c_.stride(axis);
        if (beside_) moved.beside += i * beside_->stride(axis);
        if (chosen_) moved.which += i * chosen_->stride(axis);
        all.push_back(moved);
      }
    }
    return all;
  }

  Run closure(Kernels kernels, const std::vector<Piece>& pieces) const {
    return [kernels = std::move(kernels), choices = choices_, pieces, a_id = a_id_, b_id = b_id_, c_id = c_id_,
            a_copy = a_copy_, b_copy = b_copy_, beside = beside_copy_, which = which_, by = by_, bias_by = bias_by_,
            slope_id = slope_id_, elsewhere = elsewhere_, slope_elsewhere = slope_elsewhere_,
            move = move_](Thread& thread) {
      for (const auto* operand : {&a_copy, &b_copy, &beside, &which})
        if (*operand && (*operand)->copy) (*operand)->copy(thread);
      const float* a = a_copy ? a_copy->data(thread) : thread.value(a_id);
      const float* b = b_copy ? b_copy->data(thread) : thread.value(b_id);
      const float* d = beside ? beside->data(thread) : nullptr;
      const float* chosen = which ? which->data(thread) : nullptr;
      float* c = elsewhere ? elsewhere->data() : thread.value(c_id);
      float* slope = slope_elsewhere ? slope_elsewhere->data() : slope_id >= 0 ? thread.value(slope_id) : nullptr;
      for (size_t i = 0; i < pieces.size(); ++i) {
        const Piece& piece = pieces[i];
        const int64_t m = chosen ? member_of(chosen[piece.which], choices) : 0;
        kernels[piece.first][piece.last](thread, static_cast<int64_t>(i) * choices + m,
                                         {{a, piece.a},
                                          b + piece.b + m * by,
                                          d ? d + piece.beside + m * bias_by : nullptr,
                                          {c, piece.c},
                                          slope ? slope + piece.c : nullptr});
      }
      if (elsewhere) move(c, thread.value(c_id));
      if (slope_elsewhere) move(slope, thread.value(slope_id));
    };
  }

  Preparing& preparing_;
  Axes inner_;
  bool rounds_;  // factors to bfloat16
  bool has_zero_rows_ = false;
  double places_ = 1;  // of which about one has a row that is not zero
  ValueId a_id_, b_id_, c_id_, bias_id_ = -1, factor_id_ = -1, slope_id_ = -1;
  kernels::Factor factor_ = kernels::Factor::none;
  Seen a_, b_, c_;
  std::optional<Seen> bias_, beside_, chosen_;  // beside: the bias or the factor, in the order wanted
  std::optional<Preparing::Operand> a_copy_, b_copy_, beside_copy_, which_;
  Axis by_axis_;  // of the choice
  int64_t by_ = 0, bias_by_ = 0, choices_ = 1;
  Arrangement plan_;
  std::shared_ptr<Buffer> elsewhere_, slope_elsewhere_;
  std::function<void(const float*, float*)> move_;
};

Activation activation_of(const Node& node) {
  if (!node.has("activation")) return Activation::none;
  const std::string& name = node.text("activation");
  if (name == "relu") return Activation::relu;
  if (name == "swish") return Activation::swish;
  if (name == "tanh") return Activation::tanh;
  if (name == "sigmoid") return Activation::sigmoid;
  throw std::logic_error("no activation is called " + name);
}

kernels::Factor factor_of(const Node& node) {
  return node.text("factor") == "value" ? kernels::Factor::value : kernels::Factor::positive;
}

}  // namespace

Run prepare_product(Preparing& preparing, const Node& node) {
  if (node.op == Op::contract) {
    Axes inner;
    for (const Axis& axis : preparing.axes(node.inputs.at(0)))
      if (std::ranges::count(node.texts("axes"), axis.name)) inner.push_back(axis);
    Product product(preparing, node, node.inputs[0], node.inputs.at(1), inner);
    if (node.has("zero_rows")) product.expect_zeros(node.texts("zero_rows"));
    if (node.inputs.size() == 3) product.add_factor(node.inputs[2], factor_of(node));
    return product.run(Activation::none);
  }
  const std::string& in = node.text("in");
  Product product(preparing, node, node.inputs.at(0), node.inputs.at(1), {{in}});
  product.add_bias(node.inputs.at(2));
  if (node.has("by")) product.choose(node.inputs.at(3), node.text("by"));
  if (node.has("slope")) product.add_slope(node.results.at(1), node);
  return product.run(activation_of(node));
}

}  // namespace duet::plan
