// A failed system call as an Error: "CALL OBJECT: errno text", and the cause if the errno alone
// misleads: a limit of this process, or a call that a seccomp filter or an old kernel denies.
#pragma once

#include <forknet/result.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace forknet::os {

[[nodiscard]] inline std::string errno_text(int error) {
  return std::error_code(error, std::generic_category()).message();
}

// "", or "; CAUSE; WHAT TO DO" in one line.
[[nodiscard]] std::string cause_of(std::string_view call, int error);

[[nodiscard]] inline Error system_error(std::string_view call, std::string_view object,
                                        int error = errno, ErrorKind kind = ErrorKind::internal) {
  std::string message(call);
  message.append(" ").append(object).append(": ");
  message.append(errno_text(error)).append(cause_of(call, error));
  return Error{kind, std::move(message)};
}

// Whether cause_of() attributed the Error to a denied call.
[[nodiscard]] inline bool names_denial(const Error& error) {
  return error.message.find(" denies ") != std::string::npos;
}

// The errno of a call that this system never grants.
[[nodiscard]] constexpr bool is_denial(int error) { return error == EPERM || error == ENOSYS; }

// Repeats a call that returns -1 while signals interrupt it.
template <class Call>
[[nodiscard]] auto retry_interrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace forknet::os
