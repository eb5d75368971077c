#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "runtime/run/event.h"

namespace duet {

/// How far a run is, for a person: steps, rate, time left and the latest evaluation.
/// On a terminal it is one line, redrawn at most ten times a second. Elsewhere (a file, a pipe, a cluster's log) it
/// prints a plain line at the start and the end, and between them when at least 5 % and 10 s have passed since the
/// last, or 60 s.
class ProgressBar : public Observer {
 public:
  struct Options {
    bool terminal = false;
    int width = 100;                         ///< columns of the terminal
    std::string metric = "evaluate/return";  ///< shown as the latest return
    std::function<double()> clock;           ///< seconds, monotonic; empty: the system's. Tests give their own.
  };

  ProgressBar(std::ostream& out, Options options);

  /// A bar on standard error, whatever that is.
  static Options options_of_stderr();

  void started(const RunStarted& event) override;
  void metric(const MetricEvent& event) override;
  void progress(const ProgressEvent& event) override;
  void warning(std::string_view text) override;
  void finished(const RunFinished& event) override;

 private:
  void show(bool now);
  void draw();
  void print_plain();
  void update_rate(double now);
  std::string summary() const;
  std::string bar(int cells) const;

  std::ostream& out_;
  Options options_;
  std::string name_;
  int64_t step_ = 0;
  int64_t total_ = 0;
  bool has_metric_ = false;
  double metric_ = 0;
  double rate_ = 0;       // steps per second, smoothed over about ten seconds
  double rate_time_ = 0;  // when it was last updated, and at which step
  int64_t rate_step_ = 0;
  double shown_time_ = -1e9;
  int64_t shown_step_ = 0;
  bool line_open_ = false;  // the cursor stands in the bar's line
};

/// 75 -> "1:15", 3700 -> "1:01:40", 200000 -> "2 d 7 h".
std::string duration_text(double seconds);
/// 1234567 -> "1 234 567".
std::string grouped_text(int64_t number);

}  // namespace duet
