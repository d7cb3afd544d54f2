#include "wire/channel.h"

namespace forknet::wire {

Status check_frame(const std::string& channel, const Head& head, const Frame& expected) {
  const auto frame = decode(head);
  if (!frame) {
    return channel_error(channel,
                         "the received data is not a frame (expected " + describe(expected) + ")");
  }
  if (*frame == expected) return {};
  return channel_error(channel, "got " + describe(*frame) + ", expected " + describe(expected));
}

}  // namespace forknet::wire
