// The unit of data between two cells: a head that describes it, and the bytes of its payload.
//
//   head = magic u32 | kind u32 | generation u32 | microbatch u32 | layer u32 | part u32 |
//          step u64 | bytes u64 | check u64
//
// in the machine's byte order (both ends are on one machine). `check` is a hash of all fields
// before it, so that a head read at the wrong offset is refused. Immutable values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace forknet::wire {

enum class FrameKind : std::uint32_t { activation, error, gradient, weight, bias, control };
inline constexpr std::size_t kFrameKinds = 6;
[[nodiscard]] std::string_view name_of(FrameKind kind);

struct Frame {
  FrameKind kind = FrameKind::control;
  std::uint32_t generation = 0;  // of the grid: incremented with every repair
  std::uint32_t microbatch = 0;  // of activations and errors
  std::uint64_t step = 0;
  std::uint64_t bytes = 0;  // of the payload
  std::uint32_t layer = 0;  // of weights, biases and gradients
  // Distinguishes frames of a kind for one layer or step: the region of weights and biases (0: the
  // parameters, then the optimizer's moments), the subtree of gradients, the message of control.
  std::uint32_t part = 0;
  bool operator==(const Frame&) const = default;
};

// "activation 3 of step 17, generation 0, 4096 bytes", "weight of layer 2, part 1, of step 17, …"
[[nodiscard]] std::string describe(const Frame& frame);

inline constexpr std::size_t kHeadBytes = 48;
using Head = std::array<std::byte, kHeadBytes>;
[[nodiscard]] Head encode(const Frame& frame);
// Nothing if the bytes are not a valid head.
[[nodiscard]] std::optional<Frame> decode(const Head& head);

// A strided view of bytes: `runs` runs of `run_bytes` each, `stride_bytes` from one to the next, as
// in the panels of some rows of a matrix. Owns nothing.
template <class Byte>
struct Blocks {
  Byte* data = nullptr;
  std::size_t runs = 0;
  std::size_t run_bytes = 0;
  std::size_t stride_bytes = 0;

  [[nodiscard]] std::size_t bytes() const { return runs * run_bytes; }
  // The bytes from `offset` (in bytes of payload) to the end of its run. offset < bytes().
  [[nodiscard]] std::span<Byte> run_from(std::size_t offset) const {
    const std::size_t run = offset / run_bytes;
    const std::size_t within = offset % run_bytes;
    return {data + run * stride_bytes + within, run_bytes - within};
  }
};
using ConstBlocks = Blocks<const std::byte>;
using MutableBlocks = Blocks<std::byte>;

}  // namespace forknet::wire
