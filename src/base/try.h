// FORKNET_TRY and FORKNET_ASSIGN: a function returns the error of a call in it. For forknet's own
// sources; public headers define no macros.
#pragma once

#include <forknet/result.h>

#include <utility>

// FORKNET_TRY(expression): returns the error of a failed Status or Result.
#define FORKNET_TRY(...)                                                                          \
  do {                                                                                            \
    if (auto forknet_status = (__VA_ARGS__); !forknet_status.ok()) return forknet_status.error(); \
  } while (false)

// FORKNET_ASSIGN(auto x, expression): x takes the value of a Result, or the function returns
// its error.
#define FORKNET_CONCAT_(a, b) a##b
#define FORKNET_CONCAT(a, b) FORKNET_CONCAT_(a, b)
#define FORKNET_ASSIGN(declaration, ...) \
  FORKNET_ASSIGN_(FORKNET_CONCAT(forknet_result_, __LINE__), declaration, __VA_ARGS__)
#define FORKNET_ASSIGN_(result, declaration, ...) \
  auto result = (__VA_ARGS__);                    \
  if (!result.ok()) return result.error();        \
  declaration = std::move(result).value()
