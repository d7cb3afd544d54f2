#include <algorithm>

#include "base/check.h"
#include "base/digest.h"
#include "base/try.h"
#include "os/durable_file.h"
#include "store/safetensors_header.h"

namespace forknet::store {
namespace {

// Larger elements first: then every tensor starts at a multiple of its element's size.
std::vector<const NamedTensor*> in_file_order(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    return size_of(a->dtype) > size_of(b->dtype);
  });
  return order;
}

std::vector<TensorInfo> lay_out(std::span<const NamedTensor* const> order) {
  std::vector<TensorInfo> layout;
  std::size_t end = 0;
  for (const NamedTensor* tensor : order) {
    const std::size_t begin = end;
    const auto bytes = bytes_of(tensor->dtype, tensor->shape);
    FORKNET_CHECK(bytes.has_value());
    end = begin + *bytes;
    layout.push_back({tensor->name, tensor->dtype, tensor->shape, begin, end});
  }
  return layout;
}

Status write_tensor(const NamedTensor& tensor, std::size_t bytes, const ByteSink& sink) {
  std::size_t written = 0;
  const ByteSink counted = [&](std::span<const std::byte> piece) {
    written += piece.size();
    return sink(piece);
  };
  FORKNET_TRY(tensor.produce ? tensor.produce(counted) : counted(tensor.bytes));
  FORKNET_CHECK(written == bytes);
  return {};
}

}  // namespace

Status write_safetensors(const os::FilePath& path, std::span<const NamedTensor> tensors,
                         const Metadata& metadata, unsigned mode) {
  const auto order = in_file_order(tensors);
  const auto layout = lay_out(order);
  FORKNET_ASSIGN(const HeaderText header, format_header(layout, metadata));
  FORKNET_ASSIGN(auto file, os::DurableFile::create(path, mode));
  Digest digest;
  const ByteSink sink = [&](std::span<const std::byte> piece) {
    digest.update(piece);
    return file.write(piece);
  };
  FORKNET_TRY(sink(std::as_bytes(std::span(header.text))));
  for (std::size_t i = 0; i < order.size(); ++i) {
    FORKNET_TRY(write_tensor(*order[i], layout[i].end - layout[i].begin, sink));
  }
  FORKNET_TRY(file.write_at(header.checksum_at, digest.hex()));
  return file.commit();
}

}  // namespace forknet::store
