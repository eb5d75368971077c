#include "compiler/driver/train.h"

#include <iostream>

#include "compiler/driver/stop_signal.h"
#include "runtime/run/csv_metrics.h"
#include "runtime/run/log_file.h"
#include "runtime/run/progress_bar.h"
#include "runtime/run/progress_file.h"
#include "runtime/run/tensorboard.h"

namespace duet {

namespace {

void add_observers(Events& events, const RunFolder& folder, bool quiet) {
  events.add(std::make_unique<CsvMetrics>(folder.metrics_path()));
  events.add(std::make_unique<TensorBoard>(folder.path()));
  events.add(std::make_unique<LogFile>(folder.log_path()));
  events.add(std::make_unique<ProgressFile>(folder.path()));
  if (!quiet) events.add(std::make_unique<ProgressBar>(std::cerr, ProgressBar::options_of_stderr()));
}

/// Writes checkpoints: at the first safe point, whenever a multiple of `every` steps has been passed, and on request.
class Saver {
 public:
  Saver(const Executor& engine, Events& events, const RunFolder& folder, const RunDrive& drive)
      : engine_(engine), events_(events), folder_(folder), drive_(drive) {}

  void at_safe_point(int64_t step) {
    if (saved_ >= 0 && step / drive_.checkpoint_every == saved_ / drive_.checkpoint_every) return;
    save(false);
  }

  void save(bool finished) {
    const int64_t step = engine_.step();
    if (step == saved_ && !finished) return;
    CheckpointWriter writer;
    engine_.save(writer);
    events_.save(writer);
    writer.add_value<bool>("run.finished", finished);
    const auto path = save_checkpoint(folder_.path(), step, writer, drive_.keep);
    folder_.set_status(finished, step);
    saved_ = step;
    events_.checkpoint_saved({step, path});
  }

  void loaded(int64_t step) { saved_ = step; }

 private:
  const Executor& engine_;
  Events& events_;
  const RunFolder& folder_;
  const RunDrive& drive_;
  int64_t saved_ = -1;
};

/// A run that starts anew in a folder where one was killed before its first checkpoint.
void drop_leftovers(const RunFolder& folder) {
  std::filesystem::remove(folder.metrics_path());
  std::filesystem::remove(folder.path() / "events.out.tfevents.duet");
}

/// Observers hear of the end also when the engine throws.
class FinishedNotice {
 public:
  FinishedNotice(Events& events, const Executor& engine) : events_(events), engine_(engine) {}
  ~FinishedNotice() {
    if (told_) return;
    try {
      events_.finished({engine_.step(), false});
    } catch (const Error&) {
      // A full disk is why the run ends: that error is on its way already.
    }
  }
  void tell(bool complete) {
    told_ = true;
    events_.finished({engine_.step(), complete});
  }

 private:
  Events& events_;
  const Executor& engine_;
  bool told_ = false;
};

}  // namespace

ExitCode train(const Program& program, const EngineMaker& maker, RunFolder& folder, const RunDrive& drive,
               std::optional<LatestCheckpoint> from, const TrainOptions& how) {
  if (!from) drop_leftovers(folder);
  const StopSignal stop;
  Events events;
  add_observers(events, folder, how.quiet);

  Saver* saver_of_engine = nullptr;
  EngineOptions options;
  options.seed = folder.manifest().seed;
  options.steps = drive.steps;
  options.threads = how.threads;
  options.events = &events;
  options.stop = &stop.flag();
  options.at_safe_point = [&](int64_t step) { saver_of_engine->at_safe_point(step); };
  const std::unique_ptr<Executor> engine = maker.make(program, options);
  Saver saver(*engine, events, folder, drive);
  saver_of_engine = &saver;

  if (from) {
    engine->load(from->reader);
    events.restore(from->reader);
    saver.loaded(from->step);
    for (const std::string& warning : from->warnings) events.warning(warning);
  }
  events.started({folder.manifest().name, engine->step(), drive.steps});
  FinishedNotice notice(events, *engine);
  const bool complete = engine->run();
  saver.save(complete);
  notice.tell(complete);
  return complete ? kOk : kInterrupted;
}

}  // namespace duet
