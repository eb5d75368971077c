#include "runtime/run/event.h"

namespace duet {

void Events::started(const RunStarted& event) {
  for (Observer* observer : observers_) observer->started(event);
}

void Events::metric(const MetricEvent& event) {
  for (Observer* observer : observers_) observer->metric(event);
}

void Events::progress(const ProgressEvent& event) {
  for (Observer* observer : observers_) observer->progress(event);
}

void Events::checkpoint_saved(const CheckpointSaved& event) {
  for (Observer* observer : observers_) observer->checkpoint_saved(event);
}

void Events::warning(std::string_view text) {
  for (Observer* observer : observers_) observer->warning(text);
}

void Events::finished(const RunFinished& event) {
  for (Observer* observer : observers_) observer->finished(event);
}

void Events::save(CheckpointWriter& writer) {
  for (Observer* observer : observers_) observer->save(writer);
}

void Events::restore(const CheckpointReader& reader) {
  for (Observer* observer : observers_) observer->restore(reader);
}

}  // namespace duet
