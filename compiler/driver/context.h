#pragma once

#include <string>

#include "compiler/base/diagnostic.h"
#include "compiler/base/source.h"
#include "compiler/driver/model_facts.h"
#include "compiler/driver/places.h"

namespace duet {

/// The exit codes of all commands.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,         // diagnostics with errors, or a failure while running
  kWrongUsage = 2,     // the command line itself is wrong
  kInterrupted = 130,  // stopped by Ctrl-C, as shells expect it
};

/// How diagnostics are printed, always to standard error.
struct ReportStyle {
  bool json = false;
  bool colours = false;
};

/// What every command works with.
struct Context {
  Places places;
  FactsSource facts;
  ReportStyle style;
  SourceMap sources;
  Diagnostics diagnostics;

  /// Prints all diagnostics so far and forgets them. kFailed if there were errors, else kOk. As text it ends with a
  /// count; as JSON it is one object, which is printed even without diagnostics if `always` is set.
  ExitCode report(bool always = false);
};

}  // namespace duet
