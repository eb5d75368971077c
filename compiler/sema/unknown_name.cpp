#include "compiler/sema/unknown_name.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "compiler/base/suggest.h"
#include "compiler/syntax/parser.h"
#include "runtime/core/error.h"

namespace duet {

namespace {

namespace fs = std::filesystem;

bool defines(const std::string& path, const std::string& name) {
  SourceMap sources;
  const uint32_t id = sources.load(path);
  if (sources.text(id).find(name) == std::string_view::npos) return false;  // which spares parsing most files
  Diagnostics unused;
  const ast::File file = parse(sources, id, unused);
  return std::any_of(file.items.begin(), file.items.end(), [&](const ast::Item& item) {
    const bool definition = !std::get_if<ast::Settings>(&item.as) && !std::get_if<ast::Experiment>(&item.as);
    return definition && name_of(item).text == name;
  });
}

/// The file of algorithms/std that defines the name, without folder and ending.
std::optional<std::string> std_file_with(const std::string& name, const SearchPaths& paths) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fs::path(paths.algorithms) / "std", none))
    if (entry.is_regular_file(none) && entry.path().extension() == ".duet") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) try {
      if (defines(file.string(), name)) return file.stem().string();
    } catch (const Error&) {
      // A file that cannot be read is reported where it is used.
    }
  return std::nullopt;
}

}  // namespace

std::string help_with_unknown(const std::string& name, const std::vector<std::string>& known, const Library& library) {
  if (name == "first") return "`first` only says how a variable starts: `var k[k: 5] = first(axis)`";
  if (!library.find(name))
    if (const auto file = std_file_with(name, library.paths())) return "`use std." + *file + "` brings it";
  return did_you_mean(name, known);
}

}  // namespace duet
