#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/syntax/ast.h"

namespace duet {

/// Where `use std.nets` and robots are looked for: `<algorithms>/std/nets.duet`, `<robots>/half_cheetah.duet`.
struct SearchPaths {
  std::string algorithms;
  std::string robots;
};

/// The definitions of a script and of everything it uses, by name.
class Library {
 public:
  Library(SourceMap& sources, SearchPaths paths) : sources_(sources), paths_(std::move(paths)) {}

  /// Loads a script and, first, what it uses. Reports missing files, files that use themselves, and names defined
  /// twice. Returns the file, which may be partial after errors; null if it could not be read.
  const ast::File* load(const std::string& path, Diagnostics& diagnostics);

  /// Loads the robot `name` from the robots folder, or from a path ending in `.duet`: the robot called like the file,
  /// else the first in it. Null after an error.
  const ast::Item* robot(const std::string& name, Diagnostics& diagnostics);
  /// The names of the bundled robots.
  std::vector<std::string> robot_names() const;

  /// Takes over a parsed piece (REPL). A later definition of a name replaces the earlier.
  const ast::File* adopt(ast::File file, bool replace, Diagnostics& diagnostics);

  /// The definition of `name`, or null.
  const ast::Item* find(const std::string& name) const;
  std::vector<std::string> names() const;
  /// All files in the order of loading, library files first.
  const std::vector<std::unique_ptr<ast::File>>& files() const { return files_; }
  const SearchPaths& paths() const { return paths_; }

 private:
  const ast::File* load_file(const std::string& path, Span use, Diagnostics& diagnostics);
  /// Loads the robots that robots of the file extend, from beside the file or from the robots folder.
  void load_bases(const ast::File& file, Diagnostics& diagnostics);
  void define(const ast::Item& item, bool replace, Diagnostics& diagnostics);
  std::string resolve(const ast::Use& use) const;

  SourceMap& sources_;
  SearchPaths paths_;
  std::vector<std::unique_ptr<ast::File>> files_;
  std::map<std::string, const ast::File*> by_path_;  // by canonical path
  std::vector<std::string> loading_;                 // files being loaded, for cycles
  std::map<std::string, const ast::Item*> definitions_;
};

/// The name an item defines; of settings the algorithm that they are of.
const ast::Name& name_of(const ast::Item& item);
/// "planner", "learner", "utility" ...
std::string kind_of(const ast::Item& item);

}  // namespace duet
