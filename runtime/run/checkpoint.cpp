#include "runtime/run/checkpoint.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "runtime/core/atomic_file.h"
#include "runtime/core/hash.h"

namespace duet {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the file format is little-endian, and blobs are used in place");

constexpr std::string_view kMagic = "DUETCKPT";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderSize = 32;
constexpr uint64_t kAlignment = 64;

uint64_t aligned(uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

template <typename T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

/// Reads plain values off a span; tells when it would run over its end.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
  bool take(T& value) {
    if (bytes_.size() < sizeof(T)) return false;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_ = bytes_.subspan(sizeof(T));
    return true;
  }
  bool take_text(std::string& text, size_t size) {
    if (bytes_.size() < size) return false;
    text.assign(reinterpret_cast<const char*>(bytes_.data()), size);
    bytes_ = bytes_.subspan(size);
    return true;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
};

/// The product of the dimensions times the size of an element; nothing if it is negative or does not fit.
std::optional<uint64_t> bytes_of_shape(const std::vector<int64_t>& shape, Dtype dtype) {
  uint64_t size = size_of(dtype);
  for (const int64_t n : shape) {
    if (n < 0) return std::nullopt;
    if (__builtin_mul_overflow(size, static_cast<uint64_t>(n), &size)) return std::nullopt;
  }
  return size;
}

void append_entry(std::string& directory, const BlobInfo& info) {
  put(directory, static_cast<uint32_t>(info.name.size()));
  directory += info.name;
  put(directory, static_cast<uint8_t>(info.dtype));
  put(directory, static_cast<uint8_t>(info.shape.size()));
  for (const int64_t n : info.shape) put(directory, n);
  put(directory, info.offset);
  put(directory, info.size);
  put(directory, info.crc);
}

bool take_entry(Cursor& cursor, BlobInfo& info) {
  uint32_t length = 0;
  uint8_t dtype = 0, rank = 0;
  if (!cursor.take(length) || !cursor.take_text(info.name, length) || !cursor.take(dtype) || !cursor.take(rank)) {
    return false;
  }
  if (dtype > static_cast<uint8_t>(Dtype::kBool)) return false;
  info.dtype = static_cast<Dtype>(dtype);
  info.shape.resize(rank);
  for (int64_t& n : info.shape) {
    if (!cursor.take(n)) return false;
  }
  return cursor.take(info.offset) && cursor.take(info.size) && cursor.take(info.crc);
}

bool all_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

size_t size_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::kBytes:
    case Dtype::kU8:
    case Dtype::kBool:
      return 1;
    case Dtype::kF32:
    case Dtype::kI32:
      return 4;
    case Dtype::kF64:
    case Dtype::kI64:
    case Dtype::kU64:
      return 8;
  }
  throw std::logic_error("size_of: not a dtype");
}

std::string_view name_of(Dtype dtype) {
  constexpr std::string_view kNames[] = {"bytes", "f32", "f64", "i32", "i64", "u8", "u64", "bool"};
  return kNames[static_cast<size_t>(dtype)];
}

void CheckpointWriter::add(std::string name, Dtype dtype, std::vector<int64_t> shape,
                           std::span<const std::byte> bytes) {
  if (bytes_of_shape(shape, dtype) != bytes.size()) {
    throw std::logic_error("checkpoint blob " + name + ": its bytes do not fill its shape");
  }
  if (shape.size() > std::numeric_limits<uint8_t>::max()) throw std::logic_error("checkpoint blob " + name + ": rank");
  const auto place = std::lower_bound(blobs_.begin(), blobs_.end(), name,
                                      [](const Blob& blob, const std::string& key) { return blob.info.name < key; });
  if (place != blobs_.end() && place->info.name == name) throw std::logic_error("checkpoint blob " + name + " twice");
  BlobInfo info;
  info.name = std::move(name);
  info.dtype = dtype;
  info.shape = std::move(shape);
  info.size = bytes.size();
  blobs_.insert(place, Blob{std::move(info), bytes});
}

void CheckpointWriter::add_text(std::string name, std::string_view text) {
  const auto raw = bytes_of(text);
  const auto& kept = kept_.emplace_back(raw.begin(), raw.end());
  add(std::move(name), Dtype::kBytes, {static_cast<int64_t>(kept.size())}, kept);
}

void CheckpointWriter::write(AtomicFile& file) const {
  uint64_t directory_size = 0;
  for (const Blob& blob : blobs_) {
    directory_size += 4 + blob.info.name.size() + 2 + 8 * blob.info.shape.size() + 8 + 8 + 4;
  }
  std::string directory;
  directory.reserve(directory_size);
  uint64_t end = kHeaderSize + directory_size;
  for (const Blob& blob : blobs_) {
    BlobInfo info = blob.info;
    info.offset = aligned(end);
    info.crc = crc32c(blob.bytes);
    end = info.offset + info.size;
    append_entry(directory, info);
  }
  std::string header(kMagic);
  put(header, kVersion);
  put(header, static_cast<uint32_t>(blobs_.size()));
  put(header, directory_size);
  put(header, crc32c(bytes_of(directory)));
  put(header, crc32c(bytes_of(header)));

  const std::string zeros(kAlignment, '\0');
  file.write(bytes_of(header + directory));
  uint64_t position = kHeaderSize + directory_size;
  for (const Blob& blob : blobs_) {
    file.write(bytes_of(std::string_view(zeros).substr(0, aligned(position) - position)));
    file.write(blob.bytes);
    position = aligned(position) + blob.info.size;
  }
}

