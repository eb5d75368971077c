#include "tests/robots/robot_under_test.h"

#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>

#include "compiler/base/render.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/graph/verify.h"
#include "compiler/sema/robot_script.h"
#include "compiler/syntax/parser.h"

namespace duet::test {

RobotUnderTest::RobotUnderTest(const std::string& name, const std::string& text,
                               const std::vector<std::pair<std::string, std::string>>& settings) {
  library_ = std::make_unique<Library>(sources_, SearchPaths{DUET_ROOT "/algorithms", DUET_ROOT "/robots"});
  const auto require = [&](bool fine) {
    if (fine && !diagnostics_.has_errors()) return;
    throw std::runtime_error(render_text(diagnostics_, sources_));
  };
  // As if the text were a file beside the bundled robots.
  if (!text.empty())
    library_->adopt(parse(sources_, sources_.add(DUET_ROOT "/robots/" + name + "_in_a_test.duet", text), diagnostics_),
                    false, diagnostics_);
  require(true);
  const ast::Item* item = text.empty() ? library_->robot(name, diagnostics_) : library_->find(name);
  require(item != nullptr);
  const std::string mjcf =
      duet::model_path(robot_script(std::get<ast::Robot>(item->as), *library_, diagnostics_), sources_);
  require(true);
  model_ = Model::load(mjcf);
  std::deque<ReplEntry> parsed;
  std::vector<SettingText> given;
  for (const auto& [key, value] : settings) {
    parsed.push_back(parse_entry(sources_, sources_.add("setting", value), diagnostics_));
    given.push_back({key, parsed.back().expression.get()});
  }
  program_ = elaborate_robot(sources_, *library_, {item, model_->facts(), mjcf}, given, diagnostics_).program;
  require(true);
  EXPECT_EQ(verify(program_, {.sizes_known = true}), std::vector<std::string>{});
}

}  // namespace duet::test
