// Failures are values: a function that can fail returns Result<T>, which holds either a T or an
// Error. forknet throws no exception for a user's mistake or a failing system call.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace forknet {

// The kinds of errors. The values are the program's exit codes (docs/cli.md).
enum class ErrorKind : int {
  internal = 1,    // a failing system call, a full disk, a defect
  usage = 2,       // an invalid command line
  config = 3,      // an unknown setting, a wrong type or an impossible value
  data = 4,        // a file that is missing, damaged or does not match the model
  cell = 5,        // a cell died and could not be replaced
  diverged = 6,    // the loss is not finite
  comparison = 7,  // layouts whose results must be equal differ
  stopped = 75,    // stopped by request; can be resumed
};

// A failure as text for people: where, what is wrong, what was expected, what to do; at most six
// lines, no trailing newline.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // The value. Calling it without a value is a bug and aborts.
  T& value() & { return require(), *std::get_if<0>(&state_); }
  const T& value() const& { return require(), *std::get_if<0>(&state_); }
  // From a temporary: by value, so that `for (x : f().value())` does not refer to a dead object.
  T value() && {
    require();
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // The error. Calling it without an error is a bug and aborts.
  [[nodiscard]] const Error& error() const {
    if (ok()) std::abort();
    return *std::get_if<1>(&state_);
  }

 private:
  void require() const {
    if (!ok()) std::abort();
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit
  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    if (ok()) std::abort();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;  // success, or an Error

}  // namespace forknet
