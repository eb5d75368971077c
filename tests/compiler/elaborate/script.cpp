#include "tests/compiler/elaborate/script.h"

#include <algorithm>
#include <cmath>

#include "compiler/base/render.h"
#include "compiler/sema/robot_script.h"
#include "runtime/sim/model.h"

namespace duet::test {

RobotChoice choose_robot(const SourceMap& sources, Library& library, const std::string& name,
                         Diagnostics& diagnostics) {
  const ast::Item* item = library.robot(name, diagnostics);
  if (!item) return {};
  const std::string mjcf = model_path(robot_script(std::get<ast::Robot>(item->as), library, diagnostics), sources);
  return {item, Model::load(mjcf)->facts(), mjcf};
}

Script::Script(const std::string& robot, uint64_t seed) : seed_(seed) {
  library_ = std::make_unique<Library>(sources_, SearchPaths{DUET_ROOT "/algorithms", DUET_ROOT "/robots"});
  interactive_ = std::make_unique<Interactive>(sources_, *library_, diagnostics_);
  if (!robot.empty()) interactive_->choose_robot(choose_robot(sources_, *library_, robot, diagnostics_));
  EXPECT_FALSE(diagnostics_.has_errors()) << report();
}

std::string Script::report() {
  std::string text = render_text(diagnostics_, sources_);
  diagnostics_.clear();
  return text;
}

Interpreter& Script::engine() {
  if (!engine_) {
    EngineOptions options;
    options.seed = seed_;
    engine_ = std::make_unique<Interpreter>(program(), std::move(options));
  }
  return *engine_;
}

ReplEntry* Script::parse(const std::string& text) {
  const uint32_t source = sources_.add("entry " + std::to_string(entries_.size() + 1), text);
  entries_.push_back(std::make_unique<ReplEntry>(parse_entry(sources_, source, diagnostics_)));
  return diagnostics_.has_errors() ? nullptr : entries_.back().get();
}

bool Script::define(ReplEntry& entry) {
  if (entry.uses.empty() && entry.items.empty()) return true;
  ast::File file;
  file.uses = std::move(entry.uses);
  file.items = std::move(entry.items);
  const ast::File* adopted = library_->adopt(std::move(file), true, diagnostics_);
  if (!diagnostics_.has_errors()) check_file(sources_, *library_, *adopted, diagnostics_);
  return !diagnostics_.has_errors();
}

std::optional<Piece> Script::piece(const std::string& text) {
  ReplEntry* entry = parse(text);
  if (!entry || !define(*entry)) return std::nullopt;
  return entry->expression ? interactive_->expression(*entry->expression) : interactive_->entry(*entry);
}

void Script::enter(const std::string& text) {
  const std::optional<Piece> made = piece(text);
  if (!made) {
    ADD_FAILURE() << report();
    return;
  }
  engine().evaluate(made->block);
  interactive_->commit();
}

std::vector<std::string> Script::errors(const std::string& text) {
  piece(text);
  interactive_->discard();
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : diagnostics_.all()) codes.push_back(diagnostic.code);
  diagnostics_.clear();
  return codes;
}

TensorData Script::value(const std::string& text) {
  const std::optional<Piece> made = piece(text);
  if (!made) {
    ADD_FAILURE() << text << "\n" << report();
    return {};
  }
  const auto results = engine().evaluate(made->block);
  interactive_->commit();
  if (made->shown.size() == 1 && made->shown[0].number) return {{}, {static_cast<float>(*made->shown[0].number)}};
  if (made->shown.size() != 1 || made->shown[0].result < 0) {
    ADD_FAILURE() << text << " gives no single tensor";
    return {};
  }
  return results.at(static_cast<size_t>(made->shown[0].result));
}

double Script::number(const std::string& text) {
  const TensorData data = value(text);
  if (data.data.size() != 1) {
    ADD_FAILURE() << text << " gives " << data.data.size() << " elements";
    return std::nan("");
  }
  return data.data[0];
}

void Script::set(const std::string& name, std::vector<Axis> axes, std::vector<float> data) {
  const TensorData input{{Kind::real, std::move(axes)}, std::move(data)};
  engine().evaluate(interactive_->holder(name, input.type), {&input, 1});
}

std::vector<float> Script::act(const std::string& text, const std::vector<float>& obs) {
  ReplEntry* entry = parse(text);
  const std::optional<ActorPiece> actor = entry ? interactive_->actor(*entry->expression) : std::nullopt;
  if (!actor) {
    ADD_FAILURE() << report();
    return {};
  }
  interactive_->discard();
  engine().evaluate(actor->begin);
  const TensorData input{{Kind::real, {{"obs", static_cast<int64_t>(obs.size())}}}, obs};
  return engine().evaluate(actor->act, {&input, 1}).at(0).data;
}

void expect_near(const std::vector<float>& ours, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(ours.size(), expected.size());
  for (size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << "element " << i;
}

}  // namespace duet::test
