#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace duet {

/// A bijection of 64 bits in which every input bit moves about half of the output bits (the SplitMix64 finaliser).
constexpr uint64_t mix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// 64-bit FNV-1a of a text: names draw sites and tells whether two sources differ. Not for adversaries.
constexpr uint64_t hash_text(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

/// CRC-32C (Castagnoli) of `bytes`, going on from `crc`, the CRC of what came before: the checksum of checkpoints and
/// of TensorBoard records. Uses the CPU's instruction where there is one.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t crc = 0);

/// The same by table, on any machine: the definition that the fast one is tested against.
uint32_t crc32c_by_table(std::span<const std::byte> bytes, uint32_t crc = 0);

/// The bytes of a text or of an array of plain values.
inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace duet
