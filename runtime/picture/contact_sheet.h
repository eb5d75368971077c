#pragma once

#include <vector>

#include "runtime/picture/image.h"

namespace duet {

/// Pictures of one size as one, in reading order, with a thin white line between them: about 1.5 times as many columns
/// as rows (3 x 2 for six). One picture stays as it is. Throws std::invalid_argument if there is none, or if their
/// sizes differ.
Image contact_sheet(const std::vector<Image>& pictures);

/// `count` of the moments 0 .. moments - 1, evenly spaced, the first and the last among them; fewer if there are not as
/// many. A single one is the last. Both numbers are positive.
std::vector<std::size_t> spread_moments(std::size_t moments, std::size_t count);

}  // namespace duet
