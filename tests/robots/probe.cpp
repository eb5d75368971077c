#include "tests/robots/probe.h"

namespace duet::test {
namespace {

std::string script(const std::string& expression, int inputs, int outputs) {
  return "use std.legs\nuse std.rotations\nrobot probe extends inverted_pendulum {\n  action[" +
         std::to_string(inputs) + "] within -100..100\n  control [0]\n  var value[_: " + std::to_string(outputs) +
         "] = 0 then " + expression +
         "\n  observe value\n  reward 0\n  done false\n  fallen(obs, action, obs') = 0\n}\n";
}

}  // namespace

Probe::Probe(const std::string& expression, int inputs, int outputs)
    : robot_("probe", script(expression, inputs, outputs)), environment_(robot_.environment()) {
  environment_.reset();
}

std::vector<double> Probe::operator()(const std::vector<double>& action) {
  environment_.step(action);
  const auto value = environment_.observation();
  return {value.begin(), value.end()};
}

double Draw::operator()(double low, double high) {
  // Lehmer's generator with the multiplier of minstd_rand.
  state_ = state_ * 48271 % 2147483647;
  return low + (high - low) * static_cast<double>(state_) / 2147483647.0;
}

}  // namespace duet::test
