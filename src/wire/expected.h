// The queue of frames that a receiver expects, oldest first, in memory allocated once.
#pragma once

#include <cstddef>
#include <vector>

#include "base/check.h"
#include "wire/channel.h"

namespace forknet::wire {

class Expectations {
 public:
  struct Entry {
    Frame frame;
    MutableBlocks blocks;
  };
  Expectations() : entries_(kMostExpected) {}
  void push(const Frame& frame, const MutableBlocks& blocks) {
    FORKNET_CHECK(pushed_ - popped_ < kMostExpected && frame.bytes == blocks.bytes());
    entries_[pushed_++ % kMostExpected] = {frame, blocks};
  }
  void pop() { ++popped_; }
  [[nodiscard]] std::size_t size() const { return pushed_ - popped_; }
  [[nodiscard]] const Entry& operator[](std::size_t i) const {
    return entries_[(popped_ + i) % kMostExpected];
  }

 private:
  std::vector<Entry> entries_;
  std::size_t pushed_ = 0;
  std::size_t popped_ = 0;
};

}  // namespace forknet::wire
