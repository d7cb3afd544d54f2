// Tensors in a file that every safetensors reader loads: u64 little-endian header length, a JSON
// header {name: {dtype, shape, data_offsets}, "__metadata__": {text: text}}, then the data of all
// tensors without holes. docs/formats.md gives the grammar, what forknet adds (a checksum in the
// metadata) and what it refuses. Numbers are little-endian, matrices row-major.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "os/mapping.h"

namespace forknet::store {

enum class DType {
  boolean,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  u16,
  i16,
  f16,
  bf16,
  u32,
  i32,
  f32,
  u64,
  i64,
  f64
};

[[nodiscard]] std::size_t size_of(DType dtype);       // bytes per element
[[nodiscard]] std::string_view name_of(DType dtype);  // "F32"
[[nodiscard]] std::optional<DType> dtype_named(std::string_view name);

using Shape = std::vector<std::size_t>;  // {} is one number
using Metadata = std::map<std::string, std::string>;

// "[10, 784]"
[[nodiscard]] std::string to_text(const Shape& shape);

// --- writing ---

using ByteSink = std::function<Status(std::span<const std::byte>)>;

// One tensor to write: its bytes, or a function that produces them (e.g. weights out of panels) and
// passes them to a sink in pieces of any size. It is called once.
struct NamedTensor {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::span<const std::byte> bytes;
  std::function<Status(const ByteSink&)> produce;  // if set, `bytes` is ignored
};

// Writes the file durably (os/durable_file.h): after success it is complete and synced; after an
// Error the former file is intact and no partial file remains. Buffers no tensor in memory. Larger
// dtypes come first, so that every tensor is aligned to its element size; the data starts at a
// multiple of 64. Names must differ; metadata must be UTF-8 and must not contain kChecksumKey,
// which is added here.
[[nodiscard]] Status write_safetensors(const os::FilePath& path,
                                       std::span<const NamedTensor> tensors,
                                       const Metadata& metadata, unsigned mode = 0600);

// --- reading ---

inline constexpr std::string_view kChecksumKey = "forknet.checksum";

struct TensorInfo {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::size_t begin = 0;  // bytes, within the data section
  std::size_t end = 0;
};

// An open file, mapped read-only. Its structure has been checked; verify() checks the bytes. Every
// defect is an Error of kind data that names the file, the place, what is wrong and what was
// expected.
class SafetensorsFile {
 public:
  [[nodiscard]] static Result<SafetensorsFile> open(const os::FilePath& path);

  // Recomputes the checksum, which finds any damaged byte. Passes for files of other programs
  // without a checksum; files of forknet have one.
  [[nodiscard]] Status verify() const;
  [[nodiscard]] bool has_checksum() const { return metadata_.contains(std::string(kChecksumKey)); }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const Metadata& metadata() const { return metadata_; }
  // In the order of their data.
  [[nodiscard]] std::span<const TensorInfo> tensors() const { return tensors_; }
  // Null if there is no tensor of that name.
  [[nodiscard]] const TensorInfo* find(std::string_view name) const;

  // The raw bytes, valid while this object lives. In files of other programs they may be unaligned:
  // copy, do not cast.
  [[nodiscard]] std::span<const std::byte> bytes(const TensorInfo& tensor) const;

  // Copies the tensor of that name into `out`, which has as many numbers as `shape`, converting
  // between F32 and F64 if needed (F32 to F64 is exact). Error: it is missing, has another shape,
  // or is neither F32 nor F64.
  [[nodiscard]] Status read_f32(std::string_view name, const Shape& shape,
                                std::span<float> out) const;
  [[nodiscard]] Status read_f64(std::string_view name, const Shape& shape,
                                std::span<double> out) const;

 private:
  SafetensorsFile() = default;
  template <class T>
  [[nodiscard]] Status read(std::string_view name, const Shape& shape, std::span<T> out) const;

  std::string path_;
  os::Mapping mapping_;
  std::size_t data_start_ = 0;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;  // name -> place in tensors_
  Metadata metadata_;
};

}  // namespace forknet::store
