#include <algorithm>
#include <nlohmann/json.hpp>

#include "compiler/base/render.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Label& label, const SourceMap& sources) {
  Json json{{"text", label.text}, {"primary", label.primary}, {"file", nullptr}};
  const Span span = label.span;
  if (!sources.has(span.file)) return json;
  const Position start = sources.position(span.file, span.begin);
  const Position end = sources.position(span.file, std::max(span.begin, span.end));
  json["file"] = sources.path(span.file);
  json["line"] = start.line;
  json["column"] = start.column;
  json["end_line"] = end.line;
  json["end_column"] = end.column;
  json["begin"] = span.begin;
  json["end"] = span.end;
  return json;
}

}  // namespace

Json to_json(const Diagnostic& diagnostic, const SourceMap& sources) {
  Json json{{"severity", name_of(diagnostic.severity)}, {"code", diagnostic.code}, {"message", diagnostic.message}};
  json["help"] = diagnostic.help.empty() ? Json(nullptr) : Json(diagnostic.help);
  json["notes"] = diagnostic.notes;
  json["labels"] = Json::array();
  for (const Label& label : diagnostic.labels) json["labels"].push_back(to_json(label, sources));
  return json;
}

std::string render_json(const Diagnostics& diagnostics, const SourceMap& sources, size_t limit) {
  const Selection selection = diagnostics.select(limit);
  Json json{{"errors", diagnostics.errors()},
            {"warnings", diagnostics.warnings()},
            {"hidden", selection.hidden_errors + selection.hidden_warnings},
            {"diagnostics", Json::array()}};
  for (const Diagnostic& diagnostic : selection.shown) json["diagnostics"].push_back(to_json(diagnostic, sources));
  // A message may quote bytes that are not UTF-8; they are replaced, because a reader of JSON must never fail on them.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace duet
