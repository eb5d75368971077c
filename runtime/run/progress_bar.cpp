#include "runtime/run/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

namespace duet {
namespace {

constexpr double kRedrawPeriod = 0.1;
constexpr double kPlainPeriod = 10;
constexpr double kPlainLongest = 60;
constexpr double kPlainShare = 0.05;
constexpr double kRateWindow = 10;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string rate_text(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, rate < 10 ? "%.1f" : "%.0f", rate);
  return rate < 1000 ? text : grouped_text(std::llround(rate));
}

}  // namespace

std::string duration_text(double seconds) {
  const long long total = std::llround(std::max(seconds, 0.0));
  const long long days = total / 86400, hours = total / 3600 % 24, minutes = total / 60 % 60;
  char text[64];
  if (days > 0) {
    std::snprintf(text, sizeof text, "%lld d %lld h", days, hours);
  } else if (hours > 0) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", hours, minutes, total % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld", minutes, total % 60);
  }
  return text;
}

std::string grouped_text(int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<size_t>(i), 1, ' ');
  if (number < 0) digits.insert(0, 1, '-');
  return digits;
}

ProgressBar::Options ProgressBar::options_of_stderr() {
  Options options;
  options.terminal = ::isatty(STDERR_FILENO) == 1;
  struct winsize size {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) options.width = size.ws_col;
  return options;
}

ProgressBar::ProgressBar(std::ostream& out, Options options) : out_(out), options_(std::move(options)) {
  if (!options_.clock) options_.clock = steady_seconds;
}

void ProgressBar::started(const RunStarted& event) {
  name_ = event.name;
  step_ = shown_step_ = rate_step_ = event.first_step;
  total_ = event.total_steps;
  rate_time_ = options_.clock();
  rate_ = 0;
  show(true);
}

void ProgressBar::metric(const MetricEvent& event) {
  if (event.name != options_.metric) return;
  has_metric_ = true;
  metric_ = event.value;
  show(false);
}

void ProgressBar::progress(const ProgressEvent& event) {
  step_ = event.step;
  total_ = event.total;
  show(false);
}

void ProgressBar::warning(std::string_view text) {
  if (line_open_) out_ << "\r\x1b[K";
  line_open_ = false;
  out_ << "warning: " << text << '\n';
  out_.flush();
  if (options_.terminal) show(true);
}

void ProgressBar::finished(const RunFinished& event) {
  step_ = event.step;
  show(true);
  if (line_open_) out_ << '\n';
  line_open_ = false;
  out_.flush();
}

void ProgressBar::show(bool now) {
  const double time = options_.clock();
  const double passed = time - shown_time_;
  if (options_.terminal) {
    if (!now && passed < kRedrawPeriod) return;
  } else if (!now && passed < kPlainLongest) {
    const double share = total_ > 0 ? static_cast<double>(step_ - shown_step_) / static_cast<double>(total_) : 0;
    // The slack keeps the last bit of 0.05 from putting a line off to the next step.
    if (passed < kPlainPeriod || share < kPlainShare - 1e-9) return;
  }
  update_rate(time);
  shown_time_ = time;
  shown_step_ = step_;
  options_.terminal ? draw() : print_plain();
}

void ProgressBar::update_rate(double now) {
  const double passed = now - rate_time_;
  if (passed <= 0 || step_ <= rate_step_) return;
  const double latest = static_cast<double>(step_ - rate_step_) / passed;
  const double weight = rate_ > 0 ? 1 - std::exp(-passed / kRateWindow) : 1;
  rate_ += weight * (latest - rate_);
  rate_time_ = now;
  rate_step_ = step_;
}

std::string ProgressBar::summary() const {
  std::string text;
  if (total_ > 0) {
    text +=
        std::to_string(step_ * 100 / total_) + " %  " + grouped_text(step_) + " / " + grouped_text(total_) + " steps";
  } else {
    text += grouped_text(step_) + " steps";
  }
  if (rate_ > 0) {
    text += "  " + rate_text(rate_) + "/s";
    if (step_ < total_) text += "  " + duration_text(static_cast<double>(total_ - step_) / rate_) + " left";
  }
  if (has_metric_) {
    char value[48];
    std::snprintf(value, sizeof value, "  return %.1f", metric_);
    text += value;
  }
  return text;
}

std::string ProgressBar::bar(int cells) const {
  const int full = static_cast<int>(std::clamp<int64_t>(step_ * cells / total_, 0, cells));
  return "[" + std::string(static_cast<size_t>(full), '#') + std::string(static_cast<size_t>(cells - full), '.') +
         "]  ";
}

void ProgressBar::draw() {
  const std::string text = summary();
  std::string line = name_ + "  ";
  const int room = options_.width - 1 - static_cast<int>(line.size() + text.size()) - 4;
  if (total_ > 0 && room >= 8) line += bar(std::min(room, 30));
  line += text;
  // A line that wraps could not be redrawn.
  line.resize(std::min(line.size(), static_cast<size_t>(std::max(options_.width - 1, 1))));
  out_ << '\r' << line << "\x1b[K";
  out_.flush();
  line_open_ = true;
}

void ProgressBar::print_plain() {
  out_ << name_ << "  " << summary() << '\n';
  out_.flush();
}

}  // namespace duet
