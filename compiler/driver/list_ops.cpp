#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "compiler/base/suggest.h"
#include "compiler/driver/commands.h"
#include "compiler/driver/header_comment.h"
#include "compiler/driver/usage.h"
#include "compiler/elaborate/elaborate.h"

namespace duet {

namespace fs = std::filesystem;

namespace {

const std::vector<ast::Parameter>* parameters_of(const ast::Item& item) {
  if (const auto* module = std::get_if<ast::Module>(&item.as)) return &module->parameters;
  if (const auto* planner = std::get_if<ast::Planner>(&item.as)) return &planner->parameters;
  if (const auto* function = std::get_if<ast::Function>(&item.as)) return &function->method.parameters;
  return nullptr;
}

/// `name(a, b = 2; c = 3)`, the defaults as they are written.
std::string usage_of(const ast::Item& item, const SourceMap& sources) {
  std::string text;
  bool keywords = false;
  if (const auto* parameters = parameters_of(item))
    for (const ast::Parameter& parameter : *parameters) {
      const bool first_keyword = parameter.keyword && !keywords;
      keywords = keywords || parameter.keyword;
      text += text.empty() ? (first_keyword ? "; " : "") : first_keyword ? "; " : ", ";
      text += sources.text(parameter.span);
    }
  return name_of(item).text + "(" + text + ")";
}

/// The definitions of algorithms/std.
std::vector<Documentation> library_definitions(Context& context) {
  std::vector<Documentation> rows;
  Library library(context.sources, context.places.search);
  std::vector<std::string> paths;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fs::path(context.places.search.algorithms) / "std", none))
    if (entry.path().extension() == ".duet") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const ast::File* file = library.load(path, context.diagnostics);
    if (!file) continue;
    for (const ast::Item& item : file->items)
      rows.push_back({name_of(item).text, usage_of(item, context.sources), documentation_of(item, *file),
                      "std." + fs::path(path).stem().string() + " " + kind_of(item)});
  }
  return rows;
}

void print_row(const Documentation& row) {
  std::cout << row.usage << "   [" << row.kind << "]\n";
  size_t at = 0;
  while (at < row.doc.size()) {
    const size_t end = std::min(row.doc.find('\n', at), row.doc.size());
    const size_t begin = std::min(row.doc.find_first_not_of(' ', at), end);
    std::cout << "    " << row.doc.substr(begin, end - begin) << "\n";
    at = end + 1;
  }
}

nlohmann::ordered_json json_of(const std::vector<Documentation>& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const Documentation& row : rows)
    list.push_back({{"name", row.name}, {"kind", row.kind}, {"usage", row.usage}, {"doc", row.doc}});
  return list;
}

}  // namespace

ExitCode list_ops(const OpsOptions& options, Context& context) {
  std::vector<Documentation> rows = documented_builtins();
  for (Documentation& row : library_definitions(context)) rows.push_back(std::move(row));
  if (!options.name.empty()) {
    std::vector<std::string> names;
    for (const Documentation& row : rows) names.push_back(row.name);
    std::erase_if(rows, [&](const Documentation& row) { return row.name != options.name; });
    if (rows.empty())
      throw UsageError("E0008", "there is no operation or definition `" + options.name + "`",
                       did_you_mean(options.name, names));
  }
  if (options.json)
    std::cout << json_of(rows).dump(2) << "\n";
  else
    for (const Documentation& row : rows) print_row(row);
  return context.report();
}

}  // namespace duet
