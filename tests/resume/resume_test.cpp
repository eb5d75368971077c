// A run that is killed again and again ends bit for bit as one that never was: networks, optimisers, memories,
// normalisers, counters, random streams and simulator (all of them in the checkpoint), metrics and events.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <random>
#include <thread>

#include "runtime/run/checkpoint_folder.h"
#include "runtime/run/run_folder.h"
#include "tests/compiler/driver/process.h"
#include "tests/resume/run_process.h"
#include "tfevent.pb.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::read;
using test::RunProcess;
using test::Scratch;

constexpr int64_t kSteps = 4000;
constexpr int kStops = 26;  // every seventh by SIGINT, the others by SIGKILL: more than twenty of these

/// M-DeMoRL as it is bundled, with everything happening often and on a small scale.
std::string small_script() {
  std::string text = read(DUET_ROOT "/algorithms/m_demorl.duet");
  const std::pair<const char*, const char*> changes[] = {
      {"every 250 steps {", "every 40 steps {"},
      {"every evaluation steps { evaluate agent.act for 10 episodes }",
       "every 30 steps { evaluate agent.act for 2 episodes }\n    every 7 steps { log temperature = agent.log_alpha }"},
      {"ramp(epoch, 0..40, 5..15)", "ramp(step, 0..300, 2..4)"},
      {"real(1_000_000)", "real(300)"}};  // it overflows, as does imagined
  for (const auto& [from, to] : changes) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << "m_demorl.duet no longer says " << from;
    if (at != std::string::npos) text.replace(at, std::strlen(from), to);
  }
  return text;
}

std::vector<std::string> run_arguments(const std::string& out) {
  std::vector<std::string> words = {"run",
                                    "small.duet",
                                    "--robot",
                                    "inverted_pendulum",
                                    "--seed",
                                    "11",
                                    "--steps",
                                    std::to_string(kSteps),
                                    "--checkpoint-every",
                                    "5",
                                    "--quiet",
                                    "--out",
                                    out};
  for (const char* setting :
       {"warm_up=60", "starts=20", "updates=2", "agent.hidden=[16,16]", "world.members=3", "world.elites=2",
        "world.hidden=[16,16]", "world.decay=[1e-5,1e-5,1e-5]", "world.patience=1", "plan.N=10"}) {
    words.push_back("--set");
    words.push_back(setting);
  }
  return words;
}

struct Scalar {
  int64_t step;
  std::string name;
  float value;
  bool operator==(const Scalar&) const = default;
};

/// The scalars of an event file, without the time at which they were written.
std::vector<Scalar> scalars(const fs::path& run) {
  const std::string bytes = read(run / "events.out.tfevents.duet");
  std::vector<Scalar> result;
  for (size_t at = 0; at + 16 <= bytes.size();) {
    uint64_t length = 0;
    std::memcpy(&length, &bytes[at], 8);
    tfevent::Event event;
    EXPECT_TRUE(event.ParseFromString(bytes.substr(at + 12, length)));
    for (const auto& value : event.summary().value())
      result.push_back({event.step(), value.tag(), value.simple_value()});
    at += 16 + length;
    if (at > bytes.size()) ADD_FAILURE() << "the last event is cut off";
  }
  return result;
}

int64_t newest_checkpoint(const fs::path& run) {
  if (!fs::exists(run / "checkpoints")) return -1;
  const auto steps = checkpoint_steps(run);
  return steps.empty() ? -1 : steps.back();
}

std::string last_checkpoint(const fs::path& run) {
  const LatestCheckpoint latest = latest_checkpoint(run);
  EXPECT_EQ(latest.step, kSteps);
  EXPECT_TRUE(latest.warnings.empty());
  return read(latest.path);
}

/// Which blobs differ, for a message that helps.
std::string differences(const fs::path& a, const fs::path& b) {
  const LatestCheckpoint x = latest_checkpoint(a), y = latest_checkpoint(b);
  std::string names;
  for (const BlobInfo& blob : x.reader.blobs())
    for (const BlobInfo& other : y.reader.blobs())
      if (blob.name == other.name && blob.crc != other.crc) names += " " + blob.name;
  return names;
}

TEST(Resume, AfterManyKillsARunEndsAsIfItHadNeverBeenStopped) {
  const Scratch scratch;
  scratch.write("small.duet", small_script());
  const fs::path whole = scratch.path() / "whole", broken = scratch.path() / "broken";
  ASSERT_EQ(RunProcess(run_arguments("whole"), scratch.path()).wait(), 0) << read(scratch.path() / "log");

  std::mt19937 random(2022);  // the moments; what the machine makes of them differs from time to time
  int stops = 0, interrupts = 0, starts = 0;
  while (true) {
    ASSERT_LT(++starts, 200);
    const bool fresh = !fs::exists(broken / "manifest.json");
    RunProcess process(
        fresh ? run_arguments("broken") : std::vector<std::string>{"run", "--resume", "broken", "--quiet"},
        scratch.path());
    if (stops >= kStops) {
      ASSERT_EQ(process.wait(), 0) << read(scratch.path() / "log");
      break;
    }
    // Some are killed while they start, the others a little after they have written a few more checkpoints.
    const int64_t begin = newest_checkpoint(broken), more = 1 + static_cast<int64_t>(random() % 4);
    if (stops % 6 == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 100));
    } else {
      const auto deadline = std::chrono::steady_clock::now() + 120s;
      while (!process.ended() && newest_checkpoint(broken) < begin + more) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << read(scratch.path() / "log");
        std::this_thread::sleep_for(1ms);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 10000));
    }
    const bool politely = stops % 7 == 3;
    process.signal(politely ? SIGINT : SIGKILL);
    const int code = process.wait();
    if (code == 0) break;  // it was done before the signal came
    ASSERT_EQ(code, politely ? 130 : 137) << read(scratch.path() / "log");
    ++stops;
    interrupts += politely;
  }
  EXPECT_GE(stops - interrupts, 20) << "the run was too short to be killed so often";
  EXPECT_GE(interrupts, 2);
  std::cout << stops - interrupts << " kills and " << interrupts << " interrupts\n";

  EXPECT_TRUE(last_checkpoint(whole) == last_checkpoint(broken)) << "these differ:" << differences(whole, broken);
  EXPECT_EQ(read(whole / "metrics.csv"), read(broken / "metrics.csv"));
  EXPECT_TRUE(scalars(whole) == scalars(broken));
  EXPECT_TRUE(read_status(broken).finished);
  // There was something to compare.
  const std::string metrics = read(whole / "metrics.csv");
  for (const char* name : {",evaluate/return,", ",world.holdout_error,", ",temperature,"})
    EXPECT_NE(metrics.find(name), std::string::npos) << name;
  EXPECT_GT(scalars(whole).size(), 60u);
}

}  // namespace
}  // namespace duet
