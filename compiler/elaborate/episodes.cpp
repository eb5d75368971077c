#include <algorithm>

#include "compiler/elaborate/elaborator.h"

/// `play(f)`: whole episodes of the robot with the policy f, one for each element of the axes that f carries along.
namespace duet {

namespace {

/// Has another value while it lives.
class Lifted {
 public:
  Lifted(std::vector<Axis>& axes, std::vector<Axis> value) : axes_(axes), before_(std::move(axes)) {
    axes = std::move(value);
  }
  ~Lifted() { axes_ = std::move(before_); }
  Lifted(const Lifted&) = delete;

 private:
  std::vector<Axis>& axes_;
  std::vector<Axis> before_;
};

}  // namespace

Block Elaborator::play_block(const Function& policy, const std::vector<Axis>& episodes, Span span) {
  OpenBlock open(builder_);
  const Lifted lifted(lifted_, episodes);
  std::vector<Axis> obs = episodes;
  obs.push_back({"obs", program_.robot.obs});
  const ValueId state = builder_.parameter({Kind::real, obs}, "obs");
  Thing given = call_function(policy, {{{Tensor{state}, span}}, {}, {}}, span);
  std::vector<Thing> values{given};
  if (const auto* tuple = std::get_if<std::shared_ptr<const Tuple>>(&given)) values = (*tuple)->items;
  if (values.empty()) fail(error("E0423", span, "`play` takes a function that gives an action"));
  const Axis action{"action", program_.robot.action};
  if (const auto* d = std::get_if<std::shared_ptr<const Distribution>>(&values[0]))
    values[0] = Tensor{draw(**d, {action}, span)};
  values[0] = Tensor{as_vector(tensor(values[0], span), action, span, "an action")};
  for (size_t i = 0; i < values.size(); ++i) {
    // The axes of the episodes come first, whether the value differs from one to the other or not.
    const ValueId id = tensor(values[i], span);
    std::vector<Axis> own = episodes;
    for (const Axis& axis : builder_.type(id).axes)
      if (std::none_of(own.begin(), own.end(), [&](const Axis& a) { return a.name == axis.name; })) own.push_back(axis);
    if (i == 0) std::stable_partition(own.begin(), own.end(), [](const Axis& a) { return a.name != "action"; });
    builder_.block().results.push_back(builder_.expand(id, own, span));
  }
  return open.close();
}

Thing Elaborator::play(const CallArguments& args, Span span) {
  need_arguments(args, 1, "`play`", span);
  const Span at = args.positional[0].span;
  const auto* function = std::get_if<std::shared_ptr<const Function>>(&args.positional[0].thing);
  if (!function || (*function)->planner || (*function)->parameters->size() != 1)
    fail(error("E0423", at, "`play` takes a function of the observation, found " + kind_name(args.positional[0].thing))
             .help("for example `play(s -> dot[obs](M, s))`"));
  if (robot_frame_ || planning_)
    fail(error("E0458", span, "episodes are played in a learner's or an algorithm's statements only"));
  need_whole_episodes(span);

  // Tried for one episode first: the axes that its action carries along are those of the episodes.
  const Block trial = play_block(**function, {}, at);
  const std::vector<Axis> episodes = builder_.type(trial.results[0]).without("action").axes;
  std::vector<Block> blocks;
  blocks.push_back(play_block(**function, episodes, at));
  std::vector<Type> types(2, {Kind::real, episodes});
  for (size_t i = 1; i < blocks[0].results.size(); ++i)
    types.push_back({Kind::real, builder_.type(blocks[0].results[i]).axes});
  ++draws_;
  const auto ids = builder_.emit(Op::play, {}, types, span, {{"site", static_cast<int64_t>(builder_.next_site())}},
                                 std::move(blocks));
  auto result = std::make_shared<Tuple>();
  for (const ValueId id : ids) result->items.push_back(Tensor{id});
  return std::shared_ptr<const Tuple>(result);
}

}  // namespace duet
