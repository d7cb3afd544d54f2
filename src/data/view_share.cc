#include "data/view_share.h"

#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/try.h"

namespace forknet::data {
namespace {

// The start of the description; rows (u32), offsets, factors and bends of inputs, offsets and
// factors of targets (f32), and weights of classes (f64) follow.
struct Header {
  std::uint64_t element, rows, features, labelled, classes, outputs, labels_at, targets_at;
  std::uint64_t weighted, sample_weights_at, paged;
  std::uint64_t view_rows, scalings, bends, target_scalings, class_weights;
  Augmentation augment;
};

static_assert(std::is_trivially_copyable_v<Header>);

template <class T>
std::byte* put(std::byte* to, const std::vector<T>& numbers) {
  if (!numbers.empty()) std::memcpy(to, numbers.data(), numbers.size() * sizeof(T));
  return to + numbers.size() * sizeof(T);
}

template <class T>
const std::byte* get(const std::byte* from, std::size_t count, std::vector<T>& numbers) {
  numbers.resize(count);
  if (count > 0) std::memcpy(numbers.data(), from, count * sizeof(T));
  return from + count * sizeof(T);
}

}  // namespace

Result<os::Mapping> describe_view(const View& view) {
  const Table& table = *view.table;
  const TableShape& shape = table.shape;
  const Header header = {static_cast<std::uint64_t>(shape.element),
                         shape.rows,
                         shape.features,
                         shape.labelled ? 1U : 0U,
                         shape.classes,
                         shape.outputs,
                         table.labels_at,
                         table.targets_at,
                         shape.weighted ? 1U : 0U,
                         table.sample_weights_at,
                         table.paged ? 1U : 0U,
                         view.rows.size(),
                         view.scaling.offset.size(),
                         view.scaling.bend.size(),
                         view.targets.offset.size(),
                         view.class_weights.size(),
                         view.augment};
  const std::size_t bytes =
      sizeof(Header) + view.rows.size() * sizeof(std::uint32_t) +
      2 * view.scaling.offset.size() * sizeof(float) + view.scaling.bend.size() * sizeof(float) +
      2 * view.targets.offset.size() * sizeof(float) + view.class_weights.size() * sizeof(double);
  return os::Mapping::sealed("forknet view", bytes, [&](std::span<std::byte> memory) {
    std::memcpy(memory.data(), &header, sizeof(Header));
    std::byte* to = put(memory.data() + sizeof(Header), view.rows);
    to = put(put(put(to, view.scaling.offset), view.scaling.factor), view.scaling.bend);
    to = put(put(to, view.targets.offset), view.targets.factor);
    (void)put(to, view.class_weights);
    return Status();
  });
}

Result<View> view_of(os::Fd table, os::Fd description) {
  FORKNET_ASSIGN(const auto text,
                 os::Mapping::of(std::move(description), os::Mapping::Access::read));
  if (text.bytes().size() < sizeof(Header)) {
    return Error{ErrorKind::internal, "the description of the data is cut short"};
  }
  Header header = {};
  std::memcpy(&header, text.bytes().data(), sizeof(Header));
  Table whole;
  whole.shape.element = static_cast<Element>(header.element);
  whole.shape.rows = header.rows;
  whole.shape.features = header.features;
  whole.shape.labelled = header.labelled != 0;
  whole.shape.classes = header.classes;
  whole.shape.outputs = header.outputs;
  whole.labels_at = header.labels_at;
  whole.targets_at = header.targets_at;
  whole.shape.weighted = header.weighted != 0;
  whole.sample_weights_at = header.sample_weights_at;
  whole.paged = header.paged != 0;
  FORKNET_ASSIGN(whole.memory, whole.paged
                                   ? os::Mapping::paged(std::move(table), "the rows")
                                   : os::Mapping::of(std::move(table), os::Mapping::Access::read));
  whole.memory.forget_fd();
  View view;
  view.augment = header.augment;
  const std::byte* from = text.bytes().data() + sizeof(Header);
  from = get(from, header.view_rows, view.rows);
  from = get(from, header.scalings, view.scaling.offset);
  from = get(from, header.scalings, view.scaling.factor);
  from = get(from, header.bends, view.scaling.bend);
  from = get(from, header.target_scalings, view.targets.offset);
  from = get(from, header.target_scalings, view.targets.factor);
  (void)get(from, header.class_weights, view.class_weights);
  view.table = std::make_shared<const Table>(std::move(whole));
  return view;
}

}  // namespace forknet::data
