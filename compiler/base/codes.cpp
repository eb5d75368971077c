#include "compiler/base/codes.h"

#include <algorithm>
#include <cctype>

namespace duet {
namespace {

constexpr CodeInfo kCodes[] = {
#define DUET_CODE(code, title, explanation) {#code, title, explanation},
#include "compiler/base/codes.def"
#undef DUET_CODE
};

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

}  // namespace

std::span<const CodeInfo> all_codes() {
  return kCodes;
}

const CodeInfo* find_code(std::string_view code) {
  for (const CodeInfo& info : kCodes) {
    if (same_ignoring_case(info.code, code)) return &info;
  }
  return nullptr;
}

}  // namespace duet
