#include "compiler/driver/repl/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace duet {

namespace {

constexpr int64_t kGap = -1;
constexpr size_t kBands = 4;  // a vector may take this many lines
constexpr int64_t kMostColumns = 256;

/// At most `most` of the positions 0..count-1, from both ends, with a gap in the middle if some are left out.
std::vector<int64_t> pick(int64_t count, int64_t most) {
  std::vector<int64_t> picked;
  most = std::max<int64_t>(most, 3);
  const int64_t head = count <= most ? count : most / 2, tail = count <= most ? 0 : most - 1 - head;
  for (int64_t i = 0; i < head; ++i) picked.push_back(i);
  if (count > most) picked.push_back(kGap);
  for (int64_t i = count - tail; i < count; ++i) picked.push_back(i);
  return picked;
}

std::string right(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string position_text(int64_t position) {
  return position == kGap ? "..." : std::to_string(position);
}

/// Part of a value that lies in memory one element after another.
struct View {
  const float* data;
  Kind kind;
  std::string cell(int64_t at) const { return number_text(data[at], kind); }
};

std::string vector_table(const View& view, const Axis& axis, const TableOptions& options) {
  std::vector<int64_t> shown = pick(axis.size, kMostColumns);
  size_t width = 3;
  for (const int64_t i : shown)
    if (i != kGap) width = std::max({width, position_text(i).size(), view.cell(i).size()});
  const size_t label = axis.name.size();
  const size_t room = options.columns > label + 3 ? options.columns - label - 3 : 0;
  const size_t per_band = std::max<size_t>(1, room / (width + 1));
  if (shown.size() > per_band * kBands) shown = pick(axis.size, static_cast<int64_t>(per_band * kBands));
  std::string text;
  for (size_t from = 0; from < shown.size(); from += per_band) {
    std::string positions = axis.name + " |", values = std::string(label, ' ') + " |";
    for (size_t i = from; i < std::min(from + per_band, shown.size()); ++i) {
      positions += " " + right(position_text(shown[i]), width);
      values += " " + right(shown[i] == kGap ? "..." : view.cell(shown[i]), width);
    }
    text += positions + "\n" + values + "\n";
  }
  return text;
}

std::string matrix_table(const View& view, const Axis& down, const Axis& across, const TableOptions& options) {
  const std::string corner = down.name + " \\ " + across.name;
  const std::vector<int64_t> rows = pick(down.size, static_cast<int64_t>(options.rows));
  std::vector<int64_t> columns = pick(across.size, kMostColumns);
  size_t width = 3;
  for (const int64_t column : columns) {
    width = std::max(width, position_text(column).size());
    for (const int64_t row : rows)
      if (row != kGap && column != kGap) width = std::max(width, view.cell(row * across.size + column).size());
  }
  size_t label = corner.size();
  for (const int64_t row : rows) label = std::max(label, position_text(row).size());
  const size_t room = options.columns > label + 3 ? options.columns - label - 3 : 0;
  const size_t fit = std::max<size_t>(3, room / (width + 1));
  if (columns.size() > fit) columns = pick(across.size, static_cast<int64_t>(fit));

  std::string text = right(corner, label) + " |";
  for (const int64_t column : columns) text += " " + right(position_text(column), width);
  text += "\n" + std::string(label + 1, '-') + "+" + std::string(columns.size() * (width + 1), '-') + "\n";
  for (const int64_t row : rows) {
    text += right(position_text(row), label) + " |";
    for (const int64_t column : columns)
      text += " " + right(row == kGap || column == kGap ? "..." : view.cell(row * across.size + column), width);
    text += "\n";
  }
  return text;
}

}  // namespace

std::string number_text(double value, Kind kind) {
  if (kind == Kind::boolean) return value != 0 ? "true" : "false";
  char text[40];
  if (kind == Kind::index || (value == std::floor(value) && std::abs(value) < 1e6))
    std::snprintf(text, sizeof text, "%.0f", value == 0 ? 0.0 : value);
  else
    std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string table(const TensorData& value, const TableOptions& options) {
  const std::vector<Axis>& axes = value.type.axes;
  if (axes.empty()) return number_text(value.data.at(0), value.type.kind) + "\n";
  if (value.data.empty()) return "nothing: " + to_string(value.type) + "\n";
  const View all{value.data.data(), value.type.kind};
  if (axes.size() == 1) return vector_table(all, axes[0], options);
  const Axis& down = axes[axes.size() - 2];
  const Axis& across = axes.back();
  if (axes.size() == 2) return matrix_table(all, down, across, options);

  const int64_t slice = down.size * across.size, count = static_cast<int64_t>(value.data.size()) / slice;
  std::string text;
  for (const int64_t at : pick(count, static_cast<int64_t>(options.slices))) {
    if (at == kGap) {
      text += "...\n";
      continue;
    }
    std::string heading;
    int64_t rest = at;
    for (size_t i = axes.size() - 2; i-- > 0; rest /= axes[i].size)
      heading = axes[i].name + " " + std::to_string(rest % axes[i].size) + (heading.empty() ? "" : ", ") + heading;
    text += heading + ":\n" + matrix_table({all.data + at * slice, all.kind}, down, across, options);
  }
  return text;
}

}  // namespace duet
