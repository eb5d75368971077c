#include <stdexcept>

#include "runtime/interp/body.h"

/// Element-wise operations and reductions.
namespace duet::interp {

namespace {

using Binary = Tensor (*)(const Tensor&, const Tensor&);
using Reduce = Tensor (*)(const Tensor&, const std::vector<int64_t>&);

Tensor softplus(const Tensor& x) {
  // max(x, 0) + log(1 + exp(-|x|)); LibTorch's own turns linear above a threshold instead.
  return at::relu(x) + at::log1p(at::exp(-at::abs(x)));
}

Binary binary_function(Op op) {
  switch (op) {
    case Op::add:
      return [](const Tensor& a, const Tensor& b) { return at::add(a, b); };
    case Op::sub:
      return [](const Tensor& a, const Tensor& b) { return at::sub(a, b); };
    case Op::mul:
      return [](const Tensor& a, const Tensor& b) { return at::mul(a, b); };
    case Op::div:
      return [](const Tensor& a, const Tensor& b) { return at::div(a, b); };
    case Op::pow:
      return [](const Tensor& a, const Tensor& b) { return at::pow(a, b); };
    case Op::minimum:
      return [](const Tensor& a, const Tensor& b) { return at::minimum(a, b); };
    case Op::maximum:
      return [](const Tensor& a, const Tensor& b) { return at::maximum(a, b); };
    case Op::atan2:
      return [](const Tensor& a, const Tensor& b) { return at::atan2(a, b); };
    case Op::less:
      return [](const Tensor& a, const Tensor& b) { return at::lt(a, b); };
    case Op::less_equal:
      return [](const Tensor& a, const Tensor& b) { return at::le(a, b); };
    case Op::equal:
      return [](const Tensor& a, const Tensor& b) { return at::eq(a, b); };
    case Op::not_equal:
      return [](const Tensor& a, const Tensor& b) { return at::ne(a, b); };
    case Op::logical_and:
      return [](const Tensor& a, const Tensor& b) { return at::logical_and(a, b); };
    case Op::logical_or:
      return [](const Tensor& a, const Tensor& b) { return at::logical_or(a, b); };
    default:
      throw std::logic_error("not a binary operation");
  }
}

Reduce reduce_function(Op op) {
  using Dims = const std::vector<int64_t>&;
  switch (op) {
    case Op::sum:
      return [](const Tensor& x, Dims dims) { return at::sum(x, dims); };
    case Op::mean:
      return [](const Tensor& x, Dims dims) { return at::mean(x, dims); };
    case Op::min:
      return [](const Tensor& x, Dims dims) { return at::amin(x, dims); };
    case Op::max:
      return [](const Tensor& x, Dims dims) { return at::amax(x, dims); };
    case Op::std:
      return [](const Tensor& x, Dims dims) { return at::std(x, dims, /*unbiased=*/false); };
    case Op::argmin:
      return [](const Tensor& x, Dims dims) { return at::argmin(x, dims.front()); };
    case Op::argmax:
      return [](const Tensor& x, Dims dims) { return at::argmax(x, dims.front()); };
    default:
      throw std::logic_error("not a reduction");
  }
}

/// Arithmetic on booleans counts: it needs numbers.
bool is_logical(Op op) {
  return op == Op::logical_and || op == Op::logical_or || op == Op::logical_not || op == Op::equal ||
         op == Op::not_equal;
}

}  // namespace

Unary unary_function(Op op) {
  switch (op) {
    case Op::neg:
      return [](const Tensor& x) { return at::neg(x); };
    case Op::logical_not:
      return [](const Tensor& x) { return at::logical_not(x); };
    case Op::abs:
      return [](const Tensor& x) { return at::abs(x); };
    case Op::exp:
      return [](const Tensor& x) { return at::exp(x); };
    case Op::log:
      return [](const Tensor& x) { return at::log(x); };
    case Op::sqrt:
      return [](const Tensor& x) { return at::sqrt(x); };
    case Op::square:
      return [](const Tensor& x) { return at::mul(x, x); };
    case Op::sin:
      return [](const Tensor& x) { return at::sin(x); };
    case Op::cos:
      return [](const Tensor& x) { return at::cos(x); };
    case Op::tanh:
      return [](const Tensor& x) { return at::tanh(x); };
    case Op::asin:
      return [](const Tensor& x) { return at::asin(x); };
    case Op::acos:
      return [](const Tensor& x) { return at::acos(x); };
    case Op::atan:
      return [](const Tensor& x) { return at::atan(x); };
    case Op::relu:
      return [](const Tensor& x) { return at::relu(x); };
    case Op::swish:
      return [](const Tensor& x) { return at::silu(x); };
    case Op::sigmoid:
      return [](const Tensor& x) { return at::sigmoid(x); };
    case Op::softplus:
      return softplus;
    case Op::floor:
      return [](const Tensor& x) { return at::floor(x); };
    case Op::sign:
      return [](const Tensor& x) { return at::sign(x); };
    case Op::stop:
      return [](const Tensor& x) { return x.detach(); };
    case Op::is_finite:
      return [](const Tensor& x) { return at::isfinite(x); };
    default:
      throw std::logic_error("not a unary operation");
  }
}

Run prepare_unary(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const Kind kind = preparing.type(out).kind;
  const Unary function = unary_function(node.op);
  const bool numbers = preparing.type(in).kind != Kind::real && !is_logical(node.op) && kind == Kind::real;
  return [=](Engine& engine) {
    const Tensor& x = engine.value(in);
    engine.value(out) = to_kind(function(numbers ? to_kind(x, Kind::real) : x), kind);
  };
}

Run prepare_binary(Preparing& preparing, const Node& node) {
  const ValueId left = node.inputs.at(0), right = node.inputs.at(1), out = node.results.at(0);
  const Type& type = preparing.type(out);
  const Kind kind = type.kind;
  const BroadcastAlignment align_left(preparing.axes(left), type.axes), align_right(preparing.axes(right), type.axes);
  const Binary function = binary_function(node.op);
  const auto as_number = [&](ValueId id) {
    return !is_logical(node.op) &&
           (preparing.type(id).kind == Kind::boolean || (preparing.type(id).kind == Kind::index && kind == Kind::real));
  };
  const bool number_left = as_number(left), number_right = as_number(right);
  return [=](Engine& engine) {
    const Tensor a = align_left(engine.value(left)), b = align_right(engine.value(right));
    engine.value(out) =
        to_kind(function(number_left ? to_kind(a, Kind::real) : a, number_right ? to_kind(b, Kind::real) : b), kind);
  };
}

Run prepare_reduce(Preparing& preparing, const Node& node) {
  const ValueId in = node.inputs.at(0), out = node.results.at(0);
  const std::vector<std::string>& names = node.texts("axes");
  const Type& type = preparing.type(out);
  const Kind kind = type.kind;
  const std::vector<int64_t> dims = positions(preparing.axes(in), names);
  const Alignment align(without(preparing.axes(in), names), type.axes);
  const Reduce function = reduce_function(node.op);
  const bool arg = node.op == Op::argmin || node.op == Op::argmax;
  if (arg && dims.size() != 1) throw std::logic_error("argmin and argmax work along one axis");
  const bool numbers = preparing.type(in).kind == Kind::boolean ||
                       (preparing.type(in).kind == Kind::index && !arg && kind == Kind::real);
  // Nothing to remove: of one element each.
  if (dims.empty() && node.op != Op::std) {
    return [=](Engine& engine) { engine.value(out) = to_kind(align(engine.value(in)), kind); };
  }
  if (dims.empty()) return [=](Engine& engine) { engine.value(out) = at::zeros_like(align(engine.value(in))); };
  return [=](Engine& engine) {
    const Tensor& x = engine.value(in);
    engine.value(out) = to_kind(align(function(numbers ? to_kind(x, Kind::real) : x, dims)), kind);
  };
}

}  // namespace duet::interp
