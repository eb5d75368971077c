#include "runtime/kernels/onednn.h"

#include <omp.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace duet::kernels::onednn {

namespace {

void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success)
    throw std::runtime_error(std::string("oneDNN: ") + what + " failed with status " + std::to_string(status));
}

/// A handle of the C interface and the function that gives it back.
template <typename Handle, auto destroy>
struct Destroy {
  using pointer = Handle;
  void operator()(Handle handle) const { destroy(handle); }
};
template <typename Handle, auto destroy>
using Owned = std::unique_ptr<Handle, Destroy<Handle, destroy>>;
using Engine = Owned<dnnl_engine_t, dnnl_engine_destroy>;
using Stream = Owned<dnnl_stream_t, dnnl_stream_destroy>;
using Memory = Owned<dnnl_memory_t, dnnl_memory_destroy>;
using Descriptor = Owned<dnnl_primitive_desc_t, dnnl_primitive_desc_destroy>;
using Attributes = Owned<dnnl_primitive_attr_t, dnnl_primitive_attr_destroy>;
using PostOps = Owned<dnnl_post_ops_t, dnnl_post_ops_destroy>;
using Handle = Owned<dnnl_primitive_t, dnnl_primitive_destroy>;

/// While it lives, oneDNN's OpenMP regions of this thread have one thread: work is shared out above the kernels.
/// What other users of OpenMP have set for the thread comes back afterwards.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// The processor, as oneDNN knows it: without state.
dnnl_engine_t processor() {
  static const Engine engine = [] {
    dnnl_engine_t handle = nullptr;
    check(dnnl_engine_create(&handle, dnnl_cpu, 0), "dnnl_engine_create");
    return Engine(handle);
  }();
  return engine.get();
}

dnnl_alg_kind_t algorithm(Activation activation) {
  switch (activation) {
    case Activation::relu:
      return dnnl_eltwise_relu;
    case Activation::swish:
      return dnnl_eltwise_swish;
    case Activation::tanh:
      return dnnl_eltwise_tanh;
    case Activation::sigmoid:
      return dnnl_eltwise_logistic;
    case Activation::none:
      break;
  }
  throw std::logic_error("oneDNN: no activation");
}

Attributes attributes(const MatmulArguments& arguments) {
  dnnl_primitive_attr_t attributes = nullptr;
  check(dnnl_primitive_attr_create(&attributes), "dnnl_primitive_attr_create");
  Attributes owned(attributes);
  // The library's own scratch space belongs to the thread that made the primitive: ours follows the one that runs it.
  check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "scratchpad mode");
  dnnl_post_ops_t post_ops = nullptr;
  check(dnnl_post_ops_create(&post_ops), "dnnl_post_ops_create");
  const PostOps owned_post_ops(post_ops);
  if (arguments.accumulate) check(dnnl_post_ops_append_sum(post_ops, 1), "dnnl_post_ops_append_sum");
  const float alpha = arguments.activation == Activation::swish ? 1.0f : 0.0f;  // x sigmoid(alpha x)
  if (arguments.activation != Activation::none)
    check(dnnl_post_ops_append_eltwise(post_ops, 1, algorithm(arguments.activation), alpha, 0), "activation");
  check(dnnl_primitive_attr_set_post_ops(attributes, post_ops), "dnnl_primitive_attr_set_post_ops");
  return owned;
}

Memory memory(const dnnl_memory_desc_t& layout) {
  dnnl_memory_t handle = nullptr;
  check(dnnl_memory_create(&handle, &layout, processor(), DNNL_MEMORY_NONE), "dnnl_memory_create");
  return Memory(handle);
}

struct Argument {
  int name = 0;  // DNNL_ARG_...
  dnnl_memory_desc_t layout{};
};

}  // namespace

dnnl_memory_desc_t matrix(int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride,
                          dnnl_data_type_t type) {
  const dnnl_dims_t sizes = {rows, columns}, strides = {row_stride, column_stride};
  dnnl_memory_desc_t layout;
  check(dnnl_memory_desc_init_by_strides(&layout, 2, sizes, type, strides), "dnnl_memory_desc_init_by_strides");
  return layout;
}

dnnl_memory_desc_t matrix_of_any_layout(int64_t rows, int64_t columns, dnnl_data_type_t type) {
  const dnnl_dims_t sizes = {rows, columns};
  dnnl_memory_desc_t layout;
  check(dnnl_memory_desc_init_by_tag(&layout, 2, sizes, type, dnnl_format_tag_any), "dnnl_memory_desc_init_by_tag");
  return layout;
}

size_t bytes(const dnnl_memory_desc_t& layout) {
  return dnnl_memory_desc_get_size(&layout);
}

struct Primitive::Parts {
  Handle handle;
  size_t number;  // which of the process's primitives
  bool reads_b = true;
  std::vector<Argument> arguments;  // inputs, output, bias (of a product), scratch space

