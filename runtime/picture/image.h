#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace duet {

/// A picture: rows from the top, red green blue in 0..255.
struct Image {
  Image() = default;
  Image(int width, int height) : width(width), height(height), rgb(3 * pixels()) {}

  std::size_t pixels() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }

  int width = 0, height = 0;
  std::vector<uint8_t> rgb;  // 3 width height
};

}  // namespace duet
