// Pictures survive the way into a PNG file and back.

#include "runtime/picture/png.h"

#include <gtest/gtest.h>
#include <png.h>

#include <stdexcept>

#include "runtime/core/error.h"
#include "tests/runtime/picture/scratch_folder.h"

namespace duet {
namespace {

using test::ScratchFolder;

Image read_png(const std::filesystem::path& path) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_file(&header, path.c_str())) << header.message;
  header.format = PNG_FORMAT_RGB;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  EXPECT_TRUE(png_image_finish_read(&header, nullptr, image.rgb.data(), 0, nullptr)) << header.message;
  return image;
}

TEST(Png, KeepsEveryPixel) {
  Image image(5, 3);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(37 * i);
  const ScratchFolder folder;
  write_png(image, folder.path() / "a.png");
  const Image back = read_png(folder.path() / "a.png");
  EXPECT_EQ(back.width, 5);
  EXPECT_EQ(back.height, 3);
  EXPECT_EQ(back.rgb, image.rgb);
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.png"});
}

TEST(Png, APlaceThatCannotBeWrittenIsAnError) {
  const ScratchFolder folder;
  try {
    write_png(Image(2, 2), folder.path() / "no/such/folder.png");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "E0701");
  }
}

TEST(Png, APictureWithoutPixelsIsRefused) {
  EXPECT_THROW(write_png(Image(0, 4), "never.png"), std::invalid_argument);
  Image wrong(2, 2);
  wrong.rgb.pop_back();
  EXPECT_THROW(write_png(wrong, "never.png"), std::invalid_argument);
}

}  // namespace
}  // namespace duet
