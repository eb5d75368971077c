#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "runtime/core/atomic_file.h"
#include "runtime/run/checkpoint.h"
#include "runtime/run/csv_metrics.h"
#include "runtime/run/event.h"
#include "runtime/run/log_file.h"
#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

class ObserversTest : public TemporaryFolder {
 protected:
  /// A checkpoint of the observers alone.
  CheckpointReader checkpoint(Observer& observer) {
    CheckpointWriter writer;
    observer.save(writer);
    AtomicFile file(folder_ / "c");
    writer.write(file);
    file.commit();
    return CheckpointReader(folder_ / "c");
  }
};

/// Writes down what it is told.
struct Recorder : Observer {
  explicit Recorder(std::string& text) : text(text) {}
  void started(const RunStarted& e) override { text += "started " + e.name + ";"; }
  void metric(const MetricEvent& e) override { text += e.name + "@" + std::to_string(e.step) + ";"; }
  void progress(const ProgressEvent& e) override {
    text += std::to_string(e.step) + "/" + std::to_string(e.total) + ";";
  }
  void checkpoint_saved(const CheckpointSaved& e) override { text += "saved " + e.path.string() + ";"; }
  void warning(std::string_view w) override { text += "warning " + std::string(w) + ";"; }
  void finished(const RunFinished& e) override { text += e.complete ? "complete;" : "cut;"; }
  std::string& text;
};

TEST_F(ObserversTest, EventsReachEveryObserverInOrder) {
  std::string all, owned;
  Recorder first(all);
  Events events;
  events.add(first);
  events.add(std::make_unique<Recorder>(owned));
  events.started({"r", 0, 10});
  events.metric({"loss", 3, 0.5});
  events.progress({4, 10});
  events.checkpoint_saved({5, "c.ckpt"});
  events.warning("hm");
  events.finished({10, true});
  EXPECT_EQ(all, "started r;loss@3;4/10;saved c.ckpt;warning hm;complete;");
  EXPECT_EQ(owned, all);
}

TEST_F(ObserversTest, CsvRoundTripsEveryDouble) {
  const double values[] = {0.1, 1.0 / 3, -0.0, 5e-324, 1.7976931348623157e308, INFINITY, -INFINITY, NAN};
  {
    CsvMetrics csv(folder_ / "m.csv");
    for (const double value : values) csv.metric({"x", 7, value});
  }
  std::ifstream in(folder_ / "m.csv");
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "step,name,value");
  for (const double value : values) {
    ASSERT_TRUE(std::getline(in, line));
    ASSERT_EQ(line.substr(0, 4), "7,x,");
    const double back = std::strtod(line.c_str() + 4, nullptr);
    EXPECT_TRUE(std::isnan(value) ? std::isnan(back) : back == value && std::signbit(back) == std::signbit(value))
        << line;
  }
  EXPECT_FALSE(std::getline(in, line));
}

TEST_F(ObserversTest, CsvQuotesNames) {
  {
    CsvMetrics csv(folder_ / "m.csv");
    csv.metric({"loss, \"q\"", 1, 2});
  }
  EXPECT_EQ(content(folder_ / "m.csv"), "step,name,value\n1,\"loss, \"\"q\"\"\",2\n");
}

TEST_F(ObserversTest, CsvResumesWhereTheCheckpointWas) {
  std::string whole;
  {
    CsvMetrics csv(folder_ / "whole.csv");
    for (int step = 0; step < 6; ++step) csv.metric({"a", step, step / 7.0});
  }
  auto csv = std::make_unique<CsvMetrics>(folder_ / "m.csv");
  for (int step = 0; step < 3; ++step) csv->metric({"a", step, step / 7.0});
  const CheckpointReader saved = checkpoint(*csv);
  EXPECT_EQ(content(folder_ / "m.csv").size(), static_cast<size_t>(saved.value<int64_t>("observer/csv/size")));
  csv->metric({"a", 3, 3 / 7.0});  // lost: the process is killed after the checkpoint
  csv.reset();
  CsvMetrics resumed(folder_ / "m.csv");
  resumed.restore(saved);
  for (int step = 3; step < 6; ++step) resumed.metric({"a", step, step / 7.0});
  resumed.finished({6, true});
  EXPECT_EQ(content(folder_ / "m.csv"), content(folder_ / "whole.csv"));
}

TEST_F(ObserversTest, CsvThatLostItsEndIsE0710) {
  std::optional<CheckpointReader> saved;
  {
    CsvMetrics csv(folder_ / "m.csv");
    csv.metric({"a", 0, 1});
    saved.emplace(checkpoint(csv));
  }
  std::filesystem::resize_file(folder_ / "m.csv", 5);
  CsvMetrics csv(folder_ / "m.csv");
  std::string message;
  EXPECT_EQ(code_of([&] { csv.restore(*saved); }, &message), "E0710");
  EXPECT_NE(message.find("m.csv"), std::string::npos) << message;
}

TEST_F(ObserversTest, AFullDiskIsE0701) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  EXPECT_EQ(code_of([] {
              CsvMetrics csv("/dev/full");
              csv.finished({0, true});
            }),
            "E0701");
}

TEST_F(ObserversTest, LogTellsTheStory) {
  {
    LogFile log(folder_ / "run.log");
    log.started({"r", 0, 100});
    log.checkpoint_saved({50, folder_ / "step-000000050.ckpt"});
    log.warning("slow");
  }
  {
    LogFile log(folder_ / "run.log");
    log.started({"r", 50, 100});
    log.finished({100, true});
  }
  std::ifstream in(folder_ / "run.log");
  std::string line;
  for (const char* expected : {"started r at step 0 of 100", "checkpoint step-000000050.ckpt at step 50",
                               "warning: slow", "resumed r at step 50 of 100", "finished at step 100"}) {
    ASSERT_TRUE(std::getline(in, line));
    ASSERT_GT(line.size(), 21u);
    EXPECT_EQ(line.substr(21), expected);
    EXPECT_EQ(line[19], 'Z');
  }
}

}  // namespace
}  // namespace duet
