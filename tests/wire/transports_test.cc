#include "wire/transports.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace forknet::wire {
namespace {

TEST(Transports, are_found_by_names_of_their_own) {
  std::set<std::string_view> names;
  for (const Transport* transport : transports()) {
    EXPECT_TRUE(names.insert(transport->name()).second) << transport->name();
    EXPECT_EQ(transport_named(transport->name()), transport);
  }
  EXPECT_EQ(transport_named(""), nullptr);
  EXPECT_EQ(transport_named("pigeons"), nullptr);
}

TEST(Transports, are_those_of_the_setting) {
  EXPECT_EQ(transport_for("shm").name(), "shm");
  EXPECT_EQ(transport_for("pipe").name(), "pipe");
  EXPECT_GE(transports().size(), 2U);
}

TEST(Transports, have_lines_in_memory_where_memory_is_shared_and_descriptors_elsewhere) {
  EXPECT_TRUE(memory_transport().shares_memory());
  for (const Transport* transport : transports()) {
    SCOPED_TRACE(transport->name());
    for (const std::size_t room : {0U, 1U, 10'000U}) {
      const std::size_t bytes = transport->line_bytes(room);
      EXPECT_EQ(bytes > 0, transport->shares_memory());
      EXPECT_EQ(bytes % 64, 0U);
      if (!transport->shares_memory() && room == 0) continue;
      std::vector<std::byte> memory(bytes + 64);
      void* aligned = memory.data();
      std::size_t left = memory.size();
      auto* const begin = static_cast<std::byte*>(std::align(64, bytes, aligned, left));
      const Line line = transport->open({begin, bytes}, room).value();
      EXPECT_EQ(line.sender.fd.open(), !transport->shares_memory());
      EXPECT_EQ(line.receiver.fd.open(), !transport->shares_memory());
      EXPECT_EQ(line.receiver.memory.data(), transport->shares_memory() ? begin : nullptr);
    }
  }
}

}  // namespace
}  // namespace forknet::wire
