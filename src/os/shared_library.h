// A shared library that is loaded when a program first needs it. What a program is linked with is
// loaded at each of its starts, with all that it needs itself; every cell is a start of the
// program. It stays loaded: it may have threads or handlers of its own.
#pragma once

#include <forknet/result.h>

#include <string>

namespace forknet::os {

class SharedLibrary {
 public:
  // `name` as the dynamic linker finds it: "libcurl.so.4". Errors (internal): it is missing or does
  // not load.
  [[nodiscard]] static Result<SharedLibrary> open(const std::string& name);

  // Sets `to` to the function of that name. The caller knows its type, as with a declaration of its
  // own. Errors (internal): the library has no such function.
  template <class Function>
  [[nodiscard]] Status find(const char* function, Function*& to) const {
    auto address = find_address(function);
    if (!address.ok()) return address.error();
    to = reinterpret_cast<Function*>(*address);
    return {};
  }

 private:
  SharedLibrary(std::string name, void* handle) : name_(std::move(name)), handle_(handle) {}
  [[nodiscard]] Result<void*> find_address(const char* function) const;

  std::string name_;
  void* handle_;  // never closed
};

}  // namespace forknet::os
