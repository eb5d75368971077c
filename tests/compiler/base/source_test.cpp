#include "compiler/base/source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/core/error.h"

namespace duet {
namespace {

using namespace std::string_literals;

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("duet_source_test_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string file = path_ / name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Error failure_of(const std::string& path) {
  SourceMap sources;
  try {
    sources.load(path);
  } catch (const Error& error) {
    EXPECT_EQ(sources.size(), 0u);
    return error;
  }
  ADD_FAILURE() << path << " was loaded";
  return Error("", "");
}

TEST(SourceMap, IdsStartAtOne) {
  SourceMap sources;
  EXPECT_FALSE(sources.has(0));
  EXPECT_FALSE(sources.has(1));
  EXPECT_EQ(sources.add("a.duet", "one"), 1u);
  EXPECT_EQ(sources.add("b.duet", "two"), 2u);
  EXPECT_EQ(sources.text(1), "one");
  EXPECT_EQ(sources.path(2), "b.duet");
  EXPECT_FALSE(sources.has(3));
  EXPECT_THROW(sources.text(3u), std::out_of_range);
  EXPECT_THROW(sources.path(0), std::out_of_range);
}

TEST(SourceMap, FindsTheLatestOfAPath) {
  SourceMap sources;
  sources.add("a.duet", "old");
  const uint32_t now = sources.add("a.duet", "new");
  EXPECT_EQ(sources.find("a.duet"), now);
  EXPECT_EQ(sources.find("b.duet"), std::nullopt);
}

TEST(SourceMap, ViewsSurviveLaterFiles) {
  SourceMap sources;
  const std::string_view first = sources.text(sources.add("a", "short"));
  for (int i = 0; i < 1000; ++i) sources.add("b", "other text");
  EXPECT_EQ(first, "short");
  EXPECT_EQ(first.data(), sources.text(1u).data());
}

TEST(SourceMap, CountsLinesAndColumns) {
  SourceMap sources;
  const uint32_t file = sources.add("a", "ab\n\ncd");
  EXPECT_EQ(sources.line_count(file), 3u);
  EXPECT_EQ(sources.position(file, 0), (Position{1, 1}));
  EXPECT_EQ(sources.position(file, 2), (Position{1, 3}));  // on the line end
  EXPECT_EQ(sources.position(file, 3), (Position{2, 1}));
  EXPECT_EQ(sources.position(file, 5), (Position{3, 2}));
  EXPECT_EQ(sources.position(file, 6), (Position{3, 3}));    // the end of the file
  EXPECT_EQ(sources.position(file, 600), (Position{3, 3}));  // beyond it
}

TEST(SourceMap, ColumnsAreCodePoints) {
  SourceMap sources;
  const uint32_t file = sources.add("a", "σ² = √x");  // bytes: σ 2, ² 2, ' ' '=' ' ' 3, √ 3
  EXPECT_EQ(sources.position(file, 2), (Position{1, 2}));
  EXPECT_EQ(sources.position(file, 7), (Position{1, 6}));
  EXPECT_EQ(sources.position(file, 8), (Position{1, 6}));  // within √
  EXPECT_EQ(sources.position(file, 10), (Position{1, 7}));
}

TEST(SourceMap, EveryLineEndIsKnown) {
  SourceMap sources;
  const uint32_t file = sources.add("a", "one\r\ntwo\rthree\nfour\r\n");
  ASSERT_EQ(sources.line_count(file), 5u);
  const std::string expected[] = {"one", "two", "three", "four", ""};
  for (uint32_t line = 1; line <= 5; ++line) EXPECT_EQ(sources.line_text(file, line), expected[line - 1]);
  EXPECT_EQ(sources.line_begin(file, 2), 5u);
  EXPECT_EQ(sources.position(file, 5), (Position{2, 1}));
  EXPECT_EQ(sources.position(file, 3), (Position{1, 4}));  // on the \r
  EXPECT_EQ(sources.position(file, 4), (Position{1, 4}));  // on the \n: still just after the last character
}

TEST(SourceMap, EmptyFileHasOneEmptyLine) {
  SourceMap sources;
  const uint32_t file = sources.add("a", "");
  EXPECT_EQ(sources.line_count(file), 1u);
  EXPECT_EQ(sources.line_text(file, 1), "");
  EXPECT_EQ(sources.position(file, 0), (Position{1, 1}));
}

TEST(SourceMap, ByteOrderMarkIsWhiteSpaceAndNoColumn) {
  SourceMap sources;
  const uint32_t file = sources.add("a", "\xEF\xBB\xBFrobot r\nx");
  EXPECT_EQ(sources.text(file), "   robot r\nx");  // as long as on disk
  EXPECT_EQ(sources.line_text(file, 1), "robot r");
  EXPECT_EQ(sources.position(file, 3), (Position{1, 1}));
  EXPECT_EQ(sources.position(file, 0), (Position{1, 1}));
  EXPECT_EQ(sources.position(file, 9), (Position{1, 7}));
  EXPECT_EQ(sources.position(file, 11), (Position{2, 1}));
}

TEST(SourceMap, TextOfASpanIsCutAtTheEnd) {
  SourceMap sources;
  const uint32_t file = sources.add("a", "hello");
  EXPECT_EQ(sources.text(Span{file, 1, 3}), "el");
  EXPECT_EQ(sources.text(Span{file, 3, 90}), "lo");
  EXPECT_EQ(sources.text(Span{file, 90, 91}), "");
  EXPECT_EQ(sources.text(Span{file, 3, 1}), "");
  EXPECT_EQ(sources.text(Span{}), "");
  EXPECT_EQ(sources.place({file, 1, 3}), "a:1:2");
  EXPECT_EQ(sources.place({}), "");
}

TEST(SourceMap, LoadsFromDisk) {
  const Folder folder;
  const std::string path = folder.write("good.duet", "robot r {}\n");
  SourceMap sources;
  const uint32_t file = sources.load(path);
  EXPECT_EQ(sources.text(file), "robot r {}\n");
  EXPECT_EQ(sources.path(file), path);
  folder.write("good.duet", "changed");
  EXPECT_EQ(sources.text(sources.load(path)), "changed");  // the REPL loads again
}

TEST(SourceMap, E0001MissingFile) {
  const Folder folder;
  EXPECT_EQ(failure_of(folder.path() + "/none.duet").code(), "E0001");
  EXPECT_EQ(failure_of("").code(), "E0001");
  EXPECT_NE(std::string(failure_of("gone.duet").what()).find("'gone.duet'"), std::string::npos);
}

TEST(SourceMap, E0002Unreadable) {
  const Folder folder;
  EXPECT_EQ(failure_of(folder.path()).code(), "E0002");
  EXPECT_NE(std::string(failure_of(folder.path()).what()).find("folder"), std::string::npos);
  const std::string big = folder.write("big.duet", "");
  std::filesystem::resize_file(big, (16u << 20) + 1);
  EXPECT_EQ(failure_of(big).code(), "E0002");
  if (geteuid() == 0) return;  // root may read everything
  const std::string secret = folder.write("secret.duet", "x");
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  EXPECT_EQ(failure_of(secret).code(), "E0002");
}

TEST(SourceMap, E0003TellsTheFirstBadByte) {
  const Folder folder;
  const Error latin1 = failure_of(folder.write("latin1.duet", "// ok\n// caf\xE9\n"));
  EXPECT_EQ(latin1.code(), "E0003");
  EXPECT_NE(std::string(latin1.what()).find("byte 12 (line 2, column 7) is not valid UTF-8"), std::string::npos)
      << latin1.what();
  const Error nul = failure_of(folder.write("nul.duet", "ab\0"s));
  EXPECT_EQ(nul.code(), "E0003");
  EXPECT_NE(std::string(nul.what()).find("byte 2 (line 1, column 3) is a NUL"), std::string::npos) << nul.what();
}

}  // namespace
}  // namespace duet
