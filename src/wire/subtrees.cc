#include "wire/subtrees.h"

#include <algorithm>
#include <bit>

namespace forknet::wire {

std::vector<Subtree> subtrees_of(std::size_t begin, std::size_t end, std::size_t leaves) {
  std::vector<Subtree> subtrees;
  while (begin < end) {
    std::size_t level = 0;
    // The parent begins here as well and does not extend beyond the range, except past the end of
    // the batch.
    const auto fits = [&](std::size_t above) {
      const std::size_t size = std::size_t{1} << above;
      return begin % size == 0 &&
             (begin + size <= end || (end == leaves && begin + size / 2 < end));
    };
    while (fits(level + 1)) ++level;
    const std::size_t count = std::min(std::size_t{1} << level, end - begin);
    subtrees.push_back({begin, count, level});
    begin += count;
  }
  return subtrees;
}

Leaves leaves_of(std::size_t replica, std::size_t replicas, std::size_t leaves) {
  const std::size_t each = leaves / replicas;
  const std::size_t larger = leaves % replicas;
  const std::size_t begin = replica * each + std::min(replica, larger);
  return {begin, begin + each + (replica < larger ? 1 : 0)};
}

std::size_t slots_for(std::size_t leaves) {
  return static_cast<std::size_t>(std::bit_width(leaves)) + 2;
}

}  // namespace forknet::wire
