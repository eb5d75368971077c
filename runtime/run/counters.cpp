#include "runtime/run/counters.h"

#include <string>

namespace duet {

namespace {

const std::string kEvaluations = "engine.evaluations.", kReached = "engine.reached.";

/// How many multiples of `steps` there are up to `step`, 0 included; none before 0.
int64_t multiples(int64_t step, int64_t steps) {
  return step < 0 ? 0 : step / steps + 1;
}

}  // namespace

bool Counters::due(int64_t place, int64_t steps) {
  const auto [last, first_time] = reached.try_emplace(place, step - 1);
  const bool passed = multiples(step, steps) > multiples(last->second, steps);
  last->second = step;
  return passed;
}

void Counters::save(CheckpointWriter& writer) const {
  writer.add_value<int64_t>("engine.step", step);
  writer.add_value<int64_t>("engine.episode", episode);
  writer.add_value<uint64_t>("engine.ticks", ticks);
  for (const auto& [site, times] : evaluations) writer.add_value<int64_t>(kEvaluations + std::to_string(site), times);
  for (const auto& [place, at] : reached) writer.add_value<int64_t>(kReached + std::to_string(place), at);
}

void Counters::load(const CheckpointReader& reader) {
  *this = {};
  step = reader.value<int64_t>("engine.step");
  episode = reader.value<int64_t>("engine.episode");
  ticks = reader.value<uint64_t>("engine.ticks");
  for (const BlobInfo& blob : reader.blobs()) {
    if (blob.name.starts_with(kEvaluations))
      evaluations[std::stoull(blob.name.substr(kEvaluations.size()))] = reader.value<int64_t>(blob.name);
    if (blob.name.starts_with(kReached))
      reached[std::stoll(blob.name.substr(kReached.size()))] = reader.value<int64_t>(blob.name);
  }
}

}  // namespace duet
