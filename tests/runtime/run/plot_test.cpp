#include "runtime/run/plot.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "runtime/run/csv_metrics.h"
#include "runtime/run/plot_scale.h"
#include "runtime/run/run_folder.h"
#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

TEST(PlotScale, TicksAreRoundAndInside) {
  const PlotScale scale = make_scale(-37, 1043, 6);
  EXPECT_EQ(scale.step, 200);
  EXPECT_EQ(scale.ticks, (std::vector<double>{0, 200, 400, 600, 800, 1000}));
  EXPECT_EQ(scale.low, -37);
  EXPECT_DOUBLE_EQ(scale.share(503), 0.5);
  const PlotScale small = make_scale(0, 0.3, 3);
  EXPECT_EQ(small.ticks.size(), 4u) << "the last tick is on the end but for rounding";
}

TEST(PlotScale, EveryRangeHasTicks) {
  for (const double low : {-1e9, -3.3, 0.0, 1e-12, 1e6}) {
    for (const double width : {0.0, 1e-6, 1.0, 7.7, 1e8}) {
      const PlotScale scale = make_scale(low, low + width, 6);
      EXPECT_GE(scale.ticks.size(), 1u) << low << " " << width;
      EXPECT_LE(scale.ticks.size(), 8u) << low << " " << width;
      EXPECT_LT(scale.low, scale.high);
    }
  }
}

TEST(PlotScale, TickTexts) {
  EXPECT_EQ(tick_text(0, 1), "0");
  EXPECT_EQ(tick_text(-500, 500), "\u2212500");
  EXPECT_EQ(tick_text(60000, 20000), "60\u2009000");
  EXPECT_EQ(tick_text(1250000, 250000), "1\u2009250\u2009000");
  EXPECT_EQ(tick_text(15000000, 5000000), "15\u2009000\u2009000");
  EXPECT_EQ(tick_text(0.3, 0.1), "0.3");
  EXPECT_EQ(tick_text(1.25, 0.05), "1.25");
  EXPECT_EQ(tick_text(2.5e9, 5e8), "2.5e+09");
}

TEST(MergeRuns, MeansAndBandsOfRunsWithOtherSteps) {
  const std::vector<PlotSeries> series = {
      {"a", {{0, 0}, {10, 10}, {20, 20}}}, {"b", {{0, 5}}}, {"a", {{5, 15}, {15, 25}}}};
  const auto curves = merge_runs(series);
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0].runs, 2);
  EXPECT_EQ(curves[1].label, "b");
  const double expected[][4] = {{0, 0, 0, 0}, {5, 10, 5, 15}, {10, 15, 10, 20}, {15, 20, 15, 25}, {20, 20, 20, 20}};
  ASSERT_EQ(curves[0].points.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    const auto& p = curves[0].points[i];
    EXPECT_EQ((std::vector<double>{p.x, p.mean, p.low, p.high}),
              std::vector<double>(std::begin(expected[i]), std::end(expected[i])));
  }
}

TEST(MergeRuns, LeavesOutWhatIsNotFiniteAndTakesTheLaterOfTwo) {
  const auto curves = merge_runs({{"a", {{2, 1}, {1, NAN}, {2, 3}, {0, 7}, {3, INFINITY}}}});
  ASSERT_EQ(curves[0].points.size(), 2u);
  EXPECT_EQ(curves[0].points[0].mean, 7);
  EXPECT_EQ(curves[0].points[1].mean, 3);
}

class PlotTest : public TemporaryFolder {
 protected:
  std::filesystem::path make_run(const std::string& name, const std::string& csv) {
    RunManifest manifest;
    manifest.name = name;
    manifest.algorithm = "m_demorl";
    { RunFolder::create(folder_ / name, manifest); }
    put(folder_ / name / "metrics.csv", csv);
    return folder_ / name;
  }

  static std::vector<PlotSeries> two_lines() {
    return {{"up", {{0, 0}, {50, 40}, {100, 100}}}, {"down", {{0, 100}, {50, 60}, {100, 0}}}};
  }

  /// The bytes of a file; cairo numbers the surfaces of a process in the identifiers of an SVG, which are left out.
  std::string picture(const std::string& name) const {
    return std::regex_replace(content(folder_ / name), std::regex("surface[0-9]+"), "surface");
  }

  /// The share of the pixels of a PNG that are about the colour.
  static double share_of(const std::filesystem::path& path, int red, int green, int blue) {
    cairo_surface_t* image = cairo_image_surface_create_from_png(path.c_str());
    EXPECT_EQ(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
    const int width = cairo_image_surface_get_width(image), height = cairo_image_surface_get_height(image);
    const int stride = cairo_image_surface_get_stride(image);
    const unsigned char* data = cairo_image_surface_get_data(image);
    int64_t count = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const unsigned char* p = data + y * stride + 4 * x;
        count += std::abs(p[2] - red) < 8 && std::abs(p[1] - green) < 8 && std::abs(p[0] - blue) < 8;
      }
    }
    cairo_surface_destroy(image);
    return static_cast<double>(count) / (static_cast<double>(width) * height);
  }
};

