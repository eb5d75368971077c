#include "compiler/base/source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "compiler/base/utf8.h"
#include "runtime/core/error.h"

namespace duet {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kLargestScript = size_t{16} << 20;  // bytes; keeps offsets far from the end of 32 bits

std::vector<uint32_t> find_lines(std::string_view text, uint32_t start) {
  std::vector<uint32_t> begins{start};
  for (size_t i = start; i < text.size(); ++i) {
    const bool lone_return = text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
    if (text[i] == '\n' || lone_return) begins.push_back(static_cast<uint32_t>(i + 1));
  }
  return begins;
}

void require_script_path(const std::string& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (status.type() == std::filesystem::file_type::not_found || path.empty()) {
    throw Error("E0001", "cannot find file '" + path + "'", "check the spelling and the folder it is relative to");
  }
  if (status.type() == std::filesystem::file_type::directory) {
    throw Error("E0002", "cannot read '" + path + "': it is a folder", "give the path of a script");
  }
}

std::string read_script(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error("E0002", "cannot read '" + path + "': " + std::strerror(errno));
  std::string text;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<size_t>(in.gcount()));
    if (text.size() > kLargestScript) {
      throw Error("E0002", "cannot read '" + path + "': it is larger than 16 MiB, too large for a script");
    }
  }
  if (in.bad())
    throw Error("E0002", "cannot read '" + path + "': reading failed after " + std::to_string(text.size()) + " bytes");
  return text;
}

void require_text(const std::string& path, const std::string& text) {
  const size_t bad = first_bad_byte(text);
  if (bad == std::string::npos) return;
  SourceMap scratch;
  const Position where = scratch.position(scratch.add(path, text), static_cast<uint32_t>(bad));
  const std::string what = text[bad] == '\0' ? "a NUL" : "not valid UTF-8";
  throw Error("E0003",
              "'" + path + "' is not text: byte " + std::to_string(bad) + " (line " + std::to_string(where.line) +
                  ", column " + std::to_string(where.column) + ") is " + what,
              "scripts are UTF-8 text; save the file as UTF-8 or give another file");
}

}  // namespace

uint32_t SourceMap::add(std::string path, std::string text) {
  if (text.size() > UINT32_MAX - 1) throw std::length_error("source text is larger than 4 GiB");
  uint32_t start = 0;
  if (text.starts_with(kByteOrderMark)) {
    start = kByteOrderMark.size();
    text.replace(0, start, start, ' ');
  }
  std::vector<uint32_t> begins = find_lines(text, start);
  files_.push_back({std::move(path), std::move(text), std::move(begins)});
  return size();
}

uint32_t SourceMap::load(const std::string& path) {
  require_script_path(path);
  std::string text = read_script(path);
  require_text(path, text);
  return add(path, std::move(text));
}

std::optional<uint32_t> SourceMap::find(std::string_view path) const {
  for (uint32_t file = size(); file >= 1; --file) {
    if (at(file).path == path) return file;
  }
  return std::nullopt;
}

const SourceMap::File& SourceMap::at(uint32_t file) const {
  if (!has(file)) throw std::out_of_range("no source file has the id " + std::to_string(file));
  return files_[file - 1];
}

std::string_view SourceMap::text(uint32_t file) const {
  return at(file).text;
}

std::string_view SourceMap::text(Span span) const {
  if (!has(span.file)) return {};
  const std::string_view all = at(span.file).text;
  const size_t begin = std::min<size_t>(span.begin, all.size());
  const size_t end = std::clamp<size_t>(span.end, begin, all.size());
  return all.substr(begin, end - begin);
}

const std::string& SourceMap::path(uint32_t file) const {
  return at(file).path;
}

Position SourceMap::position(uint32_t file, uint32_t offset) const {
  const auto& begins = at(file).line_begins;
  const auto next = std::upper_bound(begins.begin() + 1, begins.end(), offset);
  const uint32_t line = static_cast<uint32_t>(next - begins.begin());
  const std::string_view text = line_text(file, line);
  const size_t length = offset > begins[line - 1] ? offset - begins[line - 1] : 0;
  uint32_t column = 1;
  for (size_t i = 0; i < text.size();) {
    i += decode_utf8(text, i).length;
    if (i > length) break;  // an offset within a character is that character's column
    ++column;
  }
  return {line, column};
}

uint32_t SourceMap::line_count(uint32_t file) const {
  return static_cast<uint32_t>(at(file).line_begins.size());
}

uint32_t SourceMap::line_begin(uint32_t file, uint32_t line) const {
  return at(file).line_begins.at(line - 1);
}

uint32_t SourceMap::line_end(uint32_t file, uint32_t line) const {
  const File& source = at(file);
  if (line == source.line_begins.size()) return static_cast<uint32_t>(source.text.size());
  uint32_t end = source.line_begins.at(line) - 1;
  const bool has_return =
      source.text[end] == '\n' && end > source.line_begins[line - 1] && source.text[end - 1] == '\r';
  return has_return ? end - 1 : end;
}

std::string_view SourceMap::line_text(uint32_t file, uint32_t line) const {
  const uint32_t begin = line_begin(file, line);
  return text(file).substr(begin, line_end(file, line) - begin);
}

std::string SourceMap::place(Span span) const {
  if (!has(span.file)) return {};
  const Position start = position(span.file, span.begin);
  return path(span.file) + ":" + std::to_string(start.line) + ":" + std::to_string(start.column);
}

}  // namespace duet
