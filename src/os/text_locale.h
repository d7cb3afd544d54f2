// The calling thread's characters are UTF-8 while one of these is alive. Forknet itself takes texts
// as bytes and never sets a locale; libarchive asks for one to turn names from one encoding into
// another, and puts "?" for what plain ASCII does not have. Where the system has no such locale,
// nothing changes. Numbers are written and read as before.
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
  locale_t before_ = nullptr;  // null: it was left as it is
};

}  // namespace forknet::os
