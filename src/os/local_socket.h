// Sockets of this machine by their path in a folder, for a process and those of the same user who
// ask it something: short lines of text, one a message.
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

// Listens at a name in a private folder (os/file_path.h), mode 0600; a socket that a dead process
// left there is replaced. Paths may be longer than a socket's name.
[[nodiscard]] Result<Fd> listen_at(const FilePath& folder, const std::string& name);

// The next who wants to ask; nothing when there is nobody, or somebody of another user.
[[nodiscard]] std::optional<Fd> accept_own_user(const Fd& listener);

// Waits while more ask than the listener takes in, at most so long. Errors: no process listens
// there, the name is a link or no socket, or (usage) the listener is too busy.
[[nodiscard]] Result<Fd> connect_to(const FilePath& folder, const std::string& name,
                                    std::int64_t patience_ns = 10'000'000'000);

// Never waits: all of the message, or false.
[[nodiscard]] bool send_message(const Fd& socket, std::string_view text);
struct Received {
  std::string text;
  bool closed = false;  // nothing more will come; also after a message that is too long
};
// Never waits: a message, or no text.
[[nodiscard]] Received receive_message(const Fd& socket);

}  // namespace forknet::os
