// Any bytes go through the parser, the REPL's parser and the formatter. What parses must keep its tree when formatted, and
// must not change when formatted again.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/base/render.h"
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
  std::string shape;

  explicit Parsed(const std::string& text) : file(sources.add("fuzz.duet", text)) {
    duet::ast::File tree = duet::parse(sources, file, diagnostics);
    shape = duet::print_ast_shape(tree);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  Parsed first(text);
  duet::render_text(first.diagnostics, first.sources);
  Diagnostics of_entry;
  duet::parse_entry(first.sources, first.file, of_entry);

  Diagnostics of_format;
  std::string once = duet::format(first.sources, first.file, of_format);
  if (of_format.has_errors()) {
    require(first.diagnostics.has_errors(), "the formatter found errors that the parser did not", text, once);
    return 0;
  }
  Parsed second(once);
  require(first.shape == second.shape, "the tree changed", text, once);
  Diagnostics none;
  std::string twice = duet::format(second.sources, second.file, none);
  require(once == twice, "formatting again changed the text", once, twice);
  return 0;
}
