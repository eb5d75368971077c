// Any bytes go through the parser, the REPL's parser, the formatter, the checker and the compiler. What parses must keep
// its tree when formatted, and must not change when formatted again; what is without errors must give a well-formed graph.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "compiler/base/render.h"
#include "compiler/elaborate/elaborate.h"
#include "compiler/passes/pipeline.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parser.h"
#include "compiler/syntax/print_ast.h"

namespace {

using duet::Diagnostics;
using duet::SourceMap;

void require(bool good, const char* what, const std::string& before, const std::string& after) {
  if (good) return;
  std::fprintf(stderr, "%s\n--- before\n%s\n--- after\n%s\n", what, before.c_str(), after.c_str());
  std::abort();
}

struct Parsed {
  SourceMap sources;
  Diagnostics diagnostics;
  uint32_t file;
  duet::ast::File tree;
  std::string shape;

  explicit Parsed(const std::string& text)
      : file(sources.add("fuzz.duet", text)), tree(duet::parse(sources, file, diagnostics)) {
    shape = duet::print_ast_shape(tree);
  }
};

void format_twice(Parsed& first, const std::string& text) {
  Diagnostics of_format;
  std::string once = duet::format(first.sources, first.file, of_format);
  if (of_format.has_errors()) {
    require(first.diagnostics.has_errors(), "the formatter found errors that the parser did not", text, once);
    return;
  }
  Parsed second(once);
  require(first.shape == second.shape, "the tree changed", text, once);
  Diagnostics none;
  std::string twice = duet::format(second.sources, second.file, none);
  require(once == twice, "formatting again changed the text", once, twice);
}

/// Checks every definition and compiles every algorithm for a robot of unknown sizes.
void compile(Parsed& parsed, const std::string& text) {
  duet::Library library(parsed.sources, {DUET_ROOT "/algorithms", DUET_ROOT "/robots"});
  const duet::ast::File* file = library.adopt(std::move(parsed.tree), false, parsed.diagnostics);
  if (!parsed.diagnostics.has_errors()) duet::check_file(parsed.sources, library, *file, parsed.diagnostics);
  duet::render_text(parsed.diagnostics, parsed.sources);
  if (parsed.diagnostics.has_errors()) return;
  for (const duet::ast::Item& item : file->items) {
    if (!std::get_if<duet::ast::Algorithm>(&item.as)) continue;
    auto compiled = duet::elaborate_algorithm(parsed.sources, library, item, {}, {}, parsed.diagnostics);
    require(!parsed.diagnostics.has_errors(), "the same algorithm was right and is wrong", text, "");
    duet::PipelineOptions options;
    options.verify_options.sizes_known = false;
    for (const std::string& finding : duet::verify(compiled.program, options.verify_options))
      require(false, finding.c_str(), text, "");
    duet::run_pipeline(compiled.program, options);  // a pass that breaks the program throws
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  Parsed first(text);
  Diagnostics of_entry;
  duet::parse_entry(first.sources, first.file, of_entry);
  format_twice(first, text);
  if (first.diagnostics.has_errors())
    duet::render_text(first.diagnostics, first.sources);
  else
    compile(first, text);
  return 0;
}
