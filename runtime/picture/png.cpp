#include "runtime/picture/png.h"

#include <png.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "runtime/core/atomic_file.h"

namespace duet {

void write_png(const Image& image, const std::filesystem::path& path) {
  if (image.pixels() == 0 || image.rgb.size() != 3 * image.pixels())
    throw std::invalid_argument("write_png: the picture has no pixels, or not as many as it says");
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&header, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr))
    throw std::runtime_error(std::string("libpng: ") + header.message);
  write_file_atomically(path, std::string_view(bytes).substr(0, size));
}

}  // namespace duet
