#pragma once

// Private to runtime/sim.

#include <string>

namespace duet {

/// What to do about a model that MuJoCo refuses because it is written for a newer version, judged by the message of the
/// refusal: which version brought the word, and what 2.2.2 has instead. Empty if the message names none that is known.
std::string help_for_newer_words(const std::string& message);

}  // namespace duet
