#include "os/build_id.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace forknet::os {
namespace {

std::string bytes_of(const std::string& hexadecimal) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST(BuildId, is_the_one_in_the_executable) {
  const std::string id = build_id();
  ASSERT_EQ(id.size(), 40U);
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string executable{std::istreambuf_iterator<char>(file), {}};
  // Sizes of name and content, type 3, name.
  const std::string head{"\4\0\0\0\24\0\0\0\3\0\0\0GNU\0", 16};
  EXPECT_NE(executable.find(head + bytes_of(id)), std::string::npos);
}

TEST(BuildId, stays) { EXPECT_EQ(build_id(), build_id()); }

}  // namespace
}  // namespace forknet::os
