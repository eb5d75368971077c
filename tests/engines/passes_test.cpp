// Every pass can be left out, and the plan means the same: it only does more work.
#include <gtest/gtest.h>

#include "compiler/passes/differentiate.h"
#include "runtime/core/error.h"
#include "tests/engines/side.h"

namespace duet::test {
namespace {

// Small, but for layers that are worth cutting into tiles.
const std::vector<Script> kScripts = {
    {"m_demorl.duet",
     {{"warm_up", "248"},
      {"starts", "10"},
      {"world.patience", "1"},
      {"world.hidden", "[64, 64]"},
      {"world.decay", "[1e-5, 2e-5, 3e-5]"},
      {"agent.hidden", "[64, 64]"},
      {"plan.N", "30"}}},
    {"m_demorl_online.duet",
     {{"update_after", "248"},
      {"world.patience", "1"},
      {"world.hidden", "[64, 64]"},
      {"world.decay", "[1e-5, 2e-5, 3e-5]"},
      {"agent.hidden", "[64, 64]"},
      {"plan.N", "30"},
      {"plan.iterations", "2"}}},
    {"sac.duet", {{"warm_up", "300"}}},
};

/// A script as the interpreter understands it.
struct Reference {
  explicit Reference(const Script& given) : script(given), side(script, Side::Engine::interpreter) {
    side.run(303, saved.path());
    for (const Part& part : side.parts()) outcomes.push_back(side.outcome(part, saved.path()));
  }

  Script script;
  Side side;
  Scratch saved;
  std::vector<std::vector<Named>> outcomes;  // by part
};

class Passes : public testing::TestWithParam<Script> {};

bool has_gradients(const std::string& part) {
  return part.starts_with("updating") || part.starts_with("fitting");
}

void expect_refused(Side& plan, const Part& part, const Scratch& saved) {
  try {
    plan.outcome(part, saved.path());
    ADD_FAILURE() << "a loss that nobody differentiated should be refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0609");
  }
}

TEST_P(Passes, CanBeLeftOut) {
  Reference reference(GetParam());
  for (const std::string& name : pass_names()) {
    SCOPED_TRACE("without " + name);
    Side plan(reference.script, Side::Engine::plan, {name});
    ASSERT_EQ(plan.parts().size(), reference.outcomes.size());
    for (size_t i = 0; i < plan.parts().size(); ++i) {
      const Part& part = plan.parts()[i];
      SCOPED_TRACE(part.name);
      if (name == kDifferentiate.name && has_gradients(part.name)) {
        expect_refused(plan, part, reference.saved);
        continue;
      }
      auto got = plan.outcome(part, reference.saved.path());
      if (part.name.starts_with("fitting")) leave_out_chance(got, reference.outcomes[i]);
      expect_close(got, reference.outcomes[i], 1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bundled, Passes, testing::ValuesIn(kScripts),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace duet::test
