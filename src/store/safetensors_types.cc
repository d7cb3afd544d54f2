// Element types and shapes of store/safetensors.h.
#include <algorithm>
#include <array>

#include "base/checked.h"
#include "store/safetensors_header.h"

namespace forknet::store {
namespace {

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<DTypeFacts, 15> kDTypes = {{
    {DType::boolean, "BOOL", 1},
    {DType::u8, "U8", 1},
    {DType::i8, "I8", 1},
    {DType::f8_e5m2, "F8_E5M2", 1},
    {DType::f8_e4m3, "F8_E4M3", 1},
    {DType::u16, "U16", 2},
    {DType::i16, "I16", 2},
    {DType::f16, "F16", 2},
    {DType::bf16, "BF16", 2},
    {DType::u32, "U32", 4},
    {DType::i32, "I32", 4},
    {DType::f32, "F32", 4},
    {DType::u64, "U64", 8},
    {DType::i64, "I64", 8},
    {DType::f64, "F64", 8},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kDTypes.size(); ++i) {
    if (static_cast<std::size_t>(kDTypes[i].dtype) != i) return false;
  }
  return static_cast<std::size_t>(DType::f64) + 1 == kDTypes.size();
}
static_assert(in_order(), "one row per dtype, in the order of the enum");

const DTypeFacts& facts(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::size_t size_of(DType dtype) { return facts(dtype).bytes; }

std::string_view name_of(DType dtype) { return facts(dtype).name; }

std::optional<DType> dtype_named(std::string_view name) {
  const auto* found = std::find_if(kDTypes.begin(), kDTypes.end(),
                                   [&](const DTypeFacts& row) { return row.name == name; });
  if (found == kDTypes.end()) return std::nullopt;
  return found->dtype;
}

std::optional<std::size_t> bytes_of(DType dtype, const Shape& shape) {
  std::optional<std::size_t> bytes = size_of(dtype);
  for (const std::size_t length : shape) {
    bytes = checked_multiply(*bytes, length);
    if (!bytes) break;
  }
  return bytes;
}

std::string to_text(const Shape& shape) {
  constexpr std::size_t kMostShown = 8;
  std::string text = "[";
  for (std::size_t i = 0; i < std::min(shape.size(), kMostShown); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  if (shape.size() > kMostShown) text += ", ...";
  return text + "]";
}

}  // namespace forknet::store
