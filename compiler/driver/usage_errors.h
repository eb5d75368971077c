#pragma once

#include <CLI/CLI.hpp>

#include "compiler/driver/usage.h"

namespace duet {

/// What is wrong with a command line that `app` refused, in our words and with the near match of a misspelt name.
UsageError to_usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace duet
