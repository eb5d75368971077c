// Rules of the operations that change something.
#include <algorithm>

#include "compiler/graph/checker.h"
#include "compiler/graph/text.h"

namespace duet {

namespace {

const Type& state_type(const Checker& check, int64_t id) {
  return check.program.states[static_cast<size_t>(id)].type;
}

void check_assign(Checker& check) {
  const int64_t state = check.node.integer("state");
  if (check.expect_state(state, "`state`")) check.expect_type(check.in(0), state_type(check, state), "input 0");
}

/// Slow states that follow those of `key`.
void check_slow(Checker& check, const std::string& key, const std::string& rate_key) {
  const std::vector<int64_t>&slow = check.node.integers("slow"), &fast = check.node.integers(key);
  const double rate = check.node.real(rate_key);
  check.expect(rate >= 0 && rate <= 1, "`" + rate_key + "` must lie in [0, 1]");
  if (!check.expect(slow.size() == fast.size(), "needs one of `" + key + "` for each of `slow`")) return;
  for (size_t i = 0; i < slow.size(); ++i)
    if (check.expect_state(slow[i], "`slow`") && check.expect_state(fast[i], "`" + key + "`"))
      check.expect_type(state_type(check, slow[i]), state_type(check, fast[i]), "the slow state");
}

/// Every moment has the type of its parameter. Plain gradient descent may do without moments.
void check_moments(Checker& check, const std::string& key) {
  const std::vector<int64_t>&parameters = check.node.integers("parameters"), &moments = check.node.integers(key);
  if (moments.empty() && check.node.text("optimizer") == "sgd") return;
  if (!check.expect(moments.size() == parameters.size(), "needs one of `" + key + "` for each parameter")) return;
  for (size_t i = 0; i < moments.size(); ++i)
    if (check.expect_state(moments[i], "`" + key + "`") && check.expect_state(parameters[i], "`parameters`"))
      check.expect_type(state_type(check, moments[i]), state_type(check, parameters[i]), "a state of `" + key + "`");
}

/// The states and numbers of an optimizer, and the learning rate.
void check_optimizer(Checker& check) {
  const std::string& optimizer = check.node.text("optimizer");
  check.expect(optimizer == "adam" || optimizer == "sgd", "there is no optimizer " + quoted(optimizer));
  const std::vector<int64_t>& parameters = check.node.integers("parameters");
  check.expect(!parameters.empty(), "`parameters` is empty");
  for (const int64_t parameter : parameters) check.expect_state(parameter, "`parameters`");
  check.expect(check.node.reals("decay").size() == parameters.size(), "needs one of `decay` for each parameter");
  check_moments(check, "first_moments");
  check_moments(check, "second_moments");
  const int64_t steps = check.node.integer("steps");
  if (check.expect_state(steps, "`steps`")) check.expect_scalar(state_type(check, steps), "the state of `steps`");
  check.expect_scalar(check.in(0), "the learning rate");
}

void check_descend(Checker& check) {
  check_optimizer(check);
  if (check.expect(check.node.has("slow") == check.node.has("slow_rate"), "`slow` and `slow_rate` go together") &&
      check.node.has("slow"))
    check_slow(check, "parameters", "slow_rate");
  const std::vector<int64_t>& parameters = check.node.integers("parameters");
  check.expect_scalar(check.in(1), "the loss");
  if (!check.expect(check.node.inputs.size() == 2 + parameters.size(), "needs one gradient for each parameter")) return;
  for (size_t i = 0; i < parameters.size(); ++i)
    if (check.expect_state(parameters[i], "`parameters`"))
      check.expect_type(check.in(2 + i), state_type(check, parameters[i]), "input " + std::to_string(2 + i));
}

void check_minimize(Checker& check) {
  check_optimizer(check);
  if (!check.expect_block(0, 0, check.node.results.size())) return;
  check.expect_scalar(check.result(0), "the loss");
  for (size_t i = 0; i < check.node.results.size(); ++i)
    check.expect_type(check.out(i), check.result(i), "result " + std::to_string(i));
}

void check_store(Checker& check) {
  check.expect_memory(check.node.integer("memory"), "`memory`");
  // The features of an observation and of an action are not axes of transitions.
  const char* const features[] = {"obs", "action", "", "obs", "", ""};
  std::optional<std::vector<Axis>> outer = std::vector<Axis>();
  for (size_t i = 0; outer && i < check.node.inputs.size(); ++i) {
    const std::string feature = features[i];
    if (!feature.empty()) check.expect_axis(check.in(i), feature, "input " + std::to_string(i));
    outer = check.merge(*outer, check.in(i).without(feature).axes);
  }
  if (check.in(0).has("obs") && check.in(3).has("obs"))
    check.expect(sizes_agree(check.in(0).size_of("obs"), check.in(3).size_of("obs")), "axis obs has two sizes");
}

void check_chunks(Checker& check) {
  const std::string& name = check.node.text("axis");
  check.expect(check.node.integer("size") >= 1, "`size` must be at least 1");
  if (!check.expect_block(0, 1, 0) || !check.expect_axis(check.in(0), name, "input 0")) return;
  Type piece = check.in(0);  // the pieces may differ in size: the last can be smaller
  piece.axes[static_cast<size_t>(piece.find(name))].size = kUnknownSize;
  check.expect_type(check.parameter(0), piece, "parameter 0");
}

void check_each_batch(Checker& check) {
  check.expect_memory(check.node.integer("memory"), "`memory`");
  check.expect(check.node.integer("count") >= 1, "`count` must be at least 1");
  check.expect_kind(check.in(0), Kind::index, "input 0");
  check.expect(check.in(0).axes.size() == 1, "input 0 needs one axis");
  if (!check.expect(check.node.has("axis") == check.node.has("members"), "`axis` and `members` go together")) return;
  if (!check.expect_block(0, 5, 0)) return;
  std::vector<Axis> outer;
  if (check.node.has("axis")) outer.push_back({check.node.text("axis"), check.node.integer("members")});
  outer.push_back({"batch", kUnknownSize});
  const char* const features[] = {"obs", "action", "", "obs", ""};
  for (size_t i = 0; i < 5; ++i) {
    std::vector<Axis> axes = outer;
    if (*features[i]) axes.push_back({features[i], kUnknownSize});
    check.expect_axes(check.parameter(i), axes, "parameter " + std::to_string(i));
  }
}

void check_until(Checker& check) {
  check.expect(check.node.integer("patience") >= 0, "`patience` must not be negative");
  check.expect(check.node.real("threshold") >= 0, "`threshold` must not be negative");
  check.expect_block(0, 0, 1);
}

/// The blocks `begin` and `act` of interact and evaluate; `outer` axes come first.
void check_actor(Checker& check, std::vector<Axis> outer) {
  check.expect_block(0, 0, 0);
  if (!check.expect_block(1, 1, 1)) return;
  outer.push_back({"obs", kUnknownSize});
  check.expect_type(check.parameter(0, 1), {Kind::real, outer}, "the observation");
  outer.back().name = "action";
  check.expect_type(check.result(0, 1), {Kind::real, outer}, "the action");
}

void check_evaluate(Checker& check) {
  const int64_t episodes = check.node.integer("episodes");
  check.expect(episodes >= 1, "`episodes` must be at least 1");
  check_actor(check, {{"episode", episodes}});
}

/// Whole episodes, one for each element of the leading axes of the observation.
void check_play(Checker& check) {
  const Block& act = check.node.blocks[0];
  if (!check.expect_block(0, 1, check.node.results.size() - 1)) return;
  std::vector<Axis> axes = check.parameter(0).axes;
  if (!check.expect(!axes.empty() && axes.back().name == "obs", "the observation needs `obs` as its last axis")) return;
  axes.back() = {"action", kUnknownSize};
  check.expect_type(check.result(0), {Kind::real, axes}, "the action");
  axes.pop_back();
  for (size_t i = 0; i < 2; ++i) check.expect_type(check.out(i), {Kind::real, axes}, "result " + std::to_string(i));
  for (size_t i = 1; i < act.results.size(); ++i) {
    const Type& summed = check.result(i);
    const bool first = summed.axes.size() >= axes.size() &&
                       same_axes({summed.axes.begin(), summed.axes.begin() + static_cast<long>(axes.size())}, axes);
    check.expect(first, "what is summed has the axes of the episodes first");
    check.expect_type(check.out(i + 1), {Kind::real, summed.axes}, "result " + std::to_string(i + 1));
  }
}

}  // namespace

void check_effect(Checker& check) {
  switch (check.node.op) {
    case Op::assign:
      return check_assign(check);
    case Op::track:
      return check_slow(check, "fast", "rate");
    case Op::minimize:
      return check_minimize(check);
    case Op::descend:
      return check_descend(check);
    case Op::store:
      return check_store(check);
    case Op::log_metric:
      check.expect_scalar(check.in(0), "input 0");
      return;
    case Op::repeat:
      check.expect_scalar(check.in(0), "input 0");
      check.expect_block(0, 0, 0);
      return;
    case Op::loop:
      check.expect_block(0, 0, 0);
      return;
    case Op::every:
      check.expect(check.node.integer("steps") >= 1, "`steps` must be at least 1");
      check.expect_block(0, 0, 0);
      return;
    case Op::chunks:
      return check_chunks(check);
    case Op::each_batch:
      return check_each_batch(check);
    case Op::until:
      return check_until(check);
    case Op::interact:
      check.expect_memory(check.node.integer("memory"), "`memory`");
      return check_actor(check, {});
    case Op::play:
      return check_play(check);
    case Op::evaluate:
      return check_evaluate(check);
    default:
      check.fail("has no rule");
  }
}

}  // namespace duet
