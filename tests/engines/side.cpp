#include "tests/engines/side.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "compiler/graph/print.h"
#include "runtime/core/atomic_file.h"
#include "runtime/plan/plan.h"
#include "runtime/sim/model.h"

namespace duet::test {

namespace {

constexpr int64_t kOpenSize = 9;  // of a parameter's axis whose size the program leaves open

/// Small numbers for the parameters of a block.
std::vector<TensorData> inputs_of(const Program& program, const Block& block) {
  std::vector<TensorData> inputs;
  for (const ValueId id : block.parameters) {
    TensorData x{program.type(id), {}};
    for (Axis& axis : x.type.axes)
      if (axis.size == kUnknownSize) axis.size = kOpenSize;
    for (int64_t i = 0; i < x.type.elements(); ++i)
      x.data.push_back(static_cast<float>(0.3 * std::sin(1.0 + 0.7 * static_cast<double>(i))));
    inputs.push_back(std::move(x));
  }
  return inputs;
}

/// A robot some steps after its start.
std::unique_ptr<Environment> robot_of(const Program& program) {
  auto robot = std::make_unique<Environment>(Model::load(program.robot.mjcf), program, /*seed=*/1, /*site=*/1);
  robot->reset();
  const std::vector<double> action(static_cast<size_t>(program.robot.action), 0.1);
  for (int i = 0; i < 5; ++i) robot->step(action);
  return robot;
}

void expect_close(const Named& got, const Named& wanted, double tolerance) {
  const std::string what = wanted.name + ": " + to_string(wanted.data.type);
  ASSERT_EQ(got.name, wanted.name);
  ASSERT_EQ(to_string(got.data.type), to_string(wanted.data.type)) << what;
  ASSERT_EQ(got.data.data.size(), wanted.data.data.size()) << what;
  double worst = 0, size = 1e-3;
  for (size_t i = 0; i < got.data.data.size(); ++i) {
    const float a = got.data.data[i], b = wanted.data.data[i];
    if (wanted.data.type.kind != Kind::real) {
      ASSERT_EQ(a, b) << what;
    }
    ASSERT_EQ(std::isfinite(a), std::isfinite(b)) << what;
    if (!std::isfinite(a)) continue;
    worst = std::max(worst, std::abs(static_cast<double>(a) - b));
    size = std::max(size, std::abs(static_cast<double>(b)));
  }
  EXPECT_LE(worst, tolerance * size) << what;
}

float largest(const TensorData& x) {
  float most = 0;
  for (const float element : x.data) most = std::max(most, std::abs(element));
  return most;
}

/// The first moment that Adam keeps of a parameter, or null.
const Named* moment_of(const std::string& parameter, const std::vector<Named>& all) {
  const auto found = std::ranges::find_if(all, [&](const Named& other) {
    return other.name.starts_with(parameter + ".adam") && other.name.ends_with(".m");
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

void PrintTo(const Script& script, std::ostream* out) {
  *out << script.file;
}

std::string name_of(const Script& script) {
  return script.file.substr(0, script.file.find('.'));
}

std::vector<std::string> bundled_scripts() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(DUET_ROOT "/algorithms"))
    if (entry.path().extension() == ".duet") names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "duet-engines-XXXXXX").string();
  close(mkstemp(name.data()));
  path_ = name;
}

void save(const Executor& engine, const std::filesystem::path& path) {
  CheckpointWriter writer;
  engine.save(writer);
  AtomicFile file(path);
  writer.write(file);
  file.commit();
}

Side::Side(const Script& script, Engine engine, const std::vector<std::string>& disabled)
    : compiled_(Compiled::text_of(DUET_ROOT "/algorithms/" + script.file), script.robot, script.settings),
      which_(engine),
      robot_(robot_of(compiled_.program)) {
  PipelineOptions options;
  options.disabled = disabled;
  options.verify_options.sizes_known = true;
  run_pipeline(compiled_.program, options, engine == Engine::plan ? plan_pipeline() : pipeline());
  parts_ = parts_of(compiled_.program);
  events_.add(metrics_);
}

void Side::start(int64_t steps) {
  EngineOptions options;
  options.steps = steps;
  options.events = &events_;
  options.robot = robot_.get();
  if (which_ == Engine::plan)
    engine_ = std::make_unique<Plan>(compiled_.program, options);
  else
    engine_ = std::make_unique<Interpreter>(compiled_.program, options);
}

void Side::run(int64_t steps, const std::filesystem::path& saved) {
  start(steps);
  engine_->run();
  save(*engine_, saved);
}

std::vector<Named> Side::outcome(const Part& part, const std::filesystem::path& saved) {
  if (!engine_) start(0);
  engine_->load(CheckpointReader(saved));
  metrics_.all.clear();
  std::vector<Named> all;
  for (TensorData& result : engine_->evaluate(part.block, inputs_of(compiled_.program, part.block)))
    all.push_back({"result", std::move(result)});
  for (const MetricEvent& event : metrics_.all) all.push_back({event.name, {{}, {static_cast<float>(event.value)}}});
  for (size_t i = 0; i < compiled_.program.states.size(); ++i)
    all.push_back(
        {compiled_.program.states[i].name, engine_->evaluate(compiled_.getter(static_cast<int64_t>(i))).at(0)});
  for (const MemoryInfo& memory : compiled_.program.memories)
    for (TensorData& x : engine_->evaluate(compiled_.contents(memory.name))) all.push_back({memory.name, std::move(x)});
  return all;
}

std::string Side::text_of(const Part& part) const {
  return print_block(compiled_.program, part.block);
}

void leave_out_chance(std::vector<Named>& got, const std::vector<Named>& wanted) {
  constexpr float kLeast = 1e-2f;  // of the largest
  for (size_t i = 0; i < wanted.size(); ++i) {
    const Named* moment = moment_of(wanted[i].name, wanted);
    if (!moment) continue;
    const float least = kLeast * largest(moment->data);
    size_t left = 0;
    for (size_t k = 0; k < wanted[i].data.data.size(); ++k) {
      if (std::abs(moment->data.data[k]) > least)
        ++left;
      else
        got[i].data.data[k] = wanted[i].data.data[k];
    }
    EXPECT_GT(left, wanted[i].data.data.size() / 8) << wanted[i].name;
  }
}

void expect_close(const std::vector<Named>& got, const std::vector<Named>& wanted, double tolerance) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) expect_close(got[i], wanted[i], tolerance);
}

}  // namespace duet::test
