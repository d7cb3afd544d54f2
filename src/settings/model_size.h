// How large a model is, counted without wrap-around before anything is allocated.
#pragma once

#include <forknet/config.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace forknet::run {

// A model may need so many bytes for weights, gradients and the optimizer's state: 1 TiB.
inline constexpr std::size_t kMostModelBytes = std::size_t{1} << 40;

struct ModelSize {
  std::size_t parameters = 0;
  std::size_t bytes = 0;  // of weights, gradients and optimizer state
  // The layer (counted from 0) with which a limit is passed; nothing when all fit. The numbers
  // above are then those up to and with that layer, the largest size_t when they do not fit one.
  std::optional<std::size_t> too_large_at;
};

// `inputs`: numbers a sample has; 1 while the data is not known gives a lower bound.
[[nodiscard]] ModelSize model_size(const Config& config, std::size_t inputs);

// "1.5 GiB": for people.
[[nodiscard]] std::string bytes_text(std::size_t bytes);

}  // namespace forknet::run
