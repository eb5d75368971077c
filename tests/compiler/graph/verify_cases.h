#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "compiler/graph/verify.h"
#include "tests/compiler/graph/graph_text.h"

namespace duet::test {

/// Nodes that stand before the nodes of every case.
inline constexpr std::string_view kGiven = R"(
state 0 s: real = constant 0.0
state 1 w: real[H: 5, x: 2] = constant 0.0
state 2 v: real[H: 5, x: 2] = constant 0.0
memory 0 real: 100
main {
  %0: real = constant() value=1.0
  %1: real[H: 5, x: 2] = load() state=1
  %2: real[H: 4] = noise() distribution="normal" site=1
  %3: index[k: 3] = iota() axis="k" count=3
  %4: bool[H: 5, x: 2] = is_finite(%1)
  %5: real[x: 2, y: 3] = noise() distribution="uniform" site=2
  %6: real[y: 3] = mean(%5) axes=["x"]
)";

inline Program given(const std::string& nodes) {
  return read(std::string(kGiven) + nodes + "\n}\n");
}

inline std::string joined(const std::vector<std::string>& findings) {
  std::string text;
  for (const std::string& finding : findings) text += finding + "\n";
  return text;
}

struct Case {
  const char* name;
  const char* nodes;
  const char* finding;  // part of what verify says; empty: nothing to say
};

inline void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

inline void expect_finding(const Case& c) {
  const std::string found = joined(verify(given(c.nodes)));
  if (*c.finding == '\0')
    EXPECT_EQ(found, "") << c.nodes;
  else
    EXPECT_NE(found.find(c.finding), std::string::npos) << c.nodes << "\ngave\n" << found;
}

inline std::string case_name(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

}  // namespace duet::test
