#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/core/span.h"

namespace duet {

enum class Severity { error, warning, note };

/// "error", "warning" or "note".
std::string_view name_of(Severity severity);

/// A marked piece of source with a few words beside it (which may be empty).
struct Label {
  Span span;
  std::string text;
  bool primary = false;
};

/// One message to the user. The place of a diagnostic is its first primary label; one without has no place.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;  ///< "E0312", an entry of codes.def
  std::string message;
  std::vector<Label> labels;
  std::vector<std::string> notes;
  std::string help;  ///< what to do about it; may be empty

  /// The span of the first primary label; unknown when there is none.
  Span place() const;
};

/// A run-time failure as a diagnostic.
Diagnostic to_diagnostic(const Error& error);

/// Adds to a diagnostic that is already in its collection, so that a call site is one expression:
///   diagnostics.error("E0312", span, "axes do not agree").here("real[obs]").label(other, "real[action]").help("...");
class DiagnosticBuilder {
 public:
  explicit DiagnosticBuilder(Diagnostic& diagnostic) : diagnostic_(&diagnostic) {}

  /// Words beside the primary mark.
  DiagnosticBuilder& here(std::string text);
  /// A secondary mark.
  DiagnosticBuilder& label(Span span, std::string text);
  /// A line "= note: text".
  DiagnosticBuilder& note(std::string text);
  /// The line "= help: text". A second call replaces the first; an empty text leaves it alone.
  DiagnosticBuilder& help(std::string text);

 private:
  Diagnostic* diagnostic_;
};

/// What is shown of a collection: sorted, without repetitions, and cut.
struct Selection {
  std::vector<Diagnostic> shown;
  size_t hidden_errors = 0;
  size_t hidden_warnings = 0;  ///< notes included
};

/// Collects diagnostics in any order.
class Diagnostics {
 public:
  static constexpr size_t kLimit = 50;

  DiagnosticBuilder error(std::string code, Span span, std::string message);
  DiagnosticBuilder warning(std::string code, Span span, std::string message);
  DiagnosticBuilder note(std::string code, Span span, std::string message);
  void add(Diagnostic diagnostic);
  void add(const Error& error) { add(to_diagnostic(error)); }
  /// Takes everything from another collection.
  void append(const Diagnostics& other);

  bool empty() const { return all_.empty(); }
  bool has_errors() const;
  /// How many different errors, and warnings, there are.
  size_t errors() const { return count(Severity::error); }
  size_t warnings() const { return count(Severity::warning); }

  /// In the order of adding, repetitions included.
  const std::deque<Diagnostic>& all() const { return all_; }

  /// By place (file, offset; those without a place first), the same message at the same place only once.
  std::vector<Diagnostic> sorted() const;

  /// At most `limit` of sorted(): errors first when choosing, then by place.
  Selection select(size_t limit = kLimit) const;

  void clear() { all_.clear(); }

 private:
  DiagnosticBuilder start(Severity severity, std::string code, Span span, std::string message);
  size_t count(Severity severity) const;

  std::deque<Diagnostic> all_;  // a deque, so that a builder survives the next one
};

}  // namespace duet
