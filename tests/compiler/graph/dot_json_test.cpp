#include <nlohmann/json.hpp>

#include "compiler/graph/dot.h"
#include "compiler/graph/json.h"
#include "tests/compiler/graph/graph_text.h"

namespace duet {
namespace {

constexpr std::string_view kSmall = R"(
state 0 s: real = constant 1.0
main {
  %a.0: real[H: 5, x] = load() state=0 @1:9-13
  %1: real[H: 5, x] = iterate(%0) count=2 do (%2: real, %3: real[H: 5, x]) {
    %4: real[H: 5, x] = exp(%3)
    yield %4
  }
  %5: real = constant() value=inf
  log_metric(%5) metric="say \"m\""
  log_metric(%5) metric="n"
}
)";

TEST(Json, SaysEverything) {
  SourceMap sources;
  sources.add("a.duet", "line one\nline two\n");
  const auto json = to_json(test::read(kSmall), &sources);
  EXPECT_EQ(json["states"][0]["initial"], "constant 1.0");
  EXPECT_TRUE(json["robot"].is_null());
  const auto& nodes = json["main"]["nodes"];
  ASSERT_EQ(nodes.size(), 5u);
  EXPECT_EQ(nodes[0]["op"], "load");
  EXPECT_EQ(nodes[0]["results"][0].dump(), R"({"id":0,"name":"a","type":{"kind":"real","axes":[["H",5],["x",null]]}})");
  EXPECT_EQ(nodes[0]["span"].dump(), R"({"file":1,"begin":9,"end":13,"path":"a.duet","line":2,"column":1})");
  EXPECT_TRUE(nodes[1]["span"].is_null());
  EXPECT_EQ(nodes[1]["attributes"]["count"], 2);
  EXPECT_EQ(nodes[1]["inputs"].dump(), "[0]");
  EXPECT_EQ(nodes[1]["blocks"][0]["parameters"][1]["id"], 3);
  EXPECT_EQ(nodes[1]["blocks"][0]["results"].dump(), "[4]");
  EXPECT_EQ(nodes[2]["attributes"]["value"], "inf");
}

TEST(Json, Robot) {
  const auto json = to_json(test::read(test::kSample));
  EXPECT_EQ(json["robot"]["name"], "toy");
  EXPECT_EQ(json["robot"]["high"].dump(), "[1.0,2.5]");
  EXPECT_EQ(json["robot"]["observe"]["quantities"][0], "qpos'");
  EXPECT_TRUE(json["robot"]["done"].is_null());
  EXPECT_NO_THROW(nlohmann::json::parse(json.dump()));
}

TEST(Dot, BoxesClustersAndEdges) {
  EXPECT_EQ(to_dot(test::read(kSmall)), R"(digraph duet {
  node [shape=box, fontname="Helvetica", fontsize=10]
  edge [fontsize=8]
  n0 [label="load s\na: real[H: 5, x]"]
  n1 [label="iterate 2\nreal[H: 5, x]"]
  subgraph cluster_2 {
    label="iterate"
    p2 [shape=ellipse, label="real"]
    p3 [shape=ellipse, label="real[H: 5, x]"]
    n3 [label="exp\nreal[H: 5, x]"]
    y4 [shape=ellipse, label="yield"]
  }
  n5 [label="constant\nreal"]
  n6 [label="log_metric say \"m\"", style=filled, fillcolor=lightyellow]
  n7 [label="log_metric n", style=filled, fillcolor=lightyellow]
  n0 -> n1
  p3 -> n3
  n3 -> y4
  n5 -> n6
  n5 -> n7
  n6 -> n7 [style=dashed]
}
)");
}

TEST(Dot, EveryBraceIsClosed) {
  const std::string dot = to_dot(test::read(test::kSample));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '{'), std::count(dot.begin(), dot.end(), '}'));
}

}  // namespace
}  // namespace duet
