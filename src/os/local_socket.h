// Local sockets by path in a folder, for requests from processes of the same user: short lines of
// text, one per message.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/fd.h"
#include "os/file_path.h"

namespace forknet::os {

inline constexpr std::size_t kMostMessage = 4096;  // bytes

// Listens at a name in a private folder (os/file_path.h), mode 0600; replaces a socket that a dead
// process left. Paths may be longer than a socket's name.
[[nodiscard]] Result<Fd> listen_at(const FilePath& folder, const std::string& name);

// The next connection; nothing if there is none, or it is of another user.
[[nodiscard]] std::optional<Fd> accept_own_user(const Fd& listener);

// Waits at most `timeout_ns` while the listener's queue is full. Errors: no process listens there,
// the name is a link or not a socket, or (usage) the listener is too busy.
[[nodiscard]] Result<Fd> connect_to(const FilePath& folder, const std::string& name,
                                    std::int64_t timeout_ns = 10'000'000'000);

// Never waits. Sends all of the message, or returns false.
[[nodiscard]] bool send_message(const Fd& socket, std::string_view text);
struct Received {
  std::string text;
  bool closed = false;  // no more messages; also after one that is too long
};
// Never waits. A message, or an empty text if there is none.
[[nodiscard]] Received receive_message(const Fd& socket);

}  // namespace forknet::os
