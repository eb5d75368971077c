#include <iostream>

#include "compiler/driver/commands.h"
#include "compiler/syntax/format.h"
#include "runtime/core/atomic_file.h"

namespace duet {

ExitCode format_files(const FormatOptions& options, Context& context) {
  bool differs = false;
  for (const std::string& path : options.files) {
    Diagnostics found;
    try {
      const uint32_t file = context.sources.load(path);
      const std::string text = format(context.sources, file, found);
      if (!found.has_errors() && text != context.sources.text(file)) {
        differs = true;
        if (options.check)
          std::cout << path << "\n";
        else
          write_file_atomically(path, text);
      }
    } catch (const Error& error) {
      found.add(error);
    }
    context.diagnostics.append(found);
  }
  const ExitCode code = context.report();
  return options.check && differs ? kFailed : code;
}

}  // namespace duet
