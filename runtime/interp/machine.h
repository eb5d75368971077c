#pragma once

#include <string>

/// What the engine asks of the machine it runs on.
namespace duet::interp {

/// One thread for LibTorch, and an allocator that keeps big blocks instead of returning them to the system each time.
/// Done once in a process.
void prepare_machine();

/// A warning if matrix products run on the reference BLAS, which is about twenty times slower than OpenBLAS; otherwise
/// empty.
std::string slow_blas_warning();

}  // namespace duet::interp