  Parts(const Descriptor& descriptor, std::vector<Argument> given) : arguments(std::move(given)) {
    static std::atomic<size_t> count{0};
    number = count++;
    dnnl_primitive_t made = nullptr;
    check(dnnl_primitive_create(&made, descriptor.get()), "dnnl_primitive_create");
    handle.reset(made);
    arguments.push_back(
        {DNNL_ARG_SCRATCHPAD, *dnnl_primitive_desc_query_md(descriptor.get(), dnnl_query_scratchpad_md, 0)});
  }
};

/// What one thread needs to run one primitive: made once, since the library allocates for it.
class Primitive::Context {
 public:
  explicit Context(const Parts& parts) {
    dnnl_stream_t stream = nullptr;
    check(dnnl_stream_create(&stream, processor(), dnnl_stream_default_flags), "dnnl_stream_create");
    stream_.reset(stream);
    for (const Argument& argument : parts.arguments) {
      memories_.push_back(memory(argument.layout));
      arguments_.push_back({argument.name, memories_.back().get()});
    }
    if (const size_t size = bytes(parts.arguments.back().layout); size > 0) {
      scratch_.reset(static_cast<std::byte*>(std::aligned_alloc(64, (size + 63) / 64 * 64)));
      if (!scratch_) throw std::bad_alloc();
      set(memories_.size() - 1, scratch_.get());
    }
  }

  void set(size_t argument, const void* data) {
    // The library's memory objects do not know about const; inputs are only read.
    check(dnnl_memory_set_data_handle(memories_[argument].get(), const_cast<void*>(data)),
          "dnnl_memory_set_data_handle");
  }

  void execute(dnnl_primitive_t primitive) {
    check(dnnl_primitive_execute(primitive, stream_.get(), static_cast<int>(arguments_.size()), arguments_.data()),
          "dnnl_primitive_execute");
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  Stream stream_;
  std::vector<Memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
  std::unique_ptr<std::byte, Free> scratch_;
};

Primitive::Primitive(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Primitive::~Primitive() = default;
Primitive::Primitive(Primitive&&) noexcept = default;

Primitive Primitive::matmul(const MatmulArguments& arguments) {
  const OneThread one_thread;
  const dnnl_memory_desc_t& c = arguments.c;
  const dnnl_memory_desc_t bias = matrix(1, c.dims[1], c.dims[1], 1);
  dnnl_matmul_desc_t operation;
  check(dnnl_matmul_desc_init(&operation, &arguments.a, &arguments.b, arguments.bias ? &bias : nullptr, &c),
        "dnnl_matmul_desc_init");
  const Attributes with = attributes(arguments);
  dnnl_primitive_desc_t made = nullptr;
  check(dnnl_primitive_desc_create(&made, &operation, with.get(), processor(), nullptr), "a matrix product");
  const Descriptor descriptor(made);
  std::vector<Argument> list = {{DNNL_ARG_SRC, arguments.a},
                                {DNNL_ARG_WEIGHTS, *dnnl_primitive_desc_query_md(made, dnnl_query_weights_md, 0)},
                                {DNNL_ARG_DST, c}};
  if (arguments.bias) list.push_back({DNNL_ARG_BIAS, bias});
  return Primitive(std::make_unique<Parts>(descriptor, std::move(list)));
}

Primitive Primitive::reorder(const dnnl_memory_desc_t& from, const dnnl_memory_desc_t& to) {
  const OneThread one_thread;
  const Attributes with = attributes({});
  dnnl_primitive_desc_t made = nullptr;
  check(dnnl_reorder_primitive_desc_create(&made, &from, processor(), &to, processor(), with.get()), "a reorder");
  auto parts =
      std::make_unique<Parts>(Descriptor(made), std::vector<Argument>{{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  parts->reads_b = false;
  return Primitive(std::move(parts));
}

const dnnl_memory_desc_t& Primitive::layout_of_b() const {
  return parts_->arguments.at(1).layout;
}

Primitive::Context& Primitive::context() const {
  thread_local std::vector<std::unique_ptr<Context>> contexts;
  if (contexts.size() <= parts_->number) contexts.resize(parts_->number + 1);
  std::unique_ptr<Context>& mine = contexts[parts_->number];
  if (!mine) mine = std::make_unique<Context>(*parts_);
  return *mine;
}

void Primitive::run(const Data& data) const {
  const OneThread one_thread;
  Context& mine = context();
  size_t next = 0;
  mine.set(next++, data.inputs[0]);
  if (parts_->reads_b) mine.set(next++, data.inputs[1]);
  mine.set(next++, data.output);
  if (data.bias) mine.set(next++, data.bias);
  mine.execute(parts_->handle.get());
}

}  // namespace duet::kernels::onednn
