#include "runtime/run/run_folder.h"

#include <nlohmann/json.hpp>

#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

RunManifest example() {
  RunManifest manifest;
  manifest.name = "first";
  manifest.script = "scripts/m.duet";
  manifest.algorithm = "m_demorl";
  manifest.robot = "hopper";
  manifest.seed = 18446744073709551615u;
  manifest.parameters = {{"lr", "3e-4"}, {"hidden", "[256, 256]"}};
  manifest.versions = {{"duet", "0.1.0"}, {"mujoco", "2.2.2"}};
  manifest.command_line = {"duet", "run", "scripts/m.duet", "--seed", "1"};
  manifest.sources = {{"scripts/m.duet", "algorithm m_demorl(robot) {}\n"},
                      {"lib/m.duet", "learner x() {}\n"},
                      {"robots/hopper.xml", ""}};
  return manifest;
}

using RunFolderTest = TemporaryFolder;

TEST_F(RunFolderTest, KeepsEverythingOfTheManifest) {
  const auto path = folder_ / "runs" / "first";
  { RunFolder::create(path, example()); }
  const RunFolder back = RunFolder::open(path);
  const RunManifest& m = back.manifest();
  const RunManifest e = example();
  EXPECT_EQ(m.name, e.name);
  EXPECT_EQ(m.script, e.script);
  EXPECT_EQ(m.algorithm, e.algorithm);
  EXPECT_EQ(m.robot, e.robot);
  EXPECT_EQ(m.seed, e.seed);
  EXPECT_EQ(m.parameters, e.parameters);
  EXPECT_EQ(m.versions, e.versions);
  EXPECT_EQ(m.command_line, e.command_line);
  EXPECT_EQ(m.started_at.size(), 20u);
  ASSERT_EQ(m.sources.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(m.sources[i].path, e.sources[i].path);
    EXPECT_EQ(m.sources[i].text, e.sources[i].text);
  }
  EXPECT_EQ(content(path / "sources" / "m.duet"), e.sources[0].text);
  EXPECT_EQ(content(path / "sources" / "m-2.duet"), e.sources[1].text);
  EXPECT_NO_THROW(back.require_same_run(e));
}

TEST_F(RunFolderTest, TheManifestIsPlainJson) {
  RunFolder::create(folder_ / "r", example());
  const auto json = nlohmann::json::parse(content(folder_ / "r" / "manifest.json"));
  EXPECT_EQ(json.at("seed").get<uint64_t>(), 18446744073709551615u);
  EXPECT_EQ(json.at("versions").at("mujoco"), "2.2.2");
  EXPECT_EQ(json.at("sources").size(), 3u);
}

TEST_F(RunFolderTest, DoesNotOverwriteARun) {
  { RunFolder::create(folder_ / "r", example()); }
  const std::string before = content(folder_ / "r" / "manifest.json");
  std::string message;
  EXPECT_EQ(code_of([&] { RunFolder::create(folder_ / "r", example()); }, &message), "E0705");
  EXPECT_NE(message.find("--resume"), std::string::npos) << message;
  EXPECT_NE(message.find("--out"), std::string::npos) << message;
  EXPECT_EQ(content(folder_ / "r" / "manifest.json"), before);
  put(folder_ / "file", "x");
  EXPECT_EQ(code_of([&] { RunFolder::create(folder_ / "file", example()); }), "E0705");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 2) << "a draft was left behind";
}

TEST_F(RunFolderTest, AnEmptyFolderAndATrailingSlashAreFine) {
  std::filesystem::create_directory(folder_ / "r");
  { RunFolder::create(folder_ / "r" / "", example()); }
  EXPECT_EQ(RunFolder::open(folder_ / "r").manifest().name, "first");
}

TEST_F(RunFolderTest, AnUnwritablePlaceIsE0701) {
  put(folder_ / "file", "x");
  EXPECT_EQ(code_of([&] { RunFolder::create(folder_ / "file" / "r", example()); }), "E0701");
}

TEST_F(RunFolderTest, WhatIsNoRunFolderIsE0706) {
  EXPECT_EQ(code_of([&] { RunFolder::open(folder_ / "none"); }), "E0706");
  EXPECT_EQ(code_of([&] { RunFolder::open(folder_); }), "E0706");
  for (const char* text : {"", "{", "[]", "{}", R"({"format": 2})", R"({"format": 1, "name": 3})"}) {
    put(folder_ / "manifest.json", text);
    EXPECT_EQ(code_of([&] { RunFolder::open(folder_); }), "E0706") << text;
  }
}

TEST_F(RunFolderTest, ATouchedOrMissingSourceIsE0706) {
  { RunFolder::create(folder_ / "r", example()); }
  put(folder_ / "r" / "sources" / "m-2.duet", "learner y() {}\n");
  std::string message;
  EXPECT_EQ(code_of([&] { RunFolder::open(folder_ / "r"); }, &message), "E0706");
  EXPECT_NE(message.find("sources/m-2.duet was changed"), std::string::npos) << message;
  std::filesystem::remove(folder_ / "r" / "sources" / "m-2.duet");
  EXPECT_EQ(code_of([&] { RunFolder::open(folder_ / "r"); }), "E0706");
}

TEST_F(RunFolderTest, AnotherRunIsE0707TellingTheDifferences) {
  const RunFolder run = RunFolder::create(folder_ / "r", example());
  RunManifest now = example();
  now.seed = 2;
  now.parameters["lr"] = "1e-3";
  now.parameters.erase("hidden");
  now.sources[1].text += "// changed\n";
  std::string message;
  EXPECT_EQ(code_of([&] { run.require_same_run(now); }, &message), "E0707");
  for (const char* part : {"the seed was 18446744073709551615, is 2", "the parameter lr was 3e-4, is 1e-3",
                           "the parameter hidden was [256, 256], is not given", "the source m.duet has changed"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_EQ(message.find("hopper.xml"), std::string::npos) << message;
}

TEST_F(RunFolderTest, WhereTheSourcesLieAndTheCommandDoNotMatter) {
  const RunFolder run = RunFolder::create(folder_ / "r", example());
  RunManifest now = example();
  now.command_line = {"duet", "run", "--resume", "r"};
  now.versions["mujoco"] = "3.0";
  for (RunSource& source : now.sources) source.path = "elsewhere/" + source.path;
  EXPECT_NO_THROW(run.require_same_run(now));
  now.sources.pop_back();
  EXPECT_EQ(code_of([&] { run.require_same_run(now); }), "E0707");
}

TEST_F(RunFolderTest, TwoProcessesCannotWorkOnOne) {
  {
    const RunFolder run = RunFolder::create(folder_ / "r", example());
    EXPECT_EQ(code_of([&] { RunFolder::open(folder_ / "r"); }), "E0711");
  }
  EXPECT_EQ(code_of([&] { RunFolder::open(folder_ / "r"); }), "");
}

TEST_F(RunFolderTest, KnowsWhetherItIsFinished) {
  const RunFolder run = RunFolder::create(folder_ / "r", example());
  EXPECT_FALSE(read_status(folder_ / "r").finished);
  run.set_status(false, 500);
  EXPECT_EQ(read_status(folder_ / "r").step, 500);
  run.set_status(true, 1000);
  EXPECT_TRUE(read_status(folder_ / "r").finished);
  put(folder_ / "r" / "status.json", "{}");
  EXPECT_EQ(code_of([&] { read_status(folder_ / "r"); }), "E0706");
  EXPECT_EQ(code_of([&] { read_status(folder_); }), "E0706");
}

}  // namespace
}  // namespace duet
