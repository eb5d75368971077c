#include "runtime/data/npy.h"

#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

#include "runtime/core/error.h"

namespace duet {

namespace {

static_assert(std::endian::native == std::endian::little, "the elements are copied as they lie in the file");

constexpr const char* kHelp =
    "arrays are .npy files of format 1.0 or 2.0, in C order, little endian, of type f8, f4, i8, i4, u1 or b1";

[[noreturn]] void fail(const std::string& path, const std::string& fault, const std::string& help = kHelp) {
  throw Error("E0720", "cannot read " + path + ": " + fault, help);
}

std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, "there is no such file, or it may not be read", "");
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) fail(path, "reading failed", "");
  return bytes;
}

struct Header {
  std::string type;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

/// The header of a .npy file: a Python dictionary such as {'descr': '<f8', 'fortran_order': False, 'shape': (8, 3), }.
/// Every function returns whether it found what it looks for, and moves past it.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  std::optional<Header> parse() {
    bool type = false, order = false, shape = false;
    if (!take('{')) return std::nullopt;
    while (!take('}')) {
      std::string key;
      if (!quoted(key) || !take(':')) return std::nullopt;
      bool& seen = key == "descr" ? type : key == "fortran_order" ? order : shape;
      if (seen || !value_of(key)) return std::nullopt;
      seen = true;
      if (!take(',') && !next_is('}')) return std::nullopt;
    }
    if (!type || !order || !shape) return std::nullopt;
    return header_;
  }

 private:
  bool value_of(const std::string& key) {
    if (key == "descr") return quoted(header_.type);
    if (key == "fortran_order") return truth(header_.fortran_order);
    return key == "shape" && tuple(header_.shape);
  }

  void skip_spaces() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
  }
  bool next_is(char c) {
    skip_spaces();
    return !text_.empty() && text_[0] == c;
  }
  bool take(char c) {
    if (!next_is(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view wanted) {
    skip_spaces();
    if (text_.substr(0, wanted.size()) != wanted) return false;
    text_.remove_prefix(wanted.size());
    return true;
  }

  bool quoted(std::string& out) {
    const char quote = next_is('"') ? '"' : '\'';
    if (!take(quote)) return false;
    const std::size_t end = text_.find(quote);
    if (end == std::string_view::npos) return false;
    out = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return true;
  }

  bool truth(bool& out) {
    out = word("True");
    return out || word("False");
  }

  bool number(std::size_t& out) {
    skip_spaces();
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 16;
    std::size_t digits = 0;
    for (out = 0; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      if (out > kMost) return false;
      out = 10 * out + static_cast<std::size_t>(text_[digits] - '0');
    }
    text_.remove_prefix(digits);
    return digits > 0;
  }

  bool tuple(std::vector<std::size_t>& out) {
    if (!take('(')) return false;
    while (!take(')')) {
      std::size_t size = 0;
      if (!number(size)) return false;
      out.push_back(size);
      if (!take(',') && !next_is(')')) return false;
    }
    return true;
  }

  std::string_view text_;
  Header header_;
};

/// Size of one element of a type that is known here, else 0.
std::size_t element_size(const std::string& type) {
  constexpr std::array<const char*, 6> known = {"f8", "f4", "i8", "i4", "u1", "b1"};
  for (const char* each : known)
    if (type == each) return static_cast<std::size_t>(each[1] - '0');
  return 0;
}

/// The type without its byte order; an error if it is big endian or unknown.
std::string plain_type(const std::string& path, const std::string& written) {
  std::string type = written;
  const bool ordered = !type.empty() && (type[0] == '<' || type[0] == '|' || type[0] == '=');
  if (ordered) type.erase(0, 1);
  if (element_size(type) == 0) fail(path, "its elements are of type '" + written + "'");
  return type;
}

/// Number of elements. An error if it is beyond what the file can hold.
std::size_t count_of(const std::string& path, const std::vector<std::size_t>& shape, std::size_t file_size) {
  std::size_t count = 1;
  for (const std::size_t size : shape)
    if (size == 0) return 0;
  for (const std::size_t size : shape) {
    if (size > file_size / count) fail(path, "it is cut short: it should hold an array " + shape_text(shape));
    count *= size;
  }
  return count;
}

/// A file taken apart: what its header says, and the bytes of its elements.
struct Content {
  std::string bytes;
  Header header;
  std::size_t begin = 0, count = 0;
};

/// Where the text of the header lies.
struct HeaderPlace {
  std::size_t begin = 0, size = 0;
};

HeaderPlace find_header(const std::string& path, const std::string& bytes) {
  constexpr std::string_view magic = "\x93NUMPY";
  if (bytes.substr(0, magic.size()) != magic) fail(path, "it is not a .npy file");
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : std::size_t{0}; };
  const std::size_t major = byte(6), minor = byte(7);
  if (bytes.size() >= 8 && ((major != 1 && major != 2) || minor != 0))
    fail(path, "it is of format " + std::to_string(major) + "." + std::to_string(minor));
  HeaderPlace place{major == 1 ? std::size_t{10} : std::size_t{12}, byte(8) + 256 * byte(9)};
  if (major == 2) place.size += 65536 * (byte(10) + 256 * byte(11));
  if (bytes.size() < place.begin || bytes.size() - place.begin < place.size) fail(path, "its header is cut short");
  return place;
}

