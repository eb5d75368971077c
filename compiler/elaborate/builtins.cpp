#include <algorithm>

#include "compiler/elaborate/elaborator.h"

namespace duet {

const std::vector<BuiltinInfo>& builtin_functions() {
  static const std::vector<BuiltinInfo> table = {
      {"min", "min(a, b), min[axis](x)", "the smaller of two values, or the least element along axes"},
      {"max", "max(a, b), max[axis](x)", "the larger of two values, or the largest element along axes"},
      {"quantile", "quantile[axis](x, q)",
       "the value below which the share q of the elements along the axis lies, with a straight line between "
       "neighbours"},
      {"top_k", "top_k[axis](x, count, axis = \"best\")",
       "indices of the `count` largest elements along the axis, the largest first, of equal ones the first; they lie "
       "along a new axis, which `axis` names: x[candidate: top_k[candidate](x, 10)]"},
      {"bottom_k", "bottom_k[axis](x, count, axis = \"best\")",
       "like top_k for the smallest elements, the smallest first"},
      {"cumsum", "cumsum[axis](x)", "running sum along the axis, which stays"},
      {"standardize", "standardize[axis](x)",
       "x less its average along the axis, divided by sqrt(variance + 1e-5); over the units of a layer this is layer "
       "normalisation without gains"},
      {"clip", "clip(x, low, high)", "x moved into low..high"},
      {"size", "size(axis), size(network)", "the number of elements of an axis, or of parameters of a network"},
      {"perturbed", "perturbed(agent, net = z)",
       "a learner or model whose network has z added to its parameters; z lies along the axis `parameter`"},
      {"dot", "dot[axis](a, b)", "sum of the products along the axes"},
      {"norm2", "norm2(x)", "sum of the squares of a vector's components"},
      {"atan2", "atan2(y, x)", "the angle of the point (x, y), from -pi to pi"},
      {"flatten", "flatten[a, b](x)", "the elements along the axes, row by row in that order, as an unnamed vector"},
      {"unflatten", "unflatten[a: 2, b: 3](x)", "the components of a vector, dealt out row by row along new axes"},
      {"spline", "spline[a, b](x, order = \"cubic\")",
       "values along the axis a become values along b, the first and the last staying so; between them a spline "
       "through "
       "the values: \"zero\" holds each, \"linear\" joins them, \"cubic\" is smooth (Catmull-Rom)"},
      {"append", "append[axis](a, b)",
       "a followed by b along the axis; b may lack the axis and then counts as one element"},
      {"gradient", "gradient[m](J)",
       "the derivative of J with respect to each element of m; J may have been computed of m before. Axes that both "
       "have "
       "(starts, candidates) are mapped over"},
      {"log_prob", "log_prob(d, x)", "log-density of the gaussian d at x, summed over the vector axis"},
      {"nll", "nll(d, x)", "minus log_prob(d, x)"},
      {"mode", "mode(d)", "the most likely value of a distribution (after squashing, if it squashes)"},
      {"mean", "mean(d), mean[axis](x)", "the mean of a gaussian, or the average over axes"},
      {"variance", "variance(d)", "the variance of each component of a gaussian"},
      {"log_variance", "log_variance(d)",
       "the logarithm of variance(d), computed without taking a logarithm where a network gives it"},
      {"gaussian", "gaussian(mean, variance), gaussian(mlp(...))",
       "normal distribution; of a network: its outputs are mean and log-variance, bounded softly by low_log_var and "
       "high_log_var"},
      {"normal", "normal(), normal(mean, deviation)", "normal distribution"},
      {"uniform", "uniform(low, high), uniform(action)", "uniform distribution; over the robot's range of actions"},
      {"truncated", "truncated(mean, variance, cut)",
       "normal distribution conditioned on lying within `cut` deviations of its mean"},
      {"squashed_gaussian", "squashed_gaussian(mlp(...))",
       "gaussian, squashed by tanh into the robot's range of actions"},
      {"coloured", "coloured[axis](mean, variance, beta)",
       "normal distribution whose elements hang together along the axis: the power of its noise falls with the "
       "frequency to the power beta; 0 is white, 1 pink, 2 red"},
      {"categorical", "categorical[axis](w)", "index along the axis, drawn in proportion to the weights w"},
      {"pick", "pick(x)", "one element of a vector of indices, all equally likely"},
      {"mlp", "mlp([sizes], activation, start = \"uniform\", norm = \"none\", dropout = 0)",
       "layers of linear maps with an activation between; start \"truncated\": weights from a normal cut at 2 "
       "deviations; norm \"layer\": layer normalisation before each activation; dropout: the chance of a hidden unit "
       "to be dropped in each draw of the output"},
      {"adam", "adam(rate, decay = [...], beta1, beta2, epsilon)",
       "Adam; decay adds an L2 factor per layer to the gradient"},
      {"sgd", "sgd(rate)", "gradient descent"},
      {"ramp", "ramp(x, a..b, low..high)", "low while x <= a, high when x >= b, a straight line between"},
      {"mix", "mix(memory: share, ..., batch = 256)",
       "a batch with the given shares of each memory; an empty memory leaves its share to the others"},
      {"play", "play(f)",
       "whole episodes with the policy f, one for each element of the axes that its actions carry along: (return, "
       "length, sums over the steps of what else f gives)"},
      {"pi", "pi", "3.14159..."},
      {"low", "low", "the lower limits of the action"},
      {"high", "high", "the upper limits of the action"},
      {"f32", "f32", "float32, in which everything is computed unless a planner says otherwise: `precision f32`"},
      {"bf16", "bf16", "bfloat16, with 8 bits of mantissa, for the products of a planner: `precision bf16`"},
      {"step", "step", "environment steps taken so far"},
      {"epoch", "epoch", "thousands of environment steps, rounded down"},
  };
  return table;
}

const BuiltinInfo& first_of_axis() {
  static const BuiltinInfo info = {
      "first", "var k[k: n] = first(axis)",
      "a variable of a learner or model that begins as the indices 0, 1, 2 ... of the axis; "
      "`first` stands nowhere else"};
  return info;
}

bool is_builtin(const std::string& name) {
  for (const BuiltinInfo& builtin : builtin_functions())
    if (builtin.name == name) return true;
  const auto op = find_op(name);
  return op && info(*op).in_script;
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const BuiltinInfo& builtin : builtin_functions()) names.emplace_back(builtin.name);
  for (const OpInfo& op : all_ops())
    if (op.in_script) names.emplace_back(op.name);
  return names;
}

}  // namespace duet
