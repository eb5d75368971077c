#pragma once

#include <oneapi/dnnl/dnnl.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "runtime/kernels/matmul.h"

/// The door to oneDNN (private to this room): one primitive with its arguments, executed without threads and, after
/// the first time in a thread, without memory of its own. Failures of the library throw std::runtime_error.
namespace duet::kernels::onednn {

/// A matrix [rows, columns] in memory, its elements `row_stride` and `column_stride` elements apart.
dnnl_memory_desc_t matrix(int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride,
                          dnnl_data_type_t type = dnnl_f32);
/// A matrix whose layout the library chooses.
dnnl_memory_desc_t matrix_of_any_layout(int64_t rows, int64_t columns, dnnl_data_type_t type);

struct MatmulArguments {
  dnnl_memory_desc_t a, b, c;
  bool bias = false;  ///< float32
  bool accumulate = false;
  Activation activation = Activation::none;
};

class Primitive {
 public:
  /// C = activation(A B [+ bias] [+ C]).
  static Primitive matmul(const MatmulArguments& arguments);
  /// The same numbers in another layout or precision.
  static Primitive reorder(const dnnl_memory_desc_t& from, const dnnl_memory_desc_t& to);

  ~Primitive();
  Primitive(Primitive&&) noexcept;
  Primitive& operator=(Primitive&&) = delete;

  /// The layout the library chose for argument B of a product.
  const dnnl_memory_desc_t& layout_of_b() const;

  /// The data of the arguments, in this order: A, B, C, bias (if there is one) of a product; from, to of a reorder.
  struct Data {
    const void* inputs[2] = {};
    void* output = nullptr;
    const void* bias = nullptr;
  };
  /// Safe to call from several threads at once.
  void run(const Data& data) const;

 private:
  struct Parts;
  class Context;
  explicit Primitive(std::unique_ptr<Parts> parts);
  Context& context() const;

  std::unique_ptr<Parts> parts_;
};

/// Bytes that a matrix takes.
size_t bytes(const dnnl_memory_desc_t& layout);

}  // namespace duet::kernels::onednn
