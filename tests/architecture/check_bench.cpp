// How long `duet check` takes from start to end, on the shortest and on a long script. The aim is below 50 ms.

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "tests/compiler/driver/process.h"

namespace {

double median_milliseconds(const std::vector<std::string>& arguments) {
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    const auto start = std::chrono::steady_clock::now();
    duet::test::duet(arguments);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 10, times.end());
  return times[10];
}

}  // namespace

int main() {
  std::printf("the shell and nothing    %6.1f ms (duet --version)\n", median_milliseconds({"--version"}));
  for (const char* script : {"algorithms/std/utilities.duet", "robots/half_cheetah.duet", "algorithms/m_demorl.duet"})
    std::printf("duet check %-32s %6.1f ms\n", script, median_milliseconds({"check", script}));
}
