#include "tests/docs/templates.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/docs/examples.h"

namespace duet::test {

namespace {

const std::string kLibrary = "use std.sac\nuse std.ensemble\nuse std.utilities\nuse std.mirrors\nuse std.shifts\n\n";

const std::string kPlannerParameters =
    "(robot, world, agent; H = 3, N = 8, rho = 0.25, lambda = 1.0, sigma = 0.5, gamma = 0.99, gain = 1.0, rounds = 2)";

bool has_line(const std::string& text, const std::string& start) {
  for (const std::string& line : lines_of(text))
    if (line.rfind(start, 0) == 0) return true;
  return false;
}

/// The clauses in the order in which a planner gives them, with what is added where a fragment has none.
const std::vector<std::pair<std::string, std::string>>& planner_clauses() {
  static const std::vector<std::pair<std::string, std::string>> clauses = {
      {"theta", "theta m[H, action], v[H, action]"},
      {"start", ""},
      {"shift", "shift m = receding(m), v = sigma^2"},
      {"let", ""},
      {"repeat", ""},
      {"precision", ""},
      {"draw", "draw u[candidate: N, H, action] ~ gaussian(m, v) within action"},
      {"rollout", "rollout x = state; each H: (r, x) ~ world.step(x, u)"},
      {"score", "score J = mean[member](sum[H](r))"},
      {"weigh", "weigh w = elite(J, rho)"},
      {"mirror", "mirror kl(m, v; u, w)"},
      {"keep", ""},
      {"act", "act m[H: 0]"},
      {"explore", ""},
      {"record", ""}};
  return clauses;
}

size_t rank_of(const std::string& line) {
  const auto& clauses = planner_clauses();
  for (size_t i = 0; i < clauses.size(); ++i)
    if (line.rfind(clauses[i].first + " ", 0) == 0) return i;
  return clauses.size();
}

std::string complete_planner(const std::string& fragment) {
  const auto& clauses = planner_clauses();
  std::string text;
  size_t next = 0;  // the clauses before this one are written
  const auto add_missing = [&](size_t upto) {
    for (; next < upto; ++next)
      if (!clauses[next].second.empty() && !has_line(fragment, clauses[next].first + " "))
        text += clauses[next].second + "\n";
  };
  for (const std::string& line : lines_of(fragment)) {
    const size_t rank = rank_of(line);
    if (rank < clauses.size() && rank >= next) add_missing(rank);
    text += line + "\n";
  }
  add_missing(clauses.size());
  return text;
}

/// An algorithm that makes everything a fragment may name; `uses` stands in its loop.
std::string algorithm_around(const std::string& uses, const std::string& model = "ensemble(members = 3, elites = 2)",
                             const std::string& learner = "sac()", const std::string& planner = "") {
  return "\nalgorithm around(robot) {\n  memory real(1000), imagined(1000)\n  model world = " + model +
         "\n  learner agent = " + learner + "\n" + planner + "  loop {\n" + uses + "\n  }\n}\n";
}

std::string around_planner(const std::string& fragment) {
  std::string uses = "    interact with plan.act into real\n";
  if (has_line(fragment, "explore ")) uses += "    interact with plan.explore into real\n";
  if (has_line(fragment, "record ")) uses += "    record plan from 4 starts in real into imagined\n";
  return kLibrary + "planner fragment" + kPlannerParameters + " {\n" + complete_planner(fragment) + "}\n" +
         algorithm_around(uses, "ensemble(members = 3, elites = 2)", "sac()",
                          "  planner plan = fragment(robot, world, agent)\n");
}

std::string around_learner(const std::string& fragment) {
  std::string uses;
  if (has_line(fragment, "update(")) uses += "    update agent on mix(real, batch = 16)\n";
  for (const char* actor : {"act", "explore"})
    if (has_line(fragment, std::string(actor) + "("))
      uses += std::string("    interact with agent.") + actor + " into real\n";
  return kLibrary + "learner fragment(hidden = [8], lr = 1e-3) {\n" + fragment + "}\n" +
         algorithm_around(uses, "ensemble()", "fragment()");
}

std::string around_update(const std::string& fragment) {
  return around_learner(
      "net pi(obs) -> action = policy(hidden)\nnet q[twin: 2](obs, action) -> real = critic(hidden)\n"
      "slow q_slow = q at 0.995\nvar log_alpha = 0.0\nupdate(b) {\n" +
      fragment + "}\n");
}

std::string around_model(const std::string& fragment) {
  std::string text =
      kLibrary + "model fragment(members = 3, elites = 2, hidden = [8], lr = 1e-3) {\n" + fragment + "}\n\n";
  std::string uses = has_line(fragment, "fit(") ? "    fit world on real\n" : "", planner;
  if (has_line(fragment, "step(")) {
    text += "planner plan_with" + kPlannerParameters + " {\n" +
            complete_planner("score J = mean[member](sum[H](r))\n") + "}\n";
    planner = "  planner plan = plan_with(robot, world, agent)\n";
    uses += "    interact with plan.act into real\n";
  }
  return text + algorithm_around(uses, "fragment()", "sac()", planner);
}

std::string around_statements(const std::string& fragment) {
  const std::string record = "record x = state; each H: (r, x') ~ world[0].step(x, m), store (x, m, r, x', 1)\n";
  return kLibrary + "planner plan_with" + kPlannerParameters + " {\n" + complete_planner(record) + "}\n" +
         algorithm_around(fragment, "ensemble(members = 3, elites = 2)", "sac()",
                          "  planner plan = plan_with(robot, world, agent)\n");
}

std::string around_robot(const std::string& fragment) {
  std::string text = "robot fragment {\n";
  if (!has_line(fragment, "mjcf ")) text += "mjcf \"hopper.xml\"\n";
  if (!has_line(fragment, "observe ")) text += "observe [qpos[1..], qvel]\n";
  if (!has_line(fragment, "reward ")) text += "reward 1.0\n";
  return text + fragment + "}\n";
}

}  // namespace

std::string whole_script(const std::string& kind, const std::string& fragment) {
  if (kind == "planner") return around_planner(fragment);
  if (kind == "statements") return around_statements(fragment);
  if (kind == "learner") return around_learner(fragment);
  if (kind == "update") return around_update(fragment);
  if (kind == "model") return around_model(fragment);
  if (kind == "robot") return around_robot(fragment);
  if (kind == "functions") return kLibrary + fragment;
  throw std::invalid_argument("no template for a fragment of kind " + kind);
}

}  // namespace duet::test
