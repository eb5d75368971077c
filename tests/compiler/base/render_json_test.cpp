#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "compiler/base/render.h"

namespace duet {
namespace {

TEST(RenderJson, HoldsEverythingTheTextHolds) {
  SourceMap sources;
  const uint32_t file = sources.add("a.duet", "σ = a\n+ b\n");
  Diagnostic d{Severity::error, "E0312", "axes do not agree", {}, {"one", "two"}, "do this"};
  d.labels.push_back({{file, 5, 10}, "here", true});
  d.labels.push_back({{}, "nowhere", false});
  const auto expected = nlohmann::ordered_json::parse(R"({
    "severity": "error", "code": "E0312", "message": "axes do not agree", "help": "do this", "notes": ["one", "two"],
    "labels": [
      {"text": "here", "primary": true, "file": "a.duet", "line": 1, "column": 5, "end_line": 2, "end_column": 4,
       "begin": 5, "end": 10},
      {"text": "nowhere", "primary": false, "file": null}]})");
  EXPECT_EQ(to_json(d, sources), expected);
}

TEST(RenderJson, CountsAndLimits) {
  Diagnostics diagnostics;
  for (uint32_t i = 0; i < 5; ++i) diagnostics.error("E0001", {}, "e" + std::to_string(i));
  diagnostics.warning("E0001", {}, "w");
  const auto json = nlohmann::json::parse(render_json(diagnostics, SourceMap(), 2));
  EXPECT_EQ(json["errors"], 5);
  EXPECT_EQ(json["warnings"], 1);
  EXPECT_EQ(json["hidden"], 4);
  ASSERT_EQ(json["diagnostics"].size(), 2u);
  EXPECT_EQ(json["diagnostics"][0]["message"], "e0");
  EXPECT_EQ(json["diagnostics"][0]["help"], nullptr);
}

TEST(RenderJson, SurvivesBytesThatAreNotText) {
  Diagnostics diagnostics;
  diagnostics.error("E0101", {}, "unexpected '\xFF'");
  const auto json = nlohmann::json::parse(render_json(diagnostics, SourceMap()));
  EXPECT_EQ(json["diagnostics"][0]["message"], "unexpected '\xEF\xBF\xBD'");
}

}  // namespace
}  // namespace duet
