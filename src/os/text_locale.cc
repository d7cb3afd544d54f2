#include "os/text_locale.h"

namespace forknet::os {
namespace {

// Made once; lives as long as the process.
locale_t utf8() {
  static locale_t const one = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return one;
}

}  // namespace

Utf8Scope::Utf8Scope() {
  if (utf8() != nullptr) before_ = ::uselocale(utf8());
}

Utf8Scope::~Utf8Scope() {
  if (before_ != nullptr) ::uselocale(before_);
}

}  // namespace forknet::os
