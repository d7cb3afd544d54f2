#include "os/shared_library.h"

#include <gtest/gtest.h>

namespace forknet::os {
namespace {

TEST(SharedLibrary, has_functions_that_can_be_called) {
  const auto library = SharedLibrary::open("libm.so.6");
  ASSERT_TRUE(library.ok()) << library.error().message;
  double (*cosine)(double) = nullptr;
  ASSERT_TRUE(library->find("cos", cosine).ok());
  EXPECT_EQ(cosine(0), 1);
}

TEST(SharedLibrary, that_is_missing_is_named) {
  const auto library = SharedLibrary::open("libforknet-missing.so.1");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::internal);
  EXPECT_EQ(library.error().message.rfind("load libforknet-missing.so.1: ", 0), 0U)
      << library.error().message;
}

TEST(SharedLibrary, without_a_function_says_so) {
  const auto library = SharedLibrary::open("libm.so.6");
  ASSERT_TRUE(library.ok()) << library.error().message;
  void (*function)() = nullptr;
  const Status found = library->find("forknet_missing", function);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().message, "libm.so.6 has no function forknet_missing");
  EXPECT_EQ(function, nullptr);
}

}  // namespace
}  // namespace forknet::os
