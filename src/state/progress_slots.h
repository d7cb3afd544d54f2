// The progress of the training loop, in memory that survives the process: two slots with checksums,
// written in turns, so that a process that dies while it writes one leaves the other intact. One
// writer. All zero: nothing has been saved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "base/digest.h"
#include "os/failpoint.h"
#include "state/progress_state.h"

namespace forknet::run {

class ProgressSlots {
 public:
  void save(const ProgressState& state) {
    const Slot& other = slots_[newest()];
    Slot& slot = slots_[1 - newest()];
    slot.checksum = 0;
    slot.number = other.number + 1;
    std::memcpy(slot.state.data(), &state, sizeof(state));
    FORKNET_FAILPOINT("progress/save/within");
    slot.checksum = checksum_of(slot);
  }
  [[nodiscard]] std::optional<ProgressState> load() const {
    const Slot& slot = slots_[newest()];
    if (!whole(slot)) return std::nullopt;
    ProgressState state;
    std::memcpy(static_cast<void*>(&state), slot.state.data(), sizeof(state));
    return state;
  }

 private:
  // Only the build that wrote the bytes reads them.
  static_assert(std::is_trivially_copyable_v<ProgressState>);
  struct Slot {
    std::uint64_t checksum = 0;
    std::uint64_t number = 0;  // 1 for the first that is saved
    std::array<std::byte, sizeof(ProgressState)> state = {};
  };
  static std::uint64_t checksum_of(const Slot& slot) {
    return checksum64(std::as_bytes(std::span(&slot, 1)).subspan(sizeof(slot.checksum)));
  }
  [[nodiscard]] static bool whole(const Slot& slot) {
    return slot.number > 0 && slot.checksum == checksum_of(slot);
  }
  [[nodiscard]] std::size_t newest() const {
    if (!whole(slots_[0])) return 1;
    return whole(slots_[1]) && slots_[1].number > slots_[0].number ? 1 : 0;
  }
  std::array<Slot, 2> slots_;
};

}  // namespace forknet::run
