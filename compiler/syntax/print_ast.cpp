#include "compiler/syntax/print_ast.h"

#include <nlohmann/json.hpp>

#include "compiler/syntax/node.h"

namespace duet {
namespace {

using syntax::Node;

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

void print(const Node& node, const std::string& role, int depth, const SourceMap* sources, std::string& out) {
  out.append(static_cast<size_t>(depth) * 2, ' ');
  if (!role.empty()) out += role + ": ";
  out += node.kind;
  if (!node.text.empty()) out += " `" + escaped(node.text) + "`";
  if (sources && node.span.known()) {
    Position place = sources->position(node.span.file, node.span.begin);
    out += " @" + std::to_string(place.line) + ":" + std::to_string(place.column);
  }
  out += '\n';
  for (const auto& [part_role, part] : node.parts) print(part, part_role, depth + 1, sources, out);
}

nlohmann::ordered_json to_json(const Node& node, const std::string& role, const SourceMap& sources) {
  nlohmann::ordered_json json;
  json["kind"] = node.kind;
  if (!node.text.empty()) json["text"] = node.text;
  if (!role.empty()) json["role"] = role;
  if (node.span.known()) {
    Position place = sources.position(node.span.file, node.span.begin);
    json["line"] = place.line;
    json["column"] = place.column;
    json["begin"] = node.span.begin;
    json["end"] = node.span.end;
  }
  if (node.parts.empty()) return json;
  nlohmann::ordered_json parts = nlohmann::ordered_json::array();
  for (const auto& [part_role, part] : node.parts) parts.push_back(to_json(part, part_role, sources));
  json["parts"] = std::move(parts);
  return json;
}

}  // namespace

std::string print_ast(const ast::File& file, const SourceMap& sources) {
  std::string out;
  print(syntax::to_node(file), "", 0, &sources, out);
  return out;
}

std::string print_ast_shape(const ast::File& file) {
  std::string out;
  print(syntax::to_node(file), "", 0, nullptr, out);
  return out;
}

std::string print_ast(const ast::Expr& expr, const SourceMap& sources) {
  std::string out;
  print(syntax::to_node(expr), "", 0, &sources, out);
  return out;
}

nlohmann::ordered_json ast_json(const ast::File& file, const SourceMap& sources) {
  return to_json(syntax::to_node(file), "", sources);
}

}  // namespace duet
