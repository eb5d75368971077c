#pragma once

#include <filesystem>

#include "runtime/picture/image.h"

namespace duet {

/// Writes a picture as PNG, whole or not at all. Throws Error E0701 if the place cannot be written to;
/// std::invalid_argument if the picture has no pixels.
void write_png(const Image& image, const std::filesystem::path& path);

}  // namespace duet
