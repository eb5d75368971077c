#include "compiler/passes/pipeline.h"

#include <algorithm>
#include <stdexcept>

#include "compiler/graph/print.h"
#include "tests/compiler/graph/verify_cases.h"

namespace duet::test {
namespace {

bool do_nothing(Program&, Notes&) {
  return false;
}
bool break_it(Program& program, Notes& /*notes*/) {
  program.main.nodes.erase(program.main.nodes.begin());
  return true;
}

TEST(Pipeline, EveryStepIsExplained) {
  for (const std::span<const PipelineStep> steps : {pipeline(), plan_pipeline()}) {
    for (const PipelineStep& step : steps) {
      EXPECT_FALSE(step.pass.doc.empty()) << step.pass.name;
      EXPECT_FALSE(step.reason.empty()) << step.pass.name;
      EXPECT_EQ(find_pass(step.pass.name)->run, step.pass.run);
    }
  }
  EXPECT_EQ(find_pass("nothing"), nullptr);
}

TEST(Pipeline, TheInterpreterKeepsTheDerivativesOfLibTorch) {
  const auto is_differentiate = [](const PipelineStep& step) { return step.pass.name == "differentiate"; };
  EXPECT_TRUE(std::none_of(pipeline().begin(), pipeline().end(), is_differentiate));
  EXPECT_TRUE(std::any_of(plan_pipeline().begin(), plan_pipeline().end(), is_differentiate));
}

TEST(Pipeline, ReportsWhatWasDone) {
  Program program = given("%7: real = exp(%0) %8: real = exp(%0) %9: real = add(%7, %8) log_metric(%9) metric=\"m\"");
  std::vector<std::string> seen;
  PipelineOptions options;
  options.after = [&](std::string_view pass, const Program&) { seen.emplace_back(pass); };
  const std::vector<PassReport> reports = run_pipeline(program, options);
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].name, "drop_unused");
  EXPECT_EQ(reports[0].nodes_before, 11u);
  EXPECT_EQ(reports[0].nodes_after, 5u);
  EXPECT_TRUE(reports[0].changed);
  EXPECT_GE(reports[0].seconds, 0);
  EXPECT_FALSE(reports[1].changed);
  EXPECT_EQ(reports[2].nodes_after, 4u);
  EXPECT_EQ(seen, (std::vector<std::string>{"drop_unused", "hoist_invariant", "share_equal"}));
}

TEST(Pipeline, APassCanBeSwitchedOff) {
  Program program = given("%7: real = exp(%0)");
  const std::string before = print(program);
  const auto reports = run_pipeline(program, {.disabled = {"drop_unused", "hoist_invariant", "share_equal"}});
  EXPECT_TRUE(
      std::all_of(reports.begin(), reports.end(), [](const PassReport& r) { return r.disabled && !r.changed; }));
  EXPECT_EQ(print(program), before);
  EXPECT_NO_THROW(run_pipeline(program, {.disabled = {"differentiate"}})) << "a pass, though not one of these";
  EXPECT_THROW(run_pipeline(program, {.disabled = {"drop_unsued"}}), std::invalid_argument);
}

TEST(Pipeline, PassesOfThePlanCanBeSwitchedOffForTheInterpreterToo) {
  Program program = given("log_metric(%0) metric=\"m\"");
  EXPECT_NO_THROW(run_pipeline(program, {.disabled = {"take_early"}}));
}

TEST(Pipeline, TellsWhatWorkWasRemoved) {
  Program program = given(
      "%7: real[x: 2, y: 3, z: 4] = expand(%5) "
      "%8: real = mean(%7) axes=[\"x\", \"y\", \"z\"] log_metric(%8) metric=\"m\"");
  const std::vector<PassReport> reports = run_pipeline(program, {}, plan_pipeline());
  std::vector<std::string> notes;
  for (const PassReport& report : reports)
    for (const Note& note : report.notes) notes.push_back(std::string(report.name) + ": " + note.what);
  EXPECT_EQ(notes, std::vector<std::string>{"expand_late: what is alike along an axis is not added up along it"});
}

TEST(Pipeline, APassThatBreaksTheProgramIsNamed) {
  const PipelineStep steps[] = {{{"idle", "", do_nothing}, ""}, {{"breaker", "", break_it}, ""}};
  Program program = given("log_metric(%0) metric=\"m\"");
  try {
    run_pipeline(program, {}, steps);
    FAIL() << "not noticed";
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find("breaker broke the program:\n  main/6 log_metric: %0 is used before"),
              std::string::npos)
        << error.what();
  }
  program = given("log_metric(%0) metric=\"m\"");
  EXPECT_NO_THROW(run_pipeline(program, {.verify = false}, steps));
}

TEST(Pipeline, TheSampleStaysWellFormed) {
  PipelineOptions options;
  options.verify_options.sizes_known = true;
  Program planned = read(kSample);
  EXPECT_NO_THROW(run_pipeline(planned, options, plan_pipeline()));
  Program program = read(kSample);
  EXPECT_NO_THROW(run_pipeline(program, options));
  const std::string once = print(program);
  for (const PassReport& report : run_pipeline(program, options)) EXPECT_FALSE(report.changed) << report.name;
  EXPECT_EQ(print(program), once);
}

}  // namespace
}  // namespace duet::test
