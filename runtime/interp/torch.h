#pragma once

// The door to LibTorch, precompiled: nothing outside runtime/interp includes its headers.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
