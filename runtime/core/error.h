#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "runtime/core/span.h"

namespace duet {

/// A failure that the user can act on, found while running: a broken model file, a NaN, a full disk.
/// The driver prints it like a compiler diagnostic. `span` is the script text that caused it, where there is one.
class Error : public std::runtime_error {
 public:
  Error(std::string code, std::string message, std::string help = {}, Span span = {})
      : std::runtime_error(std::move(message)), code_(std::move(code)), help_(std::move(help)), span_(span) {}

  const std::string& code() const { return code_; }
  const std::string& help() const { return help_; }
  Span span() const { return span_; }

  /// The same error, pinned to `span` unless it already has a place.
  Error at(Span span) const {
    Error copy = *this;
    if (!copy.span_.known()) copy.span_ = span;
    return copy;
  }

 private:
  std::string code_;
  std::string help_;
  Span span_;
};

}  // namespace duet
