// The laws of the house that a compiler does not enforce: each big dependency has one door, dependencies point one way,
// no algorithm is known to C++, and light commands load nothing heavy.

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <regex>

#include "tests/compiler/driver/process.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

struct SourceFile {
  std::string path;  // from the root
  std::string text;
};

std::vector<SourceFile> sources(const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders)
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(DUET_ROOT) / folder))
      if (const auto extension = entry.path().extension();
          extension == ".cpp" || extension == ".h" || extension == ".def")
        files.push_back({fs::relative(entry.path(), DUET_ROOT).generic_string(), test::read(entry.path())});
  return files;
}

std::vector<std::string> includes(const std::string& text) {
  static const std::regex include(R"((?:^|\n)\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), include), end; at != end; ++at) found.push_back((*at)[1]);
  return found;
}

bool starts_with_any(const std::string& text, const std::vector<std::string>& starts) {
  for (const std::string& start : starts)
    if (text.rfind(start, 0) == 0) return true;
  return false;
}

/// The text with comments blanked out.
std::string code_only(const std::string& text) {
  enum { code, line_comment, block_comment } state = code;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (state == code && c == '/' && next == '/') state = line_comment;
    if (state == code && c == '/' && next == '*') state = block_comment;
    const bool visible = state == code || c == '\n';
    if (state == line_comment && c == '\n') state = code;
    if (state == block_comment && c == '*' && next == '/') {
      state = code;
      ++i;
    }
    out += visible ? c : ' ';
  }
  return out;
}

void expect_one_door(const std::vector<std::string>& headers, const std::string& door) {
  bool used = false;
  for (const SourceFile& file : sources({"compiler", "runtime"}))
    for (const std::string& header : includes(file.text)) {
      if (!starts_with_any(header, headers)) continue;
      used = true;
      EXPECT_EQ(file.path.rfind(door, 0), 0u) << file.path << " includes " << header << "; only " << door << " may";
    }
  EXPECT_TRUE(used) << "nothing includes " << headers.front() << " any more: the test looks for the wrong names";
}

TEST(Architecture, EachBigDependencyHasOneDoor) {
  expect_one_door({"antlr4", "DuetLexer", "DuetParser"}, "compiler/syntax/");
  expect_one_door({"torch/", "ATen/", "c10/"}, "runtime/interp/");
  expect_one_door({"oneapi/", "dnnl"}, "runtime/kernels/");
  expect_one_door({"mujoco/"}, "runtime/sim/");
  expect_one_door({"EGL/", "GL/"}, "runtime/sim/gl_context.cpp");
  expect_one_door({"png.h"}, "runtime/picture/");
  expect_one_door({"cairo"}, "runtime/run/");
  expect_one_door({"CLI/"}, "compiler/driver/");
  expect_one_door({"histedit"}, "compiler/driver/repl/");
}

TEST(Architecture, DoorsAreNotOpenedThroughPublicHeaders) {
  for (const SourceFile& file : sources({"compiler", "runtime/sim", "runtime/run", "runtime/data"}))
    for (const std::string& header : includes(file.text))
      EXPECT_NE(header, "runtime/interp/torch.h")
          << file.path << " reaches LibTorch through the engine's private header";
}

TEST(Architecture, TheRuntimeDoesNotKnowTheCompiler) {
  for (const SourceFile& file : sources({"runtime"}))
    for (const std::string& header : includes(file.text))
      EXPECT_NE(header.rfind("compiler/", 0), 0u) << file.path << " includes " << header;
}

TEST(Architecture, TheCompilersRoomsDependOneWay) {
  const std::vector<std::string> order = {"base", "syntax", "sema", "graph", "symbolic", "elaborate", "passes", "driver"};
  const auto rank = [&](const std::string& path) -> int {
    for (size_t i = 0; i < order.size(); ++i)
      if (path.rfind("compiler/" + order[i] + "/", 0) == 0) return static_cast<int>(i);
    return -1;
  };
  for (const SourceFile& file : sources({"compiler"}))
    for (const std::string& header : includes(file.text))
      if (rank(header) >= 0) EXPECT_LE(rank(header), rank(file.path)) << file.path << " includes " << header;
}

TEST(Architecture, NoAlgorithmIsKnownToTheCompilerOrTheRuntime) {
  // Names that a C++ programmer uses for other things (best, elite ...) are not looked for.
  const std::regex names(
      R"((^|[^a-z])(cem|mppi|i_?cem|sac|td3|ddpg|ppo|trpo|pets|mbpo|mopac|m_?demorl|td_?mpc|dmd_?mpc|ars|soft_?actor)([^a-z]|$))",
      std::regex::icase);
  for (const SourceFile& file : sources({"compiler", "runtime"})) {
    const std::string code = code_only(file.text);
    std::smatch match;
    EXPECT_FALSE(std::regex_search(code, match, names)) << file.path << " names an algorithm: " << match.str();
  }
}

std::string output_of(const std::string& command) {
  std::string text;
  char buffer[4096];
  FILE* pipe = ::popen(command.c_str(), "r");
  while (pipe && std::fgets(buffer, sizeof buffer, pipe)) text += buffer;
  if (pipe) ::pclose(pipe);
  return text;
}

TEST(Architecture, TheLightProgramLoadsNothingHeavy) {
  const std::string libraries = output_of("ldd '" + std::string(DUET_BUILD) + "/duet'");
  ASSERT_NE(libraries.find("libc.so"), std::string::npos) << "ldd does not work here: " << libraries;
  for (const char* heavy : {"libtorch", "libc10", "libdnnl", "libmujoco", "libopenblas", "libedit"})
    EXPECT_EQ(libraries.find(heavy), std::string::npos) << heavy;
}

TEST(Architecture, TheCompiledEngineNeedsNoLibTorchAndNoBlas) {
  const std::string program = std::string(DUET_BUILD) + "/duet-plan";
  if (!fs::exists(program)) GTEST_SKIP() << "this build has no duet-plan";
  const std::string libraries = output_of("ldd '" + program + "'");
  ASSERT_NE(libraries.find("libmujoco"), std::string::npos) << libraries;
  for (const char* heavy : {"libtorch", "libc10", "libopenblas", "libblas", "libedit"})
    EXPECT_EQ(libraries.find(heavy), std::string::npos) << heavy;
}

}  // namespace
}  // namespace duet
