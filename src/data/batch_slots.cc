#include "data/batch_slots.h"

#include <array>
#include <optional>
#include <utility>

#include "base/checked.h"
#include "base/try.h"

namespace forknet::data {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t panel_stride(const BatchSizes& sizes) {
  return (std::size_t{sizes.rows} | 1) * math::kLanes;
}

// Numbers in the parts of one slot, and the start of each part in bytes.
struct SlotLayout {
  std::size_t targets_at = 0;
  std::size_t labels_at = 0;
  std::size_t samples_at = 0;
  std::size_t sample_weights_at = 0;
  std::size_t scratch_at = 0;
  std::size_t bytes = 0;
};

// a * b bytes after `at`, the end rounded up to the alignment; nothing if it does not fit.
std::optional<std::size_t> behind(std::optional<std::size_t> at, std::size_t a, std::size_t b) {
  const std::optional<std::size_t> bytes = checked_multiply(a, b);
  if (!at || !bytes) return std::nullopt;
  const std::optional<std::size_t> end = checked_add(*at, *bytes);
  const std::optional<std::size_t> padded = end ? checked_add(*end, kAlignment - 1) : std::nullopt;
  if (!padded) return std::nullopt;
  return *padded / kAlignment * kAlignment;
}

template <class T>
std::optional<SlotLayout> lay_out(const BatchSizes& sizes) {
  const std::size_t panel_bytes = panel_stride(sizes) * sizeof(T);
  const std::size_t row_bytes = std::size_t{sizes.rows} * sizeof(std::uint32_t);
  const auto targets = behind(0, math::panels_for(sizes.features), panel_bytes);
  const auto labels = behind(targets, math::panels_for(sizes.target_columns), panel_bytes);
  const auto samples = behind(labels, sizes.labelled ? 1 : 0, row_bytes);
  const auto weights = behind(samples, 1, row_bytes);
  const auto scratch = behind(weights, sizes.weighted ? sizes.rows : 0, sizeof(T));
  const auto end = behind(scratch, sizes.scratch_bytes, 1);
  if (!end) return std::nullopt;
  return SlotLayout{*targets, *labels, *samples, *weights, *scratch, *end};
}

template <class T>
BatchSlot<T> make_slot(std::byte* memory, const SlotLayout& layout, const BatchSizes& sizes) {
  const std::size_t stride = panel_stride(sizes);
  BatchSlot<T> slot;
  slot.batch.inputs = {reinterpret_cast<T*>(memory), 0, sizes.features, stride};
  slot.batch.targets = {reinterpret_cast<T*>(memory + layout.targets_at), 0, sizes.target_columns,
                        stride};
  slot.samples = reinterpret_cast<std::uint32_t*>(memory + layout.samples_at);
  slot.batch.samples = slot.samples;
  if (sizes.labelled) slot.labels = reinterpret_cast<std::uint32_t*>(memory + layout.labels_at);
  slot.batch.labels = slot.labels;
  if (sizes.weighted) slot.sample_weights = reinterpret_cast<T*>(memory + layout.sample_weights_at);
  slot.batch.sample_weights = slot.sample_weights;
  if (sizes.scratch_bytes > 0) slot.scratch = memory + layout.scratch_at;
  return slot;
}

}  // namespace

template <class T>
Result<BatchSlots<T>> BatchSlots<T>::create(const BatchSizes& sizes) {
  const std::optional<SlotLayout> layout = lay_out<T>(sizes);
  const std::optional<std::size_t> bytes =
      layout ? checked_multiply(layout->bytes, sizes.slots) : std::nullopt;
  if (!bytes) {
    return Error{ErrorKind::internal,
                 "batches of this size need more memory than can be addressed"};
  }
  BatchSlots result;
  FORKNET_ASSIGN(result.memory_, os::Mapping::anonymous(*bytes));
  std::byte* memory = result.memory_.writable().data();
  for (std::size_t i = 0; i < sizes.slots; ++i) {
    result.slots_.push_back(make_slot<T>(memory + i * layout->bytes, *layout, sizes));
  }
  return result;
}

template class BatchSlots<float>;
template class BatchSlots<double>;

}  // namespace forknet::data
