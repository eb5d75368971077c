#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "compiler/base/codes.h"
#include "compiler/base/suggest.h"
#include "compiler/driver/commands.h"
#include "compiler/driver/script.h"
#include "compiler/driver/usage.h"
#include "compiler/graph/dot.h"
#include "compiler/graph/json.h"
#include "compiler/graph/print.h"
#include "compiler/syntax/print_ast.h"

namespace duet {

namespace {

std::string wrapped(std::string_view text, size_t width) {
  std::string out;
  size_t column = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (column > 0 && column + 1 + (end - at) > width) {
      out += "\n";
      column = 0;
    } else if (column > 0) {
      out += " ";
      ++column;
    }
    out += text.substr(at, end - at);
    column += end - at;
    at = end + 1;
  }
  return out + "\n";
}

ExitCode explain_code(const std::string& code) {
  const CodeInfo* info = find_code(code);
  if (!info) {
    std::vector<std::string> known;
    for (const CodeInfo& each : all_codes()) known.emplace_back(each.code);
    throw UsageError("E0008", "there is no diagnostic `" + code + "`", did_you_mean(code, known));
  }
  std::cout << info->code << ": " << info->title << "\n\n" << wrapped(info->explanation, 90);
  return kOk;
}

ExitCode explain_tree(const ExplainOptions& options, Context& context) {
  Library library(context.sources, context.places.search);
  if (const ast::File* file = load_file(library, options.script.file, context)) {
    if (options.json)
      std::cout << ast_json(*file, context.sources).dump(2) << "\n";
    else
      std::cout << print_ast(*file, context.sources);
  }
  return context.report();
}

/// Where something got its type, by place. What is compiled several times, such as the body of `repeat`, gives each of
/// its types once.
std::vector<std::pair<Span, std::string>> sorted_types(const Elaboration& elaboration) {
  std::vector<std::pair<Span, std::string>> types;
  std::set<std::tuple<uint32_t, uint32_t, std::string>> seen;
  for (const auto& [span, type] : elaboration.types)
    if (seen.emplace(span.file, span.begin, type).second) types.emplace_back(span, type);
  const auto before = [](const auto& a, const auto& b) {
    return std::tie(a.first.file, a.first.begin) < std::tie(b.first.file, b.first.begin);
  };
  std::stable_sort(types.begin(), types.end(), before);
  return types;
}

/// Each line of the sources that gives something a type, with `name: type` under it.
void print_types(const Elaboration& elaboration, const Context& context) {
  uint32_t file = 0, line = 0;
  for (const auto& [span, type] : sorted_types(elaboration)) {
    if (!span.known()) continue;
    const uint32_t at = context.sources.position(span.file, span.begin).line;
    if (span.file != file) std::cout << (file ? "\n" : "") << context.sources.path(span.file) << "\n";
    if (span.file != file || at != line) {
      const std::string number = std::to_string(at);
      std::cout << std::string(number.size() < 5 ? 5 - number.size() : 0, ' ') << number << " | "
                << context.sources.line_text(span.file, at) << "\n";
    }
    std::cout << "      |     " << type << "\n";
    file = span.file;
    line = at;
  }
}

nlohmann::ordered_json types_json(const Elaboration& elaboration, const Context& context) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [span, type] : sorted_types(elaboration)) {
    if (!span.known()) continue;
    const Position at = context.sources.position(span.file, span.begin);
    const size_t colon = type.find(": ");
    list.push_back({{"path", context.sources.path(span.file)},
                    {"line", at.line},
                    {"column", at.column},
                    {"name", type.substr(0, colon)},
                    {"type", colon == std::string::npos ? "" : type.substr(colon + 2)}});
  }
  return list;
}

void print_graph(const ExplainOptions& options, const Program& program, const Context& context) {
  if (options.dot)
    std::cout << to_dot(program);
  else if (options.json)
    std::cout << to_json(program, &context.sources).dump(2) << "\n";
  else
    std::cout << print(program, {false, &context.sources});
}

}  // namespace

ExitCode explain(const ExplainOptions& options, Context& context) {
  if (!options.code.empty()) return explain_code(options.code);
  if (options.script.file.empty())
    throw UsageError("E0005", "`duet explain` needs a script", "or a diagnostic code: `duet explain --code E0312`");
  if (options.dot && options.stage != "graph")
    throw UsageError("E0005", "--dot draws a graph", "add `--stage graph` or `--stage plan`");
  if (options.stage == "ast") return explain_tree(options, context);
  const std::optional<Script> script = load_script(options.script, context);
  if (!script) return context.report();
  std::optional<Compiled> compiled = compile(*script, script->settings, options.script.disabled_passes, context);
  if (!compiled) return context.report();
  if (options.stage == "graph")
    print_graph(options, compiled->program(), context);
  else if (options.json)
    std::cout << types_json(compiled->elaboration, context).dump(2) << "\n";
  else
    print_types(compiled->elaboration, context);
  return context.report();
}

}  // namespace duet
