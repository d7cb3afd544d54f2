// Every kind of channel under one interface, for the suites that hold all of them to the same
// behaviour.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wire/pipe.h"
#include "wire/ring.h"

namespace forknet::wire {

// What lies between two ends. Each end is made once, by whoever uses it.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual std::unique_ptr<Sender> sender(ChannelOptions options) = 0;
  virtual std::unique_ptr<Receiver> receiver(ChannelOptions options) = 0;
  // This process makes no more ends.
  virtual void let_go() {}
};

class RingWire final : public Wire {
 public:
  enum class Memory { own, shared };
  explicit RingWire(Memory memory)
      : bytes_(ring_bytes(kSizes)),
        memory_(static_cast<std::byte*>(::mmap(
            nullptr, bytes_, PROT_READ | PROT_WRITE,
            MAP_ANONYMOUS | (memory == Memory::shared ? MAP_SHARED : MAP_PRIVATE), -1, 0))) {}
  RingWire(const RingWire&) = delete;
  RingWire& operator=(const RingWire&) = delete;
  ~RingWire() override { ::munmap(memory_, bytes_); }
  std::unique_ptr<Sender> sender(ChannelOptions options) override {
    return ring_sender(memory(), kSizes, std::move(options));
  }
  std::unique_ptr<Receiver> receiver(ChannelOptions options) override {
    return ring_receiver(memory(), kSizes, std::move(options));
  }
  std::span<std::byte> memory() { return {memory_, bytes_}; }

 private:
  static constexpr RingSizes kSizes = {4, 200};
  const std::size_t bytes_;
  std::byte* const memory_;
};

class PipeWire final : public Wire {
 public:
  std::unique_ptr<Sender> sender(ChannelOptions options) override {
    return std::make_unique<PipeSender>(std::move(ends_.write), std::move(options));
  }
  std::unique_ptr<Receiver> receiver(ChannelOptions options) override {
    return std::make_unique<PipeReceiver>(std::move(ends_.read), std::move(options));
  }
  void let_go() override { ends_ = {}; }

 private:
  os::PipeEnds ends_ = os::make_pipe(4096).value();
};

struct WireKind {
  const char* name;
  std::unique_ptr<Wire> (*make)();
  const char* when_killed;  // what a receiver says of a peer that was killed
};

inline constexpr WireKind kPrivateRing = {
    "ring_in_private_memory",
    [] { return std::unique_ptr<Wire>(new RingWire(RingWire::Memory::own)); }, "deadline"};
inline constexpr WireKind kSharedRing = {
    "ring_in_shared_memory",
    [] { return std::unique_ptr<Wire>(new RingWire(RingWire::Memory::shared)); }, "deadline"};
inline constexpr WireKind kPipe = {"pipe", [] { return std::unique_ptr<Wire>(new PipeWire); },
                                   "gone"};

inline std::string wire_name(const ::testing::TestParamInfo<WireKind>& test) {
  return test.param.name;
}
inline void PrintTo(const WireKind& kind, std::ostream* stream) { *stream << kind.name; }

}  // namespace forknet::wire
