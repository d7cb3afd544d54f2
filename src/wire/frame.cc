#include "wire/frame.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace forknet::wire {
namespace {

constexpr std::uint32_t kMagic = 0x4d524b46;  // "FKRM"

struct Words {
  std::uint32_t magic, kind, generation, microbatch, layer, part;
  std::uint64_t step, bytes, check;
};
static_assert(sizeof(Words) == kHeadBytes);

// Every bit of a head changes about half of the bits of the result (the finalizer of splitmix64,
// after Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
  std::uint64_t z = (state ^ word) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::uint64_t check_of(const Words& words) {
  std::uint64_t check = mix(words.magic, words.kind);
  check = mix(check, (std::uint64_t{words.generation} << 32) | words.microbatch);
  check = mix(check, (std::uint64_t{words.layer} << 32) | words.part);
  check = mix(check, words.step);
  return mix(check, words.bytes);
}

}  // namespace

std::string_view name_of(FrameKind kind) {
  static constexpr std::array<std::string_view, kFrameKinds> kNames = {
      "activation", "error", "gradient", "weight", "bias", "control"};
  return kNames[static_cast<std::size_t>(kind)];
}

namespace {

// The place of a frame among those of its kind in a step, as text.
std::string place_of(const Frame& frame) {
  switch (frame.kind) {
    case FrameKind::activation:
    case FrameKind::error:
      return fmt::format(" {}", frame.microbatch);
    case FrameKind::gradient:
    case FrameKind::weight:
    case FrameKind::bias:
      return fmt::format(" of layer {}, part {},", frame.layer, frame.part);
    case FrameKind::control:
      return fmt::format(" {}", frame.part);
  }
  return "";
}

}  // namespace

std::string describe(const Frame& frame) {
  return fmt::format("{}{} of step {}, generation {}, {} bytes", name_of(frame.kind),
                     place_of(frame), frame.step, frame.generation, frame.bytes);
}

Head encode(const Frame& frame) {
  Words words = {kMagic,
                 static_cast<std::uint32_t>(frame.kind),
                 frame.generation,
                 frame.microbatch,
                 frame.layer,
                 frame.part,
                 frame.step,
                 frame.bytes,
                 0};
  words.check = check_of(words);
  return std::bit_cast<Head>(words);
}

std::optional<Frame> decode(const Head& head) {
  const auto words = std::bit_cast<Words>(head);
  if (words.magic != kMagic || words.kind >= kFrameKinds || words.check != check_of(words)) {
    return std::nullopt;
  }
  return Frame{static_cast<FrameKind>(words.kind),
               words.generation,
               words.microbatch,
               words.step,
               words.bytes,
               words.layer,
               words.part};
}

}  // namespace forknet::wire
