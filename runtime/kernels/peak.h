#pragma once

namespace duet::kernels {

/// The float32 multiply-and-add peak of this machine in GFLOP/s with `threads` threads at once, measured for about a
/// fifth of a second by independent multiply-adds that never leave the registers. One multiply-add counts as two.
double measure_peak(int threads);

}  // namespace duet::kernels
