#pragma once

#include <string>
#include <vector>

#include "compiler/driver/context.h"

namespace duet {

/// What a script chooses for one of its planners, each in the words of the script; empty: nothing.
struct PlannerChoices {
  std::string name;
  std::string distribution;  // what candidates are drawn from
  std::string utility;       // what weighs them
  std::string mirror;        // what moves theta
  std::string shift;         // where theta begins a step
  std::string model;         // what is rolled out: a model, or the simulator
  std::string terminal;      // what the learner adds to the score
};

/// What an algorithm is made of, read from the tree of its script.
struct AlgorithmSheet {
  std::string name, file, about;
  std::vector<std::string> learners, models, actors;  // actors: what interacts, after the warm-up
  std::vector<PlannerChoices> planners;
};

/// The algorithms that a script itself defines. Empty after errors, which are in the diagnostics.
std::vector<AlgorithmSheet> algorithm_sheets(const std::string& path, Context& context);

}  // namespace duet
