// Facts about this process and its host.
#pragma once

#include <cstdint>
#include <string>

namespace forknet::os {

[[nodiscard]] int pid();
[[nodiscard]] std::string hostname();
// The file this process executes; empty where /proc is missing.
[[nodiscard]] std::string executable_path();
// The most memory this process has had resident so far.
[[nodiscard]] std::uint64_t peak_rss_bytes();

// What ps and top call this thread; the first 15 characters count.
void name_this_thread(const std::string& name);

}  // namespace forknet::os
