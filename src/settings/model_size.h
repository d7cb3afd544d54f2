// The size of a model, counted without overflow before anything is allocated.
#pragma once

#include <forknet/config.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace forknet::run {

// Limit of the bytes for weights, gradients and the optimizer's state: 1 TiB.
inline constexpr std::size_t kMostModelBytes = std::size_t{1} << 40;

struct ModelSize {
  std::size_t parameters = 0;
  std::size_t bytes = 0;    // of weights, gradients and optimizer state
  std::int64_t widest = 1;  // layer: its outputs
  // The first layer (from 0) that exceeds the limit; nothing: all fit. The numbers above then count
  // the layers up to and with that one; they are the largest size_t if they overflow.
  std::optional<std::size_t> too_large_at;
};

// `inputs`: numbers of a sample; 1 gives a lower bound while the data is not known.
[[nodiscard]] ModelSize model_size(const Config& config, std::size_t inputs);

// "1.5 GiB", for display.
[[nodiscard]] std::string bytes_text(std::size_t bytes);

}  // namespace forknet::run
