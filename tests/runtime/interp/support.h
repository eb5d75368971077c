#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "runtime/interp/interpreter.h"
#include "tests/support/program_builder.h"

namespace duet::testing {

/// Runs one block on inputs; the program belongs to the builder.
inline std::vector<TensorData> evaluate(const ProgramBuilder& builder, const Block& block,
                                        const std::vector<TensorData>& inputs = {}, uint64_t seed = 1) {
  EngineOptions options;
  options.seed = seed;
  Interpreter interpreter(builder.program, options);
  return interpreter.evaluate(block, inputs);
}

inline TensorData random_data(const Type& type, unsigned seed, double low = -2, double high = 2) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(static_cast<float>(low), static_cast<float>(high));
  TensorData data{type, std::vector<float>(static_cast<size_t>(type.elements()))};
  for (float& x : data.data) x = uniform(generator);
  return data;
}

/// The element at a position given by axis name; axes the value lacks are ignored.
using Position = std::map<std::string, int64_t>;
inline double element(const TensorData& x, const Position& at) {
  int64_t offset = 0;
  for (const Axis& axis : x.type.axes) offset = offset * axis.size + at.at(axis.name);
  return x.data[static_cast<size_t>(offset)];
}

/// Calls `visit` with every position of a type, in the order of its axes.
inline void for_each(const Type& type, const std::function<void(const Position&)>& visit) {
  Position at;
  const std::function<void(size_t)> descend = [&](size_t d) {
    if (d == type.axes.size()) return visit(at);
    for (int64_t i = 0; i < type.axes[d].size; ++i) {
      at[type.axes[d].name] = i;
      descend(d + 1);
    }
  };
  descend(0);
}

/// Every element against a plain double computation. 1e-5: a few float32 roundings of sums of some ten terms.
inline void expect_elements(const TensorData& got, const Type& type, const std::function<double(Position)>& wanted,
                            double tolerance = 1e-5) {
  ASSERT_EQ(to_string(got.type), to_string(type));
  for_each(type, [&](const Position& at) {
    const double w = wanted(at);
    EXPECT_NEAR(element(got, at), w, tolerance * (1 + std::abs(w)));
  });
}

}  // namespace duet::testing
