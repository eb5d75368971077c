#pragma once

#include <string>

namespace duet::test {

/// A whole script around a fragment of one, so that it can be checked as if it were used:
///   planner     clauses of a planner; those that it lacks are added in their places
///   statements  in the loop of an algorithm with memories real and imagined, a model, a learner and a planner
///   learner     members of a learner; its `update`, `act` and `explore` are used if it has them
///   update      statements of a learner's `update(b)`, with the networks of soft actor-critic
///   model       members of a model; its `fit` and `step` are used if it has them
///   robot       clauses of a robot; a model, an observation and a reward are added if they are missing
///   functions   definitions beside the whole standard library
/// Another kind is a std::invalid_argument. Clauses begin at the first column, the lines that go on with them do not.
std::string whole_script(const std::string& kind, const std::string& fragment);

}  // namespace duet::test
