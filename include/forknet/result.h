// The world's failures are values: a function that can fail returns Result<T>, which holds either
// a T or an Error. Nothing in forknet throws for a user's mistake or a failing system call.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace forknet {

// What kind of thing went wrong. The values are the program's exit codes (docs/cli.md).
enum class ErrorKind : int {
  internal = 1,    // a failing system call, a full disk, a defect
  usage = 2,       // wrong words on the command line
  config = 3,      // a setting that is unknown, of the wrong type or impossible
  data = 4,        // a file that is missing, damaged or does not fit the model
  cell = 5,        // a cell could not be kept alive
  diverged = 6,    // the loss is not finite
  comparison = 7,  // layouts that must agree do not
  stopped = 75,    // stopped by request; can be resumed
};

// A failure as a person reads it: where, what is wrong, what was expected, what to do; at most six
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

  // The value. Asking for it when there is none is a bug and aborts.
  T& value() & { return require(), *std::get_if<0>(&state_); }
  const T& value() const& { return require(), *std::get_if<0>(&state_); }
  // Out of a temporary by value, so that `for (x : f().value())` does not outlive what it walks
  // over.
  T value() && {
    require();
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // The error. Asking for it when there is none is a bug and aborts.
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

using Status = Result<void>;

}  // namespace forknet
