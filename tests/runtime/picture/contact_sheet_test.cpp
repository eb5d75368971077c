// Where pictures land on a sheet, and which moments are chosen for it.

#include "runtime/picture/contact_sheet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace duet {
namespace {

Image filled(int width, int height, uint8_t shade) {
  Image image(width, height);
  std::fill(image.rgb.begin(), image.rgb.end(), shade);
  return image;
}

uint8_t red_at(const Image& image, int x, int y) {
  return image.rgb[static_cast<std::size_t>(3 * (y * image.width + x))];
}

TEST(ContactSheet, SixPicturesAreThreeByTwoInReadingOrder) {
  std::vector<Image> pictures;
  for (int i = 0; i < 6; ++i) pictures.push_back(filled(10, 8, static_cast<uint8_t>(10 * (i + 1))));
  const Image sheet = contact_sheet(pictures);
  ASSERT_EQ(sheet.width, 3 * 10 + 2 * 4);
  ASSERT_EQ(sheet.height, 2 * 8 + 4);
  for (int i = 0; i < 6; ++i) {
    const int left = i % 3 * 14, top = i / 3 * 12;
    EXPECT_EQ(red_at(sheet, left, top), 10 * (i + 1)) << i;
    EXPECT_EQ(red_at(sheet, left + 9, top + 7), 10 * (i + 1)) << i;
  }
  EXPECT_EQ(red_at(sheet, 10, 0), 255) << "the line between columns";
  EXPECT_EQ(red_at(sheet, 0, 8), 255) << "the line between rows";
}

TEST(ContactSheet, OnePictureStaysAsItIsAndAnUnfilledRowIsWhite) {
  EXPECT_EQ(contact_sheet({filled(6, 4, 7)}).rgb, filled(6, 4, 7).rgb);
  const Image sheet = contact_sheet(std::vector<Image>(4, filled(6, 4, 7)));  // three columns, the second row has one
  EXPECT_EQ(red_at(sheet, 0, 8), 7);
  EXPECT_EQ(red_at(sheet, 10, 8), 255);
}

TEST(ContactSheet, NoPicturesAndSeveralSizesAreRefused) {
  EXPECT_THROW(contact_sheet({}), std::invalid_argument);
  EXPECT_THROW(contact_sheet({filled(6, 4, 7), filled(4, 6, 7)}), std::invalid_argument);
}

TEST(ContactSheet, MomentsAreSpreadFromTheFirstToTheLast) {
  using Moments = std::vector<std::size_t>;
  EXPECT_EQ(spread_moments(101, 6), (Moments{0, 20, 40, 60, 80, 100}));
  EXPECT_EQ(spread_moments(3, 6), (Moments{0, 1, 2}));
  EXPECT_EQ(spread_moments(101, 1), Moments{100});
  EXPECT_EQ(spread_moments(1, 6), Moments{0});
}

}  // namespace
}  // namespace duet
