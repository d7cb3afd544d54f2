#include "os/shared_library.h"

#include <dlfcn.h>

namespace forknet::os {

Result<SharedLibrary> SharedLibrary::open(const std::string& name) {
  void* const handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return Error{ErrorKind::internal, std::string("load ") + ::dlerror()};
  return SharedLibrary(name, handle);
}

Result<void*> SharedLibrary::find_address(const char* function) const {
  void* const address = ::dlsym(handle_, function);
  if (address == nullptr) {
    return Error{ErrorKind::internal, name_ + " has no function " + function};
  }
  return address;
}

}  // namespace forknet::os
