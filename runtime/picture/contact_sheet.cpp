#include "runtime/picture/contact_sheet.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace duet {
namespace {

constexpr int kGap = 4;  // pixels between pictures

void paste(const Image& picture, Image& sheet, int left, int top) {
  const auto row = static_cast<std::size_t>(3 * picture.width);
  for (int y = 0; y < picture.height; ++y) {
    const std::size_t to = 3 * (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(sheet.width) +
                                static_cast<std::size_t>(left));
    std::copy_n(&picture.rgb[static_cast<std::size_t>(y) * row], row, &sheet.rgb[to]);
  }
}

}  // namespace

Image contact_sheet(const std::vector<Image>& pictures) {
  if (pictures.empty()) throw std::invalid_argument("contact_sheet: no pictures");
  const int count = static_cast<int>(pictures.size());
  const int columns = std::min(count, static_cast<int>(std::lround(std::ceil(std::sqrt(1.5 * count)))));
  const int rows = (count + columns - 1) / columns;
  const int width = pictures.front().width, height = pictures.front().height;
  Image sheet(columns * (width + kGap) - kGap, rows * (height + kGap) - kGap);
  std::fill(sheet.rgb.begin(), sheet.rgb.end(), uint8_t{255});
  for (int i = 0; i < count; ++i) {
    const Image& picture = pictures[static_cast<std::size_t>(i)];
    if (picture.width != width || picture.height != height)
      throw std::invalid_argument("contact_sheet: pictures of several sizes");
    paste(picture, sheet, i % columns * (width + kGap), i / columns * (height + kGap));
  }
  return sheet;
}

std::vector<std::size_t> spread_moments(std::size_t moments, std::size_t count) {
  if (count == 1) return {moments - 1};
  count = std::min(count, moments);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(count == 1 ? 0 : i * (moments - 1) / (count - 1));
  return chosen;
}

}  // namespace duet
