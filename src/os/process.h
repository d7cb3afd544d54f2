// Facts about this process and its host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forknet::os {

[[nodiscard]] int pid();
[[nodiscard]] std::string hostname();
// The number of the user whose rights it has.
[[nodiscard]] unsigned user_id();
// The file this process executes; empty where /proc is missing.
[[nodiscard]] std::string executable_path();
// The most memory this process has had resident so far.
[[nodiscard]] std::uint64_t peak_rss_bytes();

// When a process was started, in ticks since the machine's: with its number it names one process
// for ever. 0 when it is gone.
[[nodiscard]] std::uint64_t start_ticks(int pid);
// What it does, as ps says: 'R' runs, 'S' sleeps, 'T' is stopped, 't' is held by a debugger …; 0
// when it is gone.
[[nodiscard]] char process_state(int pid);
// Ends it by SIGKILL, but only if it is the one that was started then.
void end_process(int pid, std::uint64_t start_ticks);

// Resident memory of a process; 0 when it is gone.
[[nodiscard]] std::uint64_t resident_bytes(int pid);

struct ThreadTime {
  int id = 0;
  std::string name;
  double cpu_seconds = 0;
};
// Every thread of a process and the CPU time it has used; none when it is gone.
[[nodiscard]] std::vector<ThreadTime> thread_times(int pid);

// What ps and top call this thread; the first 15 characters count.
void name_this_thread(const std::string& name);

}  // namespace forknet::os
