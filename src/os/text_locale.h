// Sets the calling thread's character encoding to UTF-8 while it lives. forknet treats texts as
// bytes and never sets a locale; libarchive needs one to convert names between encodings, and
// replaces what plain ASCII lacks by "?". Does nothing if the system has no such locale. Does not
// affect numbers.
#pragma once

#include <clocale>

namespace forknet::os {

class Utf8Scope {
 public:
  Utf8Scope();
  Utf8Scope(const Utf8Scope&) = delete;
  Utf8Scope& operator=(const Utf8Scope&) = delete;
  ~Utf8Scope();

 private:
  locale_t before_ = nullptr;  // null: unchanged
};

}  // namespace forknet::os
