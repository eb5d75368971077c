#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/core/error.h"

namespace duet {

class AtomicFile;

/// A checkpoint file: named blobs of bytes, each with its type, shape and checksum. All numbers are little-endian.
///
///   header     32 bytes: magic "DUETCKPT", u32 version (1), u32 number of blobs, u64 size of the directory,
///                        u32 CRC-32C of the directory, u32 CRC-32C of the 28 bytes before
///   directory  per blob, sorted by name: u32 length of the name, the name, u8 dtype, u8 rank, i64 shape[rank],
///              u64 offset in the file, u64 size, u32 CRC-32C of its bytes
///   blobs      in the same order, each at a multiple of 64, zeros between them; the file ends with the last one
///
/// The CRC of the directory covers those of the blobs, and with them the whole file. There is no time and no host in
/// it: equal states give equal bytes.
enum class Dtype : uint8_t { kBytes = 0, kF32 = 1, kF64 = 2, kI32 = 3, kI64 = 4, kU8 = 5, kU64 = 6, kBool = 7 };

/// Bytes per element.
size_t size_of(Dtype dtype);
/// As error messages spell it: "f32".
std::string_view name_of(Dtype dtype);

/// The tag of a C++ type.
template <typename T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, std::byte>) return Dtype::kBytes;
  if constexpr (std::is_same_v<T, float>) return Dtype::kF32;
  if constexpr (std::is_same_v<T, double>) return Dtype::kF64;
  if constexpr (std::is_same_v<T, int32_t>) return Dtype::kI32;
  if constexpr (std::is_same_v<T, int64_t>) return Dtype::kI64;
  if constexpr (std::is_same_v<T, uint8_t>) return Dtype::kU8;
  if constexpr (std::is_same_v<T, uint64_t>) return Dtype::kU64;
  if constexpr (std::is_same_v<T, bool>) return Dtype::kBool;
}

/// What the directory says of a blob.
struct BlobInfo {
  std::string name;
  Dtype dtype = Dtype::kBytes;
  std::vector<int64_t> shape;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint32_t crc = 0;
};

/// Collects blobs and writes them. Arrays are not copied: they must stay as they are until the checkpoint is written.
class CheckpointWriter {
 public:
  /// `bytes` must be the product of `shape` elements long, and `name` new; both are the program's duty
  /// (std::logic_error).
  void add(std::string name, Dtype dtype, std::vector<int64_t> shape, std::span<const std::byte> bytes);

  template <typename T>
  void add(std::string name, std::vector<int64_t> shape, std::span<const T> values) {
    add(std::move(name), dtype_of<T>(), std::move(shape), std::as_bytes(values));
  }

  /// One number (copied), as a blob of rank 0.
  template <typename T>
  void add_value(std::string name, T value) {
    const auto raw = std::as_bytes(std::span<const T>(&value, 1));
    add(std::move(name), dtype_of<T>(), {}, kept_.emplace_back(raw.begin(), raw.end()));
  }

  /// An array that is copied.
  void add_kept(std::string name, Dtype dtype, std::vector<int64_t> shape, std::span<const std::byte> bytes) {
    add(std::move(name), dtype, std::move(shape), kept_.emplace_back(bytes.begin(), bytes.end()));
  }

  /// A text (copied), as plain bytes.
  void add_text(std::string name, std::string_view text);

  /// Header, directory and blobs. Error E0701.
  void write(AtomicFile& file) const;

 private:
  struct Blob {
    BlobInfo info;
    std::span<const std::byte> bytes;
  };
  std::vector<Blob> blobs_;
  std::deque<std::vector<std::byte>> kept_;  // a deque: the blobs point into it
};

/// A checkpoint file mapped into memory: blobs are read where they lie, the disk is touched when they are used.
class CheckpointReader {
 public:
  /// Checks header and directory, not yet the blobs. Errors: E0702 no such file, E0703 truncated or corrupted, E0704
  /// another version.
  explicit CheckpointReader(const std::filesystem::path& path);

  /// Checks the checksums of all blobs. Error E0703 naming the first broken one.
  void verify() const;

  const std::vector<BlobInfo>& blobs() const { return blobs_; }
  bool has(std::string_view name) const { return find(name) != nullptr; }

  /// What is known of one blob. Error E0709 if there is none of the name.
  const BlobInfo& info(std::string_view name) const;

  /// The bytes of one blob, valid while the reader lives, after checking them. Errors E0709, E0703.
  std::span<const std::byte> bytes(std::string_view name) const;

  /// The elements of one blob, in place. Error E0709 if its type is another.
  template <typename T>
  std::span<const T> values(std::string_view name) const {
    expect_dtype(name, dtype_of<T>());
    const auto raw = bytes(name);
    return {reinterpret_cast<const T*>(raw.data()), raw.size() / sizeof(T)};
  }

  /// A blob of one element. Error E0709.
  template <typename T>
  T value(std::string_view name) const {
    const auto all = values<T>(name);
    if (all.size() != 1) throw_not_one(name);
    return all[0];
  }

  std::string text(std::string_view name) const;

 private:
  struct Mapping;
  struct Unmap {
    void operator()(Mapping* mapping) const;
  };

  const BlobInfo* find(std::string_view name) const;
  void expect_dtype(std::string_view name, Dtype dtype) const;
  [[noreturn]] void throw_not_one(std::string_view name) const;
  [[noreturn]] void throw_broken(const std::string& what) const;
  void check_blob(const BlobInfo& info) const;
  void read_directory();

  std::filesystem::path path_;
  std::unique_ptr<Mapping, Unmap> mapping_;
  std::vector<BlobInfo> blobs_;
};

}  // namespace duet
