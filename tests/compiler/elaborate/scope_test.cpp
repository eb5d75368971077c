#include <gtest/gtest.h>

#include <memory>

#include "compiler/elaborate/elaborator.h"
#include "compiler/syntax/parser.h"
#include "tests/compiler/elaborate/compiled.h"

namespace duet {
namespace {

TEST(Scope, ForgetsFunctionsThatHoldIt) {
  const auto top = std::make_shared<Scope>();
  ScopePtr inner = nested(nested(top));
  const auto function = std::make_shared<Function>();
  function->scope = inner;
  inner->bind("f", function);
  function->scope->bind_axis({"obs", 3});
  const std::weak_ptr<Scope> seen = inner;
  inner.reset();
  EXPECT_EQ(seen.lock()->axis("obs"), 3);
  top->forget_names();
  EXPECT_EQ(seen.lock()->find("f"), nullptr);
  EXPECT_EQ(function.use_count(), 1);
}

TEST(Scope, OfAnAlgorithmIsGivenBackWithItsElaborator) {
  SourceMap sources;
  Library library(sources, {DUET_ROOT "/algorithms", DUET_ROOT "/robots"});
  Diagnostics diagnostics;
  const std::string text = test::Compiled::text_of(DUET_ROOT "/algorithms/m_demorl.duet");
  const ast::File* file =
      library.adopt(parse(sources, sources.add("test.duet", text), diagnostics), false, diagnostics);
  std::weak_ptr<Scope> scope;
  for (const ast::Item& item : file->items) {
    if (!std::get_if<ast::Algorithm>(&item.as)) continue;
    Program program;
    Elaborator elaborator(sources, library, program, diagnostics);
    elaborator.stand_in_robot();
    std::vector<Setting> settings;
    elaborator.algorithm(item, settings);
    scope = elaborator.algorithm_scope();
    ASSERT_FALSE(scope.expired());
  }
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_TRUE(scope.expired());
}

}  // namespace
}  // namespace duet
