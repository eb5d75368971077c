#pragma once

#include <string>
#include <vector>

#include "compiler/sema/library.h"

namespace duet {

/// The block `settings ALGORITHM on ROBOT` among all files of the library. Null if there is none.
const ast::Settings* find_settings(const Library& library, const std::string& algorithm, const std::string& robot);

/// The robots for which the library has settings of an algorithm, in the order of the files.
std::vector<std::string> robots_with_settings(const Library& library, const std::string& algorithm);

/// Error E0217 at `robot` if the library has settings of the algorithm, but none for this robot.
bool require_settings(const Library& library, const std::string& algorithm, const ast::Name& robot,
                      Diagnostics& diagnostics);

/// The algorithms for which a file has settings, each once. Names that are no algorithms are left out.
std::vector<const ast::Item*> algorithms_with_settings(const Library& library, const ast::File& file);

/// Checks the names in all settings of the library: that algorithms (E0213) and robots (E0504) are known, that an
/// algorithm has one block for each robot, and that nothing is set twice in a block (E0216). Keys and values are for
/// the elaborator.
void check_settings(const Library& library, Diagnostics& diagnostics);

/// Reports keys that are given twice in a list (E0216).
void check_keys(const std::vector<ast::Setting>& settings, Diagnostics& diagnostics);

/// Error E0504 at `name` unless it names a bundled robot or one that the library defines.
bool check_robot_name(const ast::Name& name, const Library& library, Diagnostics& diagnostics);

/// The algorithm called `name`; null after an error (E0213) there.
const ast::Item* require_algorithm(const ast::Name& name, const Library& library, Diagnostics& diagnostics);

}  // namespace duet
