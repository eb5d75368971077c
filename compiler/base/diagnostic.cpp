#include "compiler/base/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace duet {
namespace {

auto place_key(const Diagnostic& diagnostic) {
  const Span place = diagnostic.place();
  return std::tuple(place.file, place.begin, place.end);
}

// Everything that makes two diagnostics the same to the user; what they mark besides does not matter.
auto identity(const Diagnostic& diagnostic) {
  return std::tuple(place_key(diagnostic), diagnostic.severity, std::string_view(diagnostic.code),
                    std::string_view(diagnostic.message));
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

Span Diagnostic::place() const {
  const auto primary = std::find_if(labels.begin(), labels.end(), [](const Label& label) { return label.primary; });
  return primary == labels.end() ? Span{} : primary->span;
}

Diagnostic to_diagnostic(const Error& error) {
  Diagnostic diagnostic{Severity::error, error.code(), error.what(), {}, {}, error.help()};
  if (error.span().known()) diagnostic.labels.push_back({error.span(), "", true});
  return diagnostic;
}

DiagnosticBuilder& DiagnosticBuilder::here(std::string text) {
  for (Label& label : diagnostic_->labels) {
    if (!label.primary) continue;
    label.text = std::move(text);
    return *this;
  }
  return note(std::move(text));  // no place to write it beside
}

DiagnosticBuilder& DiagnosticBuilder::label(Span span, std::string text) {
  diagnostic_->labels.push_back({span, std::move(text), false});
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::note(std::string text) {
  diagnostic_->notes.push_back(std::move(text));
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::help(std::string text) {
  if (!text.empty()) diagnostic_->help = std::move(text);
  return *this;
}

DiagnosticBuilder Diagnostics::error(std::string code, Span span, std::string message) {
  return start(Severity::error, std::move(code), span, std::move(message));
}

DiagnosticBuilder Diagnostics::warning(std::string code, Span span, std::string message) {
  return start(Severity::warning, std::move(code), span, std::move(message));
}

DiagnosticBuilder Diagnostics::note(std::string code, Span span, std::string message) {
  return start(Severity::note, std::move(code), span, std::move(message));
}

DiagnosticBuilder Diagnostics::start(Severity severity, std::string code, Span span, std::string message) {
  Diagnostic diagnostic{severity, std::move(code), std::move(message), {}, {}, {}};
  if (span.known()) diagnostic.labels.push_back({span, "", true});
  all_.push_back(std::move(diagnostic));
  return DiagnosticBuilder(all_.back());
}

void Diagnostics::add(Diagnostic diagnostic) {
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::append(const Diagnostics& other) {
  const std::deque<Diagnostic> copy = other.all_;  // `other` may be this very collection
  all_.insert(all_.end(), copy.begin(), copy.end());
}

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(), [](const Diagnostic& d) { return d.severity == Severity::error; });
}

size_t Diagnostics::count(Severity severity) const {
  const std::vector<Diagnostic> unique = sorted();
  return static_cast<size_t>(
      std::count_if(unique.begin(), unique.end(), [&](const Diagnostic& d) { return d.severity == severity; }));
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  // At one place: errors before warnings, then by code and message, so that the order does not depend on who came
  // first.
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& diagnostic : all_) order.push_back(&diagnostic);
  const auto less = [](auto a, auto b) { return identity(*a) < identity(*b); };
  const auto same = [](auto a, auto b) { return identity(*a) == identity(*b); };
  std::stable_sort(order.begin(), order.end(), less);
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  std::vector<Diagnostic> result;
  for (const Diagnostic* diagnostic : order) result.push_back(*diagnostic);
  return result;
}

Selection Diagnostics::select(size_t limit) const {
  Selection selection;
  const std::vector<Diagnostic> unique = sorted();
  size_t room_for_errors = limit;
  const auto is_error = [](const Diagnostic& d) { return d.severity == Severity::error; };
  const size_t error_count = static_cast<size_t>(std::count_if(unique.begin(), unique.end(), is_error));
  size_t room_for_others = limit - std::min(limit, error_count);
  for (const Diagnostic& diagnostic : unique) {
    size_t& room = is_error(diagnostic) ? room_for_errors : room_for_others;
    size_t& hidden = is_error(diagnostic) ? selection.hidden_errors : selection.hidden_warnings;
    if (room > 0) {
      --room;
      selection.shown.push_back(diagnostic);
    } else {
      ++hidden;
    }
  }
  return selection;
}

}  // namespace duet
