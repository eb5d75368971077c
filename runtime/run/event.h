#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duet {

class CheckpointReader;
class CheckpointWriter;

/// One measured number. `step` counts the run's environment steps.
struct MetricEvent {
  std::string name;  ///< with slashes for groups: "evaluate/return"
  int64_t step = 0;
  double value = 0;
};

struct RunStarted {
  std::string name;
  int64_t first_step = 0;   ///< above 0 when resumed
  int64_t total_steps = 0;  ///< 0: not known
};

struct ProgressEvent {
  int64_t step = 0;
  int64_t total = 0;  ///< 0: not known
};

struct CheckpointSaved {
  int64_t step = 0;
  std::filesystem::path path;
};

struct RunFinished {
  int64_t step = 0;
  bool complete = true;  ///< false: interrupted
};

/// Someone who watches a run. Whoever computes never prints, plots or logs: it tells Events, and these tell observers.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(const RunStarted&) {}
  virtual void metric(const MetricEvent&) {}
  virtual void progress(const ProgressEvent&) {}
  virtual void checkpoint_saved(const CheckpointSaved&) {}
  virtual void warning(std::string_view) {}
  virtual void finished(const RunFinished&) {}

  /// What the observer needs to go on after a resume as if nothing had happened: a file's length, for one. Called
  /// before each checkpoint; what it points to is on the disk when it returns.
  virtual void save(CheckpointWriter&) {}
  /// The reverse: drops what came after the checkpoint. An observer that the checkpoint does not know starts anew.
  virtual void restore(const CheckpointReader&) {}
};

/// Passes every event to every observer, in the order in which these were added.
class Events : public Observer {
 public:
  /// Takes an observer over and returns it.
  template <typename T>
  T& add(std::unique_ptr<T> observer) {
    T& reference = *observer;
    observers_.push_back(observer.get());
    owned_.push_back(std::move(observer));
    return reference;
  }
  /// Watches along without being owned; must outlive the events.
  void add(Observer& observer) { observers_.push_back(&observer); }

  void started(const RunStarted& event) override;
  void metric(const MetricEvent& event) override;
  void progress(const ProgressEvent& event) override;
  void checkpoint_saved(const CheckpointSaved& event) override;
  void warning(std::string_view text) override;
  void finished(const RunFinished& event) override;
  void save(CheckpointWriter& writer) override;
  void restore(const CheckpointReader& reader) override;

 private:
  std::vector<Observer*> observers_;
  std::vector<std::unique_ptr<Observer>> owned_;
};

}  // namespace duet
