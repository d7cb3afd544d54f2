#include "data/epoch_orders.h"

#include "base/check.h"

namespace forknet::data {

EpochOrders::EpochOrders(const Sampler& sampler, std::size_t buffers)
    : sampler_(sampler), buffers_(buffers) {
  FORKNET_CHECK(buffers > 0);
  for (Buffer& buffer : buffers_) buffer.order.resize(sampler.rows());
}

std::span<const std::uint32_t> EpochOrders::take(std::uint64_t epoch) {
  const std::uint64_t wanted = key(epoch);
  Buffer& buffer = buffers_[wanted % buffers_.size()];
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [&] { return buffer.users == 0 || (buffer.filled && buffer.epoch == wanted); });
  ++buffer.users;
  if (buffer.filled && buffer.epoch == wanted) return buffer.order;
  buffer.filled = false;
  buffer.epoch = wanted;
  lock.unlock();
  sampler_.epoch_order(wanted, buffer.order);
  lock.lock();
  buffer.filled = true;
  changed_.notify_all();
  return buffer.order;
}

void EpochOrders::give_back(std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  Buffer& buffer = buffers_[key(epoch) % buffers_.size()];
  FORKNET_CHECK(buffer.users > 0);
  if (--buffer.users == 0) changed_.notify_all();
}

}  // namespace forknet::data
