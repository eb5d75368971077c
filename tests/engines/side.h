#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compiler/passes/pipeline.h"
#include "runtime/sim/environment.h"
#include "tests/compiler/elaborate/compiled.h"
#include "tests/engines/part.h"

namespace duet::test {

/// An algorithm of the folder algorithms/.
struct Script {
  std::string file;
  std::map<std::string, std::string> settings = {};
  std::string robot = "half_cheetah";
};

void PrintTo(const Script& script, std::ostream* out);
/// Its name without the ending, for the names of tests.
std::string name_of(const Script& script);

/// The files of all of them.
std::vector<std::string> bundled_scripts();

/// A file that is gone when this is.
class Scratch {
 public:
  Scratch();
  ~Scratch() { std::filesystem::remove(path_); }
  Scratch(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Where a run stands, in a file.
void save(const Executor& engine, const std::filesystem::path& path);

/// The metrics of a run.
class Metrics : public Observer {
 public:
  void metric(const MetricEvent& event) override { all.push_back(event); }
  std::vector<MetricEvent> all;
};

struct Named {
  std::string name;
  TensorData data;
};

/// One of the two sides of a comparison: a script after some passes, and an engine for it.
class Side {
 public:
  enum class Engine { interpreter, plan };

  /// The interpreter with its passes, or the plan with its own, some of them left out.
  Side(const Script& script, Engine engine, const std::vector<std::string>& disabled = {});

  /// The first environment steps of a run.
  void run(int64_t steps, const std::filesystem::path& saved);

  const std::vector<Part>& parts() const { return parts_; }

  /// What a part gives from a saved state: its results for small numbers as inputs, the metrics that it emits, all
  /// states and the transitions of all memories. Where the part simulates, a robot in its first episode acts.
  std::vector<Named> outcome(const Part& part, const std::filesystem::path& saved);

  /// For looking at a failure.
  std::string text_of(const Part& part) const;

 private:
  void start(int64_t steps);

  Compiled compiled_;
  Engine which_;
  std::unique_ptr<Environment> robot_;
  Metrics metrics_;
  Events events_;
  std::vector<Part> parts_;
  std::unique_ptr<Executor> engine_;
};

/// Gives the parameters in `got` the wanted values where Adam's step is chance: it moves every element by about the
/// learning rate, in the direction of an average derivative (the first moment) that may be nothing but rounding.
void leave_out_chance(std::vector<Named>& got, const std::vector<Named>& wanted);

/// Expects the same names, types, indices and booleans, and numbers that differ by no more than `tolerance` times the
/// largest of their tensor (or of 1e-3).
void expect_close(const std::vector<Named>& got, const std::vector<Named>& wanted, double tolerance);

}  // namespace duet::test
