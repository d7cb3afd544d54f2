// The channels of every transport (wire/transports.h), for tests of their common behaviour.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wire/transports.h"

namespace forknet::wire {

// A line of a transport and its two ends; each end is made once, by its user.
class Wire {
 public:
  enum class Memory { own, shared };
  Wire(const Transport& transport, Memory memory)
      : transport_(transport), bytes_(transport.line_bytes(kRoom)) {
    if (bytes_ > 0) {
      const int kind = memory == Memory::shared ? MAP_SHARED : MAP_PRIVATE;
      memory_ = static_cast<std::byte*>(
          ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | kind, -1, 0));
    }
    line_ = transport.open(this->memory(), kRoom).value();
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() {
    if (bytes_ > 0) ::munmap(memory_, bytes_);
  }
  std::unique_ptr<Sender> sender(ChannelOptions options) {
    return transport_.endpoint()->sender(std::move(line_.sender), std::move(options));
  }
  std::unique_ptr<Receiver> receiver(ChannelOptions options) {
    return transport_.endpoint()->receiver(std::move(line_.receiver), std::move(options));
  }
  // Closes the line: this process makes no more ends.
  void let_go() { line_ = {}; }
  std::span<std::byte> memory() { return {memory_, bytes_}; }

 private:
  static constexpr std::size_t kRoom = 800;
  const Transport& transport_;
  const std::size_t bytes_;
  std::byte* memory_ = nullptr;
  Line line_;
};

struct WireKind {
  const Transport* transport;
  Wire::Memory memory;
  [[nodiscard]] std::unique_ptr<Wire> make() const {
    return std::make_unique<Wire>(*transport, memory);
  }
  // The receiver's message about a killed peer.
  [[nodiscard]] const char* when_killed() const {
    return transport->shares_memory() ? "deadline" : "gone";
  }
  [[nodiscard]] std::string name() const {
    const bool own = transport->shares_memory() && memory == Wire::Memory::own;
    return std::string(transport->name()) + (own ? "_in_private_memory" : "");
  }
};

// All transports, between processes and within one.
inline std::vector<WireKind> wires_between_processes() {
  std::vector<WireKind> kinds;
  for (const Transport* transport : transports()) {
    kinds.push_back({transport, Wire::Memory::shared});
  }
  return kinds;
}
inline std::vector<WireKind> wires_between_threads() {
  std::vector<WireKind> kinds = wires_between_processes();
  for (const Transport* transport : transports()) {
    if (transport->shares_memory()) kinds.push_back({transport, Wire::Memory::own});
  }
  return kinds;
}

inline std::string wire_name(const ::testing::TestParamInfo<WireKind>& test) {
  return test.param.name();
}
inline void PrintTo(const WireKind& kind, std::ostream* stream) { *stream << kind.name(); }

}  // namespace forknet::wire
