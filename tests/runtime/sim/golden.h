#pragma once

#include <filesystem>
#include <string>

namespace duet::test {

/// A robot of robots/ and the reference environment it must equal.
struct Twin {
  const char* robot;
  const char* reference;
};

inline constexpr Twin kTwins[] = {{"inverted_pendulum", "InvertedPendulum"},
                                  {"inverted_double_pendulum", "InvertedDoublePendulum"},
                                  {"hopper", "Hopper"},
                                  {"half_cheetah", "HalfCheetah"}};

inline std::string golden(const std::string& file) {
  return std::string(DUET_GOLDEN_DIR) + "/" + file;
}
inline bool golden_present() {
  return std::filesystem::exists(golden("facts"));
}
inline std::string robot_file(const std::string& name) {
  return std::string(DUET_ROOT) + "/robots/" + name + ".xml";
}

/// Names a parametrised test after its robot.
inline std::string twin_name(const Twin& twin) {
  return twin.robot;
}

}  // namespace duet::test

#define DUET_NEEDS_GOLDEN()                                                                                 \
  if (!duet::test::golden_present()) {                                                                      \
    GTEST_SKIP() << "no reference data at " << DUET_GOLDEN_DIR << "; set the CMake option DUET_GOLDEN_DIR"; \
  }
