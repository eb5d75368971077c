#include "compiler/driver/batch/batch_display.h"

#include <cstdio>
#include <utility>

#include "runtime/run/progress_bar.h"

namespace duet {

namespace {

constexpr double kRedraw = 0.5;  // seconds
constexpr double kTellAgain = 60;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

BatchDisplay::BatchDisplay(std::ostream& out, Options options) : out_(out), options_(std::move(options)) {
  if (!options_.clock) options_.clock = steady_seconds;
}

void BatchDisplay::say(const std::string& line) {
  if (options_.quiet) return;
  clear();
  out_ << line << std::endl;
  shown_ = -1e9;
}

void BatchDisplay::show(const std::vector<BatchLine>& lines, const std::string& summary) {
  const double now = options_.clock();
  if (options_.quiet || now - shown_ < kRedraw) return;
  shown_ = now;
  clear();
  for (const BatchLine& line : lines) {
    const auto [it, fresh] = seen_.try_emplace(line.name, Seen{now, now, line.progress.step});
    const std::string text = text_of(line, it->second, now);
    if (options_.terminal) {
      out_ << text.substr(0, static_cast<size_t>(options_.width)) << "\n";
      ++drawn_;
    } else if (now - it->second.told >= kTellAgain) {
      it->second.told = now;
      out_ << text << "\n";
    }
  }
  if (options_.terminal) {
    out_ << summary.substr(0, static_cast<size_t>(options_.width)) << "\n";
    ++drawn_;
  }
  out_.flush();
}

void BatchDisplay::clear() {
  if (drawn_ > 0) out_ << "\x1b[" << drawn_ << "A\x1b[J";
  drawn_ = 0;
}

std::string BatchDisplay::text_of(const BatchLine& line, Seen& seen, double now) const {
  const RunProgress& at = line.progress;
  std::string text = line.name + "  ";
  if (at.total <= 0) return text + "starting";
  text += std::to_string(100 * at.step / at.total) + " %  " + grouped_text(at.step) + " / " + grouped_text(at.total);
  const double rate = static_cast<double>(at.step - seen.first_step) / (now - seen.first_time);
  if (now > seen.first_time && rate > 0)
    text += "  " + duration_text(static_cast<double>(at.total - at.step) / rate) + " left";
  if (at.metric) {
    char value[40];
    std::snprintf(value, sizeof value, "  return %.6g", *at.metric);
    text += value;
  }
  return text;
}

}  // namespace duet
