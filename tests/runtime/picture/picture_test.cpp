#include <cairo/cairo.h>

#include "runtime/picture/contact_sheet.h"
#include "runtime/picture/png.h"
#include "tests/runtime/run/temporary_folder.h"

namespace duet {
namespace {

using Pictures = TemporaryFolder;

/// A picture in which no two neighbours are alike.
Image pattern(int width, int height, int seed = 0) {
  Image image(width, height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>((37 * i + seed) % 251);
  return image;
}

TEST_F(Pictures, APngHoldsEveryPixel) {
  const Image image = pattern(13, 7);
  write_png(image, folder_ / "a.png");
  cairo_surface_t* surface = cairo_image_surface_create_from_png((folder_ / "a.png").c_str());
  ASSERT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  ASSERT_EQ(cairo_image_surface_get_width(surface), 13);
  ASSERT_EQ(cairo_image_surface_get_height(surface), 7);
  const uint8_t* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < 7; ++y)
    for (int x = 0; x < 13; ++x) {
      const uint8_t* theirs = data + y * stride + 4 * x;  // blue, green, red on machines whose least byte comes first
      const uint8_t* ours = image.rgb.data() + 3 * (13 * y + x);
      EXPECT_EQ(theirs[2], ours[0]);
      EXPECT_EQ(theirs[1], ours[1]);
      EXPECT_EQ(theirs[0], ours[2]);
    }
  cairo_surface_destroy(surface);
}

TEST_F(Pictures, APngThatCannotBeWrittenIsE0701) {
  EXPECT_EQ(code_of([&] { write_png(pattern(2, 2), folder_ / "nowhere" / "a.png"); }), "E0701");
  EXPECT_THROW(write_png(Image(), folder_ / "a.png"), std::invalid_argument);
}

TEST(ContactSheet, LaysPicturesInReadingOrder) {
  std::vector<Image> pictures;
  for (int i = 0; i < 6; ++i) pictures.push_back(pattern(10, 8, 100 * i));
  const Image sheet = contact_sheet(pictures);
  ASSERT_GT(sheet.width, 30);
  ASSERT_GT(sheet.height, 16);
  const int gap = (sheet.width - 30) / 2;
  EXPECT_EQ(sheet.height, 16 + gap);
  for (int i = 0; i < 6; ++i) {
    const int left = (i % 3) * (10 + gap), top = (i / 3) * (8 + gap);
    for (int y = 0; y < 8; ++y)
      for (int b = 0; b < 30; ++b)
        EXPECT_EQ(sheet.rgb[static_cast<std::size_t>(3 * (sheet.width * (top + y) + left) + b)],
                  pictures[static_cast<std::size_t>(i)].rgb[static_cast<std::size_t>(30 * y + b)]);
  }
  EXPECT_EQ(contact_sheet({pictures[1]}).rgb, pictures[1].rgb);
  EXPECT_THROW(contact_sheet({}), std::invalid_argument);
  EXPECT_THROW(contact_sheet({pattern(2, 2), pattern(2, 3)}), std::invalid_argument);
}

TEST(ContactSheet, SpreadsMomentsOverAnEpisode) {
  EXPECT_EQ(spread_moments(11, 6), (std::vector<std::size_t>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(spread_moments(3, 6), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(spread_moments(9, 1), (std::vector<std::size_t>{8}));
}

}  // namespace
}  // namespace duet
