// duet profile, of scripts and of runs.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::duet;
using test::Outcome;

constexpr auto kScript = R"(
algorithm wander(robot) {
  memory real(1000)
  loop {
    interact with uniform(action) into real
    every 100 steps { log steps_done = step }
  }
}
)";

class ProfileCommand : public ::testing::Test {
 protected:
  void SetUp() override { scratch_.write("wander.duet", kScript); }

  Outcome profile(std::vector<std::string> words) {
    words.insert(words.begin(), "profile");
    return duet(words, scratch_.path());
  }

  std::map<std::string, std::string> files(const std::string& folder) const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path() / folder))
      if (entry.is_regular_file()) all[entry.path()] = test::read(entry.path());
    return all;
  }

  test::Scratch scratch_;
};

TEST_F(ProfileCommand, OfAScriptTellsTheLinesThatTakeTheTime) {
  const Outcome outcome = profile({"wander.duet", "--robot", "hopper", "--steps", "300", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report.at("name"), "wander on hopper");
  EXPECT_EQ(report.at("steps"), 300);
  double share = 0, last = 1;
  std::map<int, int64_t> calls;
  for (const json& line : report.at("lines")) {
    share += line.at("share").get<double>();
    EXPECT_LE(line.at("share"), last) << "dearest first";
    last = line.at("share");
    if (!line.at("line").is_null()) calls[line.at("line")] = line.at("calls");
  }
  EXPECT_GT(share, 0.5);
  EXPECT_LT(share, 1.001);
  EXPECT_EQ(calls.at(5), 300);
  EXPECT_FALSE(fs::exists(scratch_.path() / "runs")) << "it leaves nothing behind";
  const Outcome text = profile({"wander.duet", "--robot", "hopper", "--steps", "300", "--all"});
  EXPECT_NE(text.out.find("wander.duet:5 | interact with uniform(action) into real\n"), std::string::npos) << text.out;
}

TEST_F(ProfileCommand, OfARunGoesOnFromItsCheckpointAndLeavesItAsItWas) {
  ASSERT_EQ(duet({"run", "wander.duet", "--robot", "hopper", "--steps", "400", "--out", "a", "--checkpoint-every",
                  "200", "--quiet"},
                 scratch_.path())
                .code,
            0);
  const auto before = files("a");
  const Outcome outcome = profile({"a", "--steps", "150", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("steps"), 150);
  EXPECT_TRUE(files("a") == before);
  const Outcome wrong = profile({"a", "--robot", "hopper"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("from the run folder"), std::string::npos) << wrong.err;
}

TEST_F(ProfileCommand, AFileThatIsNoneIsReported) {
  EXPECT_EQ(profile({"wandr.duet", "--robot", "hopper"}).code, 1);
}

}  // namespace
}  // namespace duet
