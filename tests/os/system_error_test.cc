// The cause of an errno that alone misleads.
#include "os/system_error.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "os/child_process.h"
#include "os/forked_child.h"
#include "os/limits.h"
#include "os/system_calls.h"

namespace forknet::os {
namespace {

bool tells(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}
void limit(__rlimit_resource resource, rlim_t most) {
  const rlimit both = {most, most};
  (void)::setrlimit(resource, &both);
}

TEST(SystemError, names_call_object_and_reason) {
  EXPECT_EQ(system_error("open", "x", ENOENT).message, "open x: No such file or directory");
}

TEST(SystemError, names_the_limit_of_open_files) {
  EXPECT_EQ(in_child([] {
              limit(RLIMIT_NOFILE, 77);
              const std::string text = system_error("open", "x", EMFILE).message;
              return tells(text, "77 (ulimit -n)") ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(tells(system_error("open", "x", ENFILE).message, "fs.file-max"));
}

TEST(SystemError, names_limits_of_file_size_and_address_space) {
  EXPECT_EQ(in_child([] {
              limit(RLIMIT_FSIZE, 1000);
              const std::string text = system_error("write", "x", EFBIG).message;
              return tells(text, "1000 bytes (ulimit -f)") ? 0 : 1;
            }),
            0);
  EXPECT_EQ(in_child([] {
              limit(RLIMIT_AS, std::size_t{1} << 47);  // sanitizers have much in use
              const std::string text = system_error("mmap", "x", ENOMEM).message;
              EXPECT_IN_CHILD(tells(text, "(ulimit -v)"));
              EXPECT_IN_CHILD(tells(cause_of("pthread_create", EAGAIN), "(ulimit -v)"));
              EXPECT_IN_CHILD(cause_of("read", EAGAIN).empty());
              return 0;
            }),
            0);
  EXPECT_EQ(in_child([] {
              limit(RLIMIT_NPROC, 1000);
              const std::string cause = cause_of("pthread_create", EAGAIN);
              EXPECT_IN_CHILD(tells(cause, "threads of this user to 1000 (ulimit -u)"));
              EXPECT_IN_CHILD(tells(cause, "pids.max"));
              return 0;
            }),
            0);
}

TEST(SystemError, names_who_denies_a_call_and_what_to_do) {
  for (const int error : {EPERM, ENOSYS}) {
    const std::string text = system_error("socketpair", "of a cell", error).message;
    EXPECT_TRUE(tells(text, "seccomp filter (of a container) denies socketpair")) << text;
    EXPECT_TRUE(tells(text, "--grid threads")) << text;
  }
  EXPECT_TRUE(tells(system_error("pidfd_open", "1", ENOSYS).message, "kernel older than 5.3"));
  // Of a file it is the file's own.
  EXPECT_EQ(system_error("open", "x", EPERM).message, "open x: Operation not permitted");
}

TEST(SystemCalls, none_is_denied_here) {
  EXPECT_GT(known_calls(), 10U);
  for (const SystemCall* call : denied_calls()) ADD_FAILURE() << call->name;
  EXPECT_TRUE(granted("sendmsg", "of a cell").ok());
}

TEST(Descriptors, are_known_to_be_used_up) {
  EXPECT_EQ(in_child([] {
              EXPECT_IN_CHILD(!descriptors_used_up());
              limit(RLIMIT_NOFILE, 64);
              const auto before = descriptors_left();
              EXPECT_IN_CHILD(before && *before > 0 && *before <= 64);
              const Fd one(::dup(0));
              EXPECT_IN_CHILD(descriptors_left() == *before - 1);
              while (::dup(0) >= 0) {
              }
              EXPECT_IN_CHILD(descriptors_used_up());
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace forknet::os
