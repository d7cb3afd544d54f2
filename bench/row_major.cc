#include "bench/row_major.h"

#include <oneapi/dnnl/dnnl.h>

#include "base/check.h"
#include "base/try.h"
#include "math/panels.h"

namespace forknet::bench {
namespace {

std::size_t rounded_up(std::size_t numbers) { return math::panels_for(numbers) * math::kLanes; }

}  // namespace

const char* layout_name(WeightLayout layout) {
  return layout == WeightLayout::out_in ? "(out, in)" : "(in, out)";
}

Result<Pool> Pool::create(std::span<const std::size_t> sizes) {
  std::size_t numbers = 0;
  for (const std::size_t size : sizes) numbers += rounded_up(size);
  FORKNET_ASSIGN(auto memory, store::Weights<float>::create(numbers, 0));
  return Pool(std::move(memory));
}

std::span<float> Pool::take(std::size_t numbers) {
  const auto piece = memory_.parameters().subspan(used_, numbers);
  used_ += rounded_up(numbers);
  return piece;
}

void multiply(const Factor& a, const Factor& b, std::span<float> c) {
  const std::size_t m = a.turned ? a.columns : a.rows;
  const std::size_t k = a.turned ? a.rows : a.columns;
  const std::size_t n = b.turned ? b.rows : b.columns;
  FORKNET_CHECK(k == (b.turned ? b.columns : b.rows) && c.size() == m * n);
  const auto signed_size = [](std::size_t size) { return static_cast<dnnl_dim_t>(size); };
  const dnnl_status_t status =
      dnnl_sgemm(a.turned ? 'T' : 'N', b.turned ? 'T' : 'N', signed_size(m), signed_size(n),
                 signed_size(k), 1.0F, a.numbers.data(), signed_size(a.columns), b.numbers.data(),
                 signed_size(b.columns), 0.0F, c.data(), signed_size(n));
  FORKNET_CHECK(status == dnnl_success);
}

void transpose(std::span<const float> from, std::size_t rows, std::size_t columns,
               std::span<float> to) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  }
}

}  // namespace forknet::bench
