#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace duet::test {

static_assert(std::endian::native == std::endian::little, "the .npy files read here are little endian");

/// A NumPy array in row-major order.
template <class T>
struct Npy {
  std::vector<std::size_t> shape;
  std::vector<T> data;

  /// Number of elements behind one index of the first axis.
  std::size_t stride() const { return shape.empty() || shape[0] == 0 ? 0 : data.size() / shape[0]; }
  /// The first element of row `i` of the first axis.
  const T* row(std::size_t i) const { return data.data() + i * stride(); }
};

namespace npy_detail {

template <class T>
std::string type_code() {
  const char kind = std::is_floating_point_v<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  return (sizeof(T) == 1 ? "|" : "<") + std::string(1, kind) + std::to_string(sizeof(T));
}

/// The text after `'key': ` in the header's dictionary.
inline std::string after_key(const std::string& header, const std::string& key) {
  const std::size_t at = header.find("'" + key + "': ");
  if (at == std::string::npos) throw std::runtime_error("npy header without " + key);
  return header.substr(at + key.size() + 4);
}

/// "(8, 200, 6), ..." -> {8, 200, 6}
inline std::vector<std::size_t> parse_shape(const std::string& text) {
  std::vector<std::size_t> shape;
  for (std::size_t at = 1; at < text.size() && text[at] != ')';) {
    if (text[at] < '0' || text[at] > '9') {
      ++at;
      continue;
    }
    std::size_t used = 0;
    shape.push_back(std::stoull(text.substr(at), &used));
    at += used;
  }
  return shape;
}

}  // namespace npy_detail

/// Reads a .npy file of format 1.0, C order and exactly the element type T. Throws std::runtime_error otherwise.
template <class T>
Npy<T> read_npy(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (bytes.size() < 10 || bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0) {
    throw std::runtime_error(path + " is not a .npy file of format 1.0");
  }
  const std::size_t length = static_cast<uint8_t>(bytes[8]) + 256u * static_cast<uint8_t>(bytes[9]);
  const std::string header = bytes.substr(10, length);
  const std::string wanted = "'" + npy_detail::type_code<T>() + "'";
  if (npy_detail::after_key(header, "descr").compare(0, wanted.size(), wanted) != 0) {
    throw std::runtime_error(path + " does not hold " + wanted);
  }
  if (npy_detail::after_key(header, "fortran_order").compare(0, 5, "False") != 0) {
    throw std::runtime_error(path + " is not in C order");
  }
  Npy<T> array;
  array.shape = npy_detail::parse_shape(npy_detail::after_key(header, "shape"));
  std::size_t count = 1;
  for (const std::size_t size : array.shape) count *= size;
  if (bytes.size() != 10 + length + count * sizeof(T)) throw std::runtime_error(path + " is cut short");
  array.data.resize(count);
  std::memcpy(array.data.data(), bytes.data() + 10 + length, count * sizeof(T));
  return array;
}

}  // namespace duet::test
