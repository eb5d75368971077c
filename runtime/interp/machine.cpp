#include "runtime/interp/machine.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>

#include <climits>
#include <cstdlib>
#include <mutex>

#include "runtime/interp/torch.h"

namespace duet::interp {

void prepare_machine() {
  static std::once_flag once;
  std::call_once(once, [] {
    constexpr int kMegabyte = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, 512 * kMegabyte);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, 64 * kMegabyte);
    at::set_num_threads(1);
    // OpenBLAS has threads of its own, which LibTorch's setting does not reach.
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
    // LibTorch lets this be said only before it has started its pool.
    if (at::get_num_interop_threads() != 1) {
      try {
        at::set_num_interop_threads(1);
      } catch (const c10::Error&) {
        return;  // somebody in this process has started the pool: it stays unused
      }
    }
  });
}

std::string slow_blas_warning() {
  std::string library;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        const std::string name = info->dlpi_name;
        if (name.find("/libblas.so") != std::string::npos) *static_cast<std::string*>(out) = name;
        return 0;
      },
      &library);
  if (library.empty()) return {};  // another BLAS, linked under its own name
  char resolved[PATH_MAX];
  if (realpath(library.c_str(), resolved)) library = resolved;
  for (const char* fast : {"openblas", "blis", "atlas", "mkl", "eigen"})
    if (library.find(fast) != std::string::npos) return {};
  return "matrix products run on the reference BLAS (" + library +
         "), about twenty times slower than OpenBLAS: install libopenblas0-pthread";
}

}  // namespace duet::interp
