// The orders of the epochs in use. The first thread that needs one computes it; all threads share
// it. All memory is allocated at construction. Thread-safe; take() waits only for threads that
// compute an order or hold one, and these never wait for anything here.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "data/sampler.h"

namespace forknet::data {

class EpochOrders {
 public:
  // Keeps the orders of up to `buffers` epochs at a time.
  EpochOrders(const Sampler& sampler, std::size_t buffers);

  // The order of the epoch, unchanged until the same thread gives it back. A thread holds at most
  // one.
  [[nodiscard]] std::span<const std::uint32_t> take(std::uint64_t epoch);
  void give_back(std::uint64_t epoch);

 private:
  struct Buffer {
    std::vector<std::uint32_t> order;
    std::uint64_t epoch = 0;
    bool filled = false;
    std::size_t users = 0;  // threads that hold the order or compute it
  };
  // Without shuffling all epochs have one order.
  [[nodiscard]] std::uint64_t key(std::uint64_t epoch) const {
    return sampler_.shuffles() ? epoch : 0;
  }

  const Sampler sampler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Buffer> buffers_;  // guarded by mutex_; its only user writes an order
};

}  // namespace forknet::data
