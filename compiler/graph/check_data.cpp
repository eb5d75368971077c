// Rules of the operations that read states and memories.
#include <algorithm>

#include "compiler/graph/checker.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

const char* const kParts[] = {"obs", "action", "reward", "next_obs", "alive"};

std::vector<Axis> with_axis(std::vector<Axis> axes, const std::string& name) {
  axes.push_back({name, kUnknownSize});
  return axes;
}

bool may_be_flag(const Type& type) {
  return type.kind != Kind::index;
}

/// The types of a batch of transitions: `outer` axes first, then those of the part.
void check_transitions(Checker& check, const std::vector<Axis>& outer) {
  const std::vector<Axis> parts[] = {with_axis(outer, "obs"), with_axis(outer, "action"), outer,
                                     with_axis(outer, "obs"), outer};
  for (size_t i = 0; i < 5; ++i) {
    check.expect_axes(check.out(i), parts[i], kParts[i]);
    if (i < 4) check.expect_kind(check.out(i), Kind::real, kParts[i]);
  }
  check.expect(may_be_flag(check.out(4)), "alive must be real or bool");
}

void check_load(Checker& check) {
  const int64_t state = check.node.integer("state");
  if (check.expect_state(state, "`state`"))
    check.expect_type(check.out(), check.program.states[static_cast<size_t>(state)].type, "result");
}

void check_counter(Checker& check) {
  const std::string& name = check.node.text("name");
  check.expect(name == "step" || name == "episode", "there is no counter " + quoted(name));
  check.expect_scalar(check.out(), "result");
}

void check_sample(Checker& check) {
  const std::vector<int64_t>& memories = check.node.integers("memories");
  check.expect(!memories.empty(), "`memories` is empty");
  for (const int64_t memory : memories) check.expect_memory(memory, "`memories`");
  const std::vector<double>& shares = check.node.reals("shares");
  check.expect(shares.size() == memories.size(), "needs one of `shares` for each of `memories`");
  check.expect(std::all_of(shares.begin(), shares.end(), [](double share) { return share >= 0; }),
               "`shares` must not be negative");
  check.expect(check.node.integer("count") >= 1, "`count` must be at least 1");
  check_transitions(check, {{"batch", check.node.integer("count")}});
}

void check_starts(Checker& check) {
  check.expect_memory(check.node.integer("memory"), "`memory`");
  check.expect_axes(check.out(), {{check.node.text("axis"), check.node.integer("count")}, {"obs", kUnknownSize}},
                    "result");
}

void check_rows(Checker& check) {
  check.expect_memory(check.node.integer("memory"), "`memory`");
  check.expect_type(check.out(), {Kind::index, {{"row", kUnknownSize}}}, "result");
}

void check_split(Checker& check) {
  const double fraction = check.node.real("fraction");
  check.expect(fraction > 0 && fraction < 1, "`fraction` must lie between 0 and 1");
  check.expect_kind(check.in(0), Kind::index, "input 0");
  check.expect(check.in(0).axes.size() == 1, "input 0 needs one axis");
  check.expect_type(check.out(0), {Kind::index, {{"train", kUnknownSize}}}, "result 0");
  check.expect_type(check.out(1), {Kind::index, {{"holdout", kUnknownSize}}}, "result 1");
}

void check_gather(Checker& check) {
  check.expect_memory(check.node.integer("memory"), "`memory`");
  check.expect_kind(check.in(0), Kind::index, "input 0");
  check_transitions(check, check.in(0).axes);
}

void check_simulate(Checker& check) {
  const std::vector<Axis>& axes = check.in(0).axes;
  const size_t leading = check.node.has("robots") ? 2 : 1;
  check.expect_kind(check.in(0), Kind::real, "input 0");
  if (!check.expect(axes.size() > leading && axes.back().name == "action", "the last axis of input 0 must be action"))
    return;
  check.expect(axes[0].name == check.node.text("axis"), "the first axis of input 0 must be `axis`");
  if (leading == 2) check.expect(axes[1].name == check.node.text("robots"), "the second must be `robots`");
  const std::vector<std::string>& gives = check.node.texts("gives");
  if (!check.expect(gives.size() == check.node.results.size(), "`gives` names each result")) return;
  static const std::vector<std::string> known = {"reward", "obs", "alive"};
  auto next = known.begin();
  for (size_t i = 0; i < gives.size(); ++i) {
    next = std::find(next, known.end(), gives[i]);
    if (!check.expect(next != known.end(), "`gives` is some of reward, obs, alive, in this order")) return;
    ++next;
    std::vector<Axis> wanted(axes.begin(), axes.end() - 1);
    if (gives[i] == "obs") wanted = with_axis(wanted, "obs");
    check.expect_type(check.out(i), {Kind::real, wanted}, gives[i]);
  }
}

}  // namespace

void check_data(Checker& check) {
  switch (check.node.op) {
    case Op::load:
      return check_load(check);
    case Op::counter:
      return check_counter(check);
    case Op::memory_size:
      check.expect_memory(check.node.integer("memory"), "`memory`");
      check.expect_scalar(check.out(), "result");
      return;
    case Op::sample:
      return check_sample(check);
    case Op::sample_starts:
      return check_starts(check);
    case Op::rows:
      return check_rows(check);
    case Op::split:
      return check_split(check);
    case Op::gather:
      return check_gather(check);
    case Op::simulate:
      return check_simulate(check);
    default:
      return check_effect(check);
  }
}

}  // namespace duet
