#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

namespace duet::test {

/// A model file of robots/ and the reference model that it must equal, named after its facts.
struct ModelTwin {
  const char* robot;
  const char* facts;
};

inline constexpr ModelTwin kModelTwins[] = {{"inverted_pendulum", "InvertedPendulum-v4"},
                                            {"inverted_pendulum", "InvertedPendulum-v5"},
                                            {"inverted_double_pendulum", "InvertedDoublePendulum-v4"},
                                            {"inverted_double_pendulum", "InvertedDoublePendulum-v5"},
                                            {"reacher", "Reacher-v4"},
                                            {"reacher", "Reacher-v5"},
                                            {"pusher", "Pusher-v4"},
                                            {"pusher_v5", "Pusher-v5"},
                                            {"swimmer", "Swimmer-v4"},
                                            {"swimmer", "Swimmer-v5"},
                                            {"hopper", "Hopper-v4"},
                                            {"hopper", "Hopper-v5"},
                                            {"walker2d", "Walker2d-v4"},
                                            {"walker2d", "Walker2d-v5"},
                                            {"half_cheetah", "HalfCheetah-v4"},
                                            {"half_cheetah", "HalfCheetah-v5"},
                                            {"ant", "Ant-v4"},
                                            {"ant", "Ant-v5"},
                                            {"humanoid", "Humanoid-v4"},
                                            {"humanoid", "Humanoid-v5"},
                                            {"humanoid_standup", "HumanoidStandup-v4"},
                                            {"humanoid_standup", "HumanoidStandup-v5"}};

/// A robot's script in robots/ and the version of the reference environment whose meaning it has.
struct ScriptTwin {
  const char* robot;
  const char* reference;
  const char* version;
};

inline constexpr ScriptTwin kScriptTwins[] = {
    {"inverted_pendulum", "InvertedPendulum", "v4"},
    {"inverted_pendulum_v5", "InvertedPendulum", "v5"},
    {"inverted_double_pendulum", "InvertedDoublePendulum", "v4"},
    {"inverted_double_pendulum_v5", "InvertedDoublePendulum", "v5"},
    {"reacher", "Reacher", "v4"},
    {"reacher_v5", "Reacher", "v5"},
    {"pusher", "Pusher", "v4"},
    {"pusher_v5", "Pusher", "v5"},
    {"swimmer", "Swimmer", "v4"},
    {"swimmer_v5", "Swimmer", "v5"},
    {"hopper", "Hopper", "v4"},
    {"hopper_v5", "Hopper", "v5"},
    {"walker2d", "Walker2d", "v4"},
    {"walker2d_v5", "Walker2d", "v5"},
    {"half_cheetah", "HalfCheetah", "v4"},
    {"half_cheetah_v5", "HalfCheetah", "v5"},
    {"ant", "Ant", "v4"},
    {"ant_v5", "Ant", "v5"},
    {"ant_truncated", "Ant", "v4"},
    {"humanoid", "Humanoid", "v4"},
    {"humanoid_v5", "Humanoid", "v5"},
    {"humanoid_truncated", "Humanoid", "v4"},
    {"humanoid_standup", "HumanoidStandup", "v4"},
    {"humanoid_standup_v5", "HumanoidStandup", "v5"},
};

inline std::string golden(const std::string& file) {
  return std::string(DUET_GOLDEN_DIR) + "/" + file;
}
inline bool golden_present() {
  return std::filesystem::exists(golden("facts"));
}
inline std::string robot_file(const std::string& name) {
  return std::string(DUET_ROOT) + "/robots/" + name + ".xml";
}

/// Names a parametrised test after its facts: "Ant-v4" gives "Ant_v4".
inline std::string model_twin_name(const ModelTwin& twin) {
  std::string name = twin.facts;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace duet::test

#define DUET_NEEDS_GOLDEN()                                                                                 \
  if (!duet::test::golden_present()) {                                                                      \
    GTEST_SKIP() << "no reference data at " << DUET_GOLDEN_DIR << "; set the CMake option DUET_GOLDEN_DIR"; \
  }