TEST_F(PlotTest, ReadsTheMetricOfARun) {
  const auto run =
      make_run("r", "step,name,value\n0,evaluate/return,1.5\n5,\"a,b\",2\n10,evaluate/return,-3\n20,evalu");
  const PlotSeries series = read_metric(run);
  EXPECT_EQ(series.label, "m_demorl");
  ASSERT_EQ(series.points.size(), 2u) << "the half written last line does not count";
  EXPECT_EQ(series.points[1].x, 10);
  EXPECT_EQ(series.points[1].y, -3);
  EXPECT_EQ(read_metric(run, "a,b").points.size(), 1u);
}

TEST_F(PlotTest, ReadsWhatCsvMetricsWrites) {
  const auto run = make_run("r", "");
  {
    CsvMetrics csv(run / "metrics.csv");
    csv.metric({"say \"x, y\"", 7, 0.1});
  }
  EXPECT_EQ(read_metric(run, "say \"x, y\"").points[0].y, 0.1);
}

TEST_F(PlotTest, MistakesAreE0708) {
  std::string message;
  const auto run = make_run("r", "step,name,value\n0,loss,1\n1,gain,1\n");
  EXPECT_EQ(code_of([&] { read_metric(run); }, &message), "E0708");
  EXPECT_NE(message.find("it has gain, loss"), std::string::npos) << message;
  const auto broken = make_run("b", "step,name,value\n0,loss\n1,loss,2\n");
  EXPECT_EQ(code_of([&] { read_metric(broken, "loss"); }, &message), "E0708");
  EXPECT_NE(message.find("metrics.csv:2"), std::string::npos) << message;
  std::filesystem::remove(run / "metrics.csv");
  EXPECT_EQ(code_of([&] { read_metric(run); }), "E0708");
  EXPECT_EQ(code_of([&] { read_metric(folder_ / "none"); }), "E0706");
  EXPECT_EQ(code_of([&] { draw_plot(two_lines(), {}, folder_ / "x.jpg"); }), "E0708");
  EXPECT_EQ(code_of([&] { draw_plot({{"a", {{0, NAN}}}}, {}, folder_ / "x.png"); }), "E0708");
  EXPECT_EQ(code_of([&] { draw_plot(two_lines(), {}, folder_ / "none" / "x.png"); }), "E0701");
}

TEST_F(PlotTest, DrawsEachCurveInItsColour) {
  draw_plot(two_lines(), {}, folder_ / "p.png");
  // Two near-diagonals about 5 pixels wide and 1800 long on 1800 x 1120 pixels: some 0.3 % each.
  EXPECT_GT(share_of(folder_ / "p.png", 0x2a, 0x6f, 0xbb), 0.001);
  EXPECT_GT(share_of(folder_ / "p.png", 0xe8, 0x77, 0x2e), 0.001);
  EXPECT_LT(share_of(folder_ / "p.png", 0x2f, 0x9e, 0x63), 0.0001);
  EXPECT_GT(share_of(folder_ / "p.png", 255, 255, 255), 0.8);
}

TEST_F(PlotTest, SvgAndPngAreTheSameEveryTime) {
  for (const std::string kind : {".png", ".svg"}) {
    draw_plot(two_lines(), {}, folder_ / ("a" + kind));
    draw_plot(two_lines(), {}, folder_ / ("b" + kind));
    EXPECT_TRUE(picture("a" + kind) == picture("b" + kind)) << kind;
  }
  EXPECT_NE(picture("a.svg").find("<svg"), std::string::npos);
}

TEST_F(PlotTest, LinesBeginAtTheirFirstPoint) {
  draw_plot(two_lines(), {}, folder_ / "p.svg");
  const std::string svg = content(folder_ / "p.svg");
  // A line of three points: a start and two more.
  const std::regex path("stroke-width:2.2[^>]* d=\"M [0-9. ]+ L [0-9. ]+ L [0-9. ]+ \"");
  EXPECT_EQ(std::distance(std::sregex_iterator(svg.begin(), svg.end(), path), std::sregex_iterator()), 2);
}

TEST_F(PlotTest, OnePointAndManyLabelsAreDrawn) {
  EXPECT_NO_THROW(draw_plot({{"a", {{5, 5}}}}, {}, folder_ / "one.png"));
  std::vector<PlotSeries> many;
  for (int i = 0; i < 15; ++i) {
    many.push_back({"a rather long label " + std::to_string(i), {{0, 1.0 * i}, {1e6, 2.0 * i}}});
  }
  EXPECT_NO_THROW(draw_plot(many, {}, folder_ / "many.png"));
}

}  // namespace
}  // namespace duet
