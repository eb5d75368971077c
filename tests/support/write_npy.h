#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/data/npy.h"

namespace duet::test {

/// An array that is to become a .npy file.
struct NpyFile {
  std::vector<std::size_t> shape;
  std::vector<double> values;
  std::string type = "f8";  ///< f8, f4, i8, i4, u1 or b1
  int major = 1;            ///< Version of the format: 1 or 2.
};

namespace npy_detail {

template <class T>
void append(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.append(raw, sizeof(T));
}

inline void append_as(std::string& bytes, const std::string& type, double value) {
  if (type == "f8") append(bytes, value);
  if (type == "f4") append(bytes, static_cast<float>(value));
  if (type == "i8") append(bytes, static_cast<int64_t>(value));
  if (type == "i4") append(bytes, static_cast<int32_t>(value));
  if (type == "u1" || type == "b1") append(bytes, static_cast<uint8_t>(value));
}

}  // namespace npy_detail

/// The start of a .npy file with this header, padded to a multiple of 64 bytes as NumPy does it.
inline std::string npy_start(std::string header, int major = 1) {
  const std::size_t before = major == 1 ? 10 : 12;
  header.append(63 - (before + header.size()) % 64, ' ').append("\n");
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  if (major == 1)
    npy_detail::append(bytes, static_cast<uint16_t>(header.size()));
  else
    npy_detail::append(bytes, static_cast<uint32_t>(header.size()));
  return bytes + header;
}

/// The whole file of an array.
inline std::string npy_bytes(const NpyFile& file) {
  const std::string order = file.type[1] == '1' ? "|" : "<";
  std::string bytes = npy_start(
      "{'descr': '" + order + file.type + "', 'fortran_order': False, 'shape': " + shape_text(file.shape) + ", }",
      file.major);
  for (const double value : file.values) npy_detail::append_as(bytes, file.type, value);
  return bytes;
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace duet::test