struct CheckpointReader::Mapping {
  std::span<const std::byte> bytes;
};

void CheckpointReader::Unmap::operator()(Mapping* mapping) const {
  if (!mapping->bytes.empty()) ::munmap(const_cast<std::byte*>(mapping->bytes.data()), mapping->bytes.size());
  delete mapping;
}

CheckpointReader::CheckpointReader(const std::filesystem::path& path) : path_(path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    const int reason = errno;
    if (descriptor >= 0) ::close(descriptor);
    throw Error("E0702", "cannot read the checkpoint " + path.string() + ": " + std::strerror(reason));
  }
  mapping_.reset(new Mapping);
  const size_t size = static_cast<size_t>(status.st_size);
  void* address = size > 0 ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0) : nullptr;
  const int reason = errno;
  ::close(descriptor);
  if (address == MAP_FAILED) {
    throw Error("E0702", "cannot read the checkpoint " + path.string() + ": " + std::strerror(reason));
  }
  mapping_->bytes = {static_cast<const std::byte*>(address), size};
  read_directory();
}

void CheckpointReader::throw_broken(const std::string& what) const {
  throw Error("E0703", "the checkpoint " + path_.string() + " is damaged: " + what,
              "resume from an older checkpoint of the run, or from a copy of this one");
}

void CheckpointReader::read_directory() {
  const auto all = mapping_->bytes;
  std::string magic;
  uint32_t version = 0, count = 0, directory_crc = 0, header_crc = 0;
  uint64_t directory_size = 0;
  Cursor header(all.first(std::min(all.size(), kHeaderSize)));
  if (!header.take_text(magic, kMagic.size()) || magic != kMagic) throw_broken("it does not begin like a checkpoint");
  if (!header.take(version)) throw_broken("its header is cut off");
  // The rest of the header may look different in another version, so this comes before its checksum.
  if (version != kVersion) {
    throw Error("E0704",
                "the checkpoint " + path_.string() + " has format version " + std::to_string(version) +
                    ", this program reads version " + std::to_string(kVersion),
                "resume with the version of duet named in the run's manifest.json");
  }
  if (!header.take(count) || !header.take(directory_size) || !header.take(directory_crc) || !header.take(header_crc)) {
    throw_broken("its header is cut off");
  }
  if (crc32c(all.first(kHeaderSize - 4)) != header_crc) throw_broken("the checksum of its header is wrong");
  if (all.size() - kHeaderSize < directory_size) throw_broken("its directory is cut off");
  const auto directory = all.subspan(kHeaderSize, directory_size);
  if (crc32c(directory) != directory_crc) throw_broken("the checksum of its directory is wrong");

  Cursor cursor(directory);
  uint64_t end = kHeaderSize + directory_size;
  for (uint32_t i = 0; i < count; ++i) {
    BlobInfo info;
    if (!take_entry(cursor, info) || info.offset != aligned(end) ||
        bytes_of_shape(info.shape, info.dtype) != info.size) {
      throw_broken("its directory makes no sense");
    }
    if (info.offset > all.size() || all.size() - info.offset < info.size) {
      throw_broken("the file ends within the blob " + info.name);
    }
    if (!all_zero(all.subspan(end, info.offset - end))) throw_broken("there is something before the blob " + info.name);
    end = info.offset + info.size;
    blobs_.push_back(std::move(info));
  }
  if (!cursor.at_end()) throw_broken("its directory makes no sense");
  if (end != all.size()) throw_broken("there is something after its end");
}

void CheckpointReader::check_blob(const BlobInfo& info) const {
  if (crc32c(mapping_->bytes.subspan(info.offset, info.size)) != info.crc) {
    throw_broken("the checksum of the blob " + info.name + " is wrong");
  }
}

void CheckpointReader::verify() const {
  for (const BlobInfo& info : blobs_) check_blob(info);
}

const BlobInfo* CheckpointReader::find(std::string_view name) const {
  const auto place = std::lower_bound(blobs_.begin(), blobs_.end(), name,
                                      [](const BlobInfo& info, std::string_view key) { return info.name < key; });
  return place != blobs_.end() && place->name == name ? &*place : nullptr;
}

const BlobInfo& CheckpointReader::info(std::string_view name) const {
  if (const BlobInfo* found = find(name)) return *found;
  throw Error("E0709", "the checkpoint " + path_.string() + " has no blob " + std::string(name),
              "it was written by another script or another version of duet");
}

std::span<const std::byte> CheckpointReader::bytes(std::string_view name) const {
  const BlobInfo& found = info(name);
  check_blob(found);
  return mapping_->bytes.subspan(found.offset, found.size);
}

void CheckpointReader::expect_dtype(std::string_view name, Dtype dtype) const {
  const Dtype found = info(name).dtype;
  if (found == dtype) return;
  throw Error("E0709", "the blob " + std::string(name) + " of the checkpoint " + path_.string() + " holds " +
                           std::string(name_of(found)) + ", not " + std::string(name_of(dtype)));
}

void CheckpointReader::throw_not_one(std::string_view name) const {
  throw Error("E0709", "the blob " + std::string(name) + " of the checkpoint " + path_.string() + " is not one number");
}

std::string CheckpointReader::text(std::string_view name) const {
  expect_dtype(name, Dtype::kBytes);
  const auto raw = bytes(name);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

}  // namespace duet
