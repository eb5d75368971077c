#include "compiler/driver/context.h"

#include <iostream>

#include "compiler/base/render.h"

namespace duet {

ExitCode Context::report(bool always) {
  const ExitCode code = diagnostics.has_errors() ? kFailed : kOk;
  if (style.json) {
    if (always || !diagnostics.empty()) std::cerr << render_json(diagnostics, sources);
  } else if (!diagnostics.empty()) {
    RenderOptions options;
    options.colours = style.colours;
    std::cerr << render_text(diagnostics, sources, options) << "\n" << summary(diagnostics) << "\n";
  }
  std::cerr.flush();
  diagnostics.clear();
  return code;
}

}  // namespace duet
