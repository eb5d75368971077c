#pragma once

#include "runtime/kernels/matmul.h"
#include "runtime/kernels/vector_math.h"

namespace duet::kernels {

DUET_VECTOR Floats activate(Activation activation, Floats x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x <= 0.0f ? Floats{} : x;
    case Activation::swish:
      return math::swish(x);
    case Activation::tanh:
      return math::tanh(x);
    case Activation::sigmoid:
      return math::sigmoid(x);
  }
  return x;
}

}  // namespace duet::kernels
