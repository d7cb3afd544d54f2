// Payloads with known bytes, and buffers to receive them.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "wire/channel.h"

namespace forknet::wire {

inline Frame numbered(std::uint32_t number, std::size_t bytes) {
  return {FrameKind::activation, 0, number, 7, bytes};
}

inline std::byte byte_of(std::uint32_t number, std::size_t offset) {
  return static_cast<std::byte>((number + 1) * 37 + offset * 11 + offset / 251);
}

// Memory of `runs` runs with gaps between them.
class Payload {
 public:
  static constexpr std::byte kUntouched{0xEE};

  explicit Payload(std::size_t runs, std::size_t run_bytes, std::size_t gap = 0)
      : runs_(runs),
        run_bytes_(run_bytes),
        stride_(run_bytes + gap),
        memory_(runs * stride_ + 1, kUntouched) {}
  // Fills in the bytes of payload `number`.
  Payload& fill(std::uint32_t number) {
    for (std::size_t i = 0; i < runs_ * run_bytes_; ++i) at(i) = byte_of(number, i);
    return *this;
  }
  [[nodiscard]] std::size_t bytes() const { return runs_ * run_bytes_; }
  [[nodiscard]] ConstBlocks out() const { return {memory_.data(), runs_, run_bytes_, stride_}; }
  [[nodiscard]] MutableBlocks in() { return {memory_.data(), runs_, run_bytes_, stride_}; }

  // True: exactly the bytes of payload `number`, and unchanged gaps.
  [[nodiscard]] bool holds(std::uint32_t number) const {
    Payload expected(runs_, run_bytes_, stride_ - run_bytes_);
    return memory_ == expected.fill(number).memory_;
  }
  [[nodiscard]] bool untouched() const {
    return memory_ == std::vector<std::byte>(memory_.size(), kUntouched);
  }

 private:
  std::byte& at(std::size_t offset) {
    return memory_[offset / run_bytes_ * stride_ + offset % run_bytes_];
  }
  const std::size_t runs_;
  const std::size_t run_bytes_;
  const std::size_t stride_;
  std::vector<std::byte> memory_;
};

inline ::testing::AssertionResult is_ok(const Status& status) {
  if (status.ok()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << status.error().message;
}

// An Error of kind cell that begins with the channel's name and contains all texts.
inline ::testing::AssertionResult fails_with(const Status& status, const std::string& channel,
                                             const std::vector<std::string>& words) {
  if (status.ok()) return ::testing::AssertionFailure() << "it did not fail";
  const std::string& message = status.error().message;
  bool says = status.error().kind == ErrorKind::cell;
  says = says && message.rfind("channel " + channel + ": ", 0) == 0;
  for (const std::string& word : words) says = says && message.find(word) != std::string::npos;
  return says ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << message;
}

class WithoutSigpipe {
 public:
  WithoutSigpipe() : former_(::signal(SIGPIPE, SIG_IGN)) {}
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  ~WithoutSigpipe() { ::signal(SIGPIPE, former_); }

 private:
  void (*const former_)(int);
};

}  // namespace forknet::wire
