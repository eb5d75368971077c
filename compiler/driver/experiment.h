#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/context.h"
#include "compiler/driver/script.h"

namespace duet {

/// What is run once for each seed: an algorithm on a robot with one combination of the values that vary.
struct ExperimentCell {
  struct Setting {
    const ast::Name* key = nullptr;
    const ast::Expr* value = nullptr;
    std::string text;  // the value as written, without line breaks
    bool varies = false;
  };
  std::string algorithm, robot;
  int64_t steps = 0;
  std::vector<Setting> settings;  // of the experiment
  std::string label;              // "mine on hopper, batch = 64"
  std::string folder;             // "mine-hopper-batch=64", to which the seed is appended
};

/// What an `expect` says: the interquartile mean over the seeds of a metric lies in a band at a step.
struct Claim {
  std::string metric;
  Span metric_place;
  int64_t steps = 0;
  double low = 0, high = 0;
  std::vector<std::string> cells;  // their labels; the claim is made of each
  std::string source;              // the comment behind it
};

/// An experiment of a script, expanded. It refers to the tree of the script, which must outlive it.
struct ExperimentPlan {
  std::string name;
  std::vector<ExperimentCell> cells;
  std::vector<uint64_t> seeds;
  std::vector<Claim> claims;
};

/// The experiment called `name`, or the only one of the file. Null after an error (E0214).
const ast::Experiment* choose_experiment(const ast::File& file, const std::string& name, Context& context);

/// Expands an experiment: every algorithm on every robot with every combination of what varies. Errors E0213, E0215 to
/// E0219 and E0504; nullopt after any.
std::optional<ExperimentPlan> plan_experiment(const Library& library, const ast::File& file,
                                              const ast::Experiment& experiment, Context& context);

/// The hashes of all texts that the runs of an experiment are made of, by folder and file name: scripts without their
/// comments and experiments, and the models of the robots.
using SourceHashes = std::map<std::string, uint64_t>;

/// Elaborates every cell, with the script at `file` loaded anew for each, so that nothing is started that cannot be
/// compiled, or that does not give the metrics expected of it (E0219). Nullopt after errors, which stop at the first
/// cell that has some.
std::optional<SourceHashes> check_cells(const ExperimentPlan& plan, const std::string& file, Context& context);

}  // namespace duet
