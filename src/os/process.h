// Facts about this process and its host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forknet::os {

[[nodiscard]] int pid();
[[nodiscard]] std::string hostname();
// The id of the user whose rights this process has.
[[nodiscard]] unsigned user_id();
// The file this process executes; empty if /proc is missing.
[[nodiscard]] std::string executable_path();
// The peak resident memory of this process so far.
[[nodiscard]] std::uint64_t peak_rss_bytes();

// Start time of a process, in ticks since the machine's start; with the process id it identifies a
// process uniquely. 0 if it is gone.
[[nodiscard]] std::uint64_t start_ticks(int pid);
// Its state as in ps: 'R' runs, 'S' sleeps, 'T' is stopped, 't' is held by a debugger …; 0 if it is
// gone.
[[nodiscard]] char process_state(int pid);
// Kills it with SIGKILL, but only if it is the process that started at that time.
void end_process(int pid, std::uint64_t start_ticks);

// Resident memory of a process; 0 if it is gone.
[[nodiscard]] std::uint64_t resident_bytes(int pid);

struct ThreadTime {
  int id = 0;
  std::string name;
  double cpu_seconds = 0;
};
// Every thread of a process and the CPU time it has used; none if the process is gone.
[[nodiscard]] std::vector<ThreadTime> thread_times(int pid);

// The name of this thread in ps and top; the first 15 characters count.
void name_this_thread(const std::string& name);

// Lets other threads have most of a CPU that this one shares with them; idle CPUs serve it as
// before. Cannot be undone. Does nothing if the system refuses.
void give_way_to_other_threads();

}  // namespace forknet::os