Content read_content(const std::string& path) {
  Content content;
  content.bytes = read_bytes(path);
  const HeaderPlace place = find_header(path, content.bytes);
  const std::optional<Header> header =
      HeaderParser(std::string_view(content.bytes).substr(place.begin, place.size)).parse();
  if (!header) fail(path, "its header is damaged");
  content.header = *header;
  content.header.type = plain_type(path, header->type);
  if (header->fortran_order)
    fail(path, "it is in Fortran order", "write it by numpy.save(path, numpy.ascontiguousarray(x))");
  content.begin = place.begin + place.size;
  content.count = count_of(path, header->shape, content.bytes.size());
  const std::size_t wanted = content.count * element_size(content.header.type);
  const std::size_t there = content.bytes.size() - content.begin;
  if (there != wanted)
    fail(path, std::string("it is ") + (there < wanted ? "cut short" : "too long") + ": an array " +
                   shape_text(header->shape) + " of " + content.header.type + " has " + std::to_string(wanted) +
                   " bytes, the file " + std::to_string(there));
  return content;
}

template <class From, class T>
void convert(const std::string& path, const Content& content, std::vector<T>& out) {
  out.reserve(content.count);
  const char* next = content.bytes.data() + content.begin;
  for (std::size_t i = 0; i < content.count; ++i, next += sizeof(From)) {
    From value;
    std::memcpy(&value, next, sizeof(From));
    constexpr int64_t kExact = int64_t{1} << 53;  // beyond it doubles leave numbers out
    if constexpr (std::is_same_v<From, int64_t> && std::is_same_v<T, double>)
      if (value > kExact || value < -kExact)
        fail(path, "element " + std::to_string(i) + ", " + std::to_string(value) + ", is too large for a real", "");
    out.push_back(static_cast<T>(value));
  }
}

template <class T>
NpyArray<T> read_as(const std::string& path) {
  Content content = read_content(path);
  NpyArray<T> array{content.header.type, content.header.shape, {}};
  if (array.type == "i8") convert<int64_t>(path, content, array.values);
  if (array.type == "i4") convert<int32_t>(path, content, array.values);
  if (array.type == "u1" || array.type == "b1") convert<uint8_t>(path, content, array.values);
  if constexpr (std::is_same_v<T, double>) {
    if (array.type == "f8") convert<double>(path, content, array.values);
    if (array.type == "f4") convert<float>(path, content, array.values);
  } else if (array.type[0] == 'f') {
    fail(path, "it holds reals (" + array.type + ") where whole numbers are needed", "");
  }
  return array;
}

}  // namespace

NpyArray<double> read_npy_reals(const std::string& path) {
  return read_as<double>(path);
}

NpyArray<int64_t> read_npy_integers(const std::string& path) {
  return read_as<int64_t>(path);
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace duet
