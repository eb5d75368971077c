#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// Arrays in NumPy's .npy files: format 1.0 and 2.0, C order, little endian, of the types f8, f4, i8, i4, u1 and b1.
// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

namespace duet {

/// An array in row-major order, its elements converted to T.
template <class T>
struct NpyArray {
  std::string type;                ///< The type in the file without its byte order: "f8", "f4", "i8", "i4", "u1", "b1".
  std::vector<std::size_t> shape;  ///< Empty for a single number.
  std::vector<T> values;

  /// Length of the first axis; 1 for a single number.
  std::size_t rows() const { return shape.empty() ? 1 : shape[0]; }
  /// Number of elements behind one index of the first axis.
  std::size_t row_size() const {
    std::size_t size = 1;
    for (std::size_t axis = 1; axis < shape.size(); ++axis) size *= shape[axis];
    return size;
  }
  /// The elements behind index `i` of the first axis; `i` below rows().
  std::span<const T> row(std::size_t i) const { return std::span(values).subspan(i * row_size(), row_size()); }
};

/// Reads an array of any of the types as doubles. Error E0720 names the file and what is wrong: it cannot be opened, is
/// cut short or too long, in Fortran order, of another type or format, or holds a whole number that no double equals.
NpyArray<double> read_npy_reals(const std::string& path);

/// The same for arrays of whole numbers and truth values (i8, i4, u1, b1); reals are Error E0720 too.
NpyArray<int64_t> read_npy_integers(const std::string& path);

/// "(8, 200, 3)", as NumPy prints a shape.
std::string shape_text(const std::vector<std::size_t>& shape);

}  // namespace duet
