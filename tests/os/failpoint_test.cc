// An action set for a place happens there, at its hit, in its cell, and nowhere else.
#include "os/failpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "os/failpoint_names.h"
#include "os/forked_child.h"

namespace forknet::os::failpoints {
namespace {

// Of floors above.
constexpr auto kPlaces =
    std::to_array<std::string_view>({"commit/before", "cell/started", "cell/step/after"});
constexpr auto kOtherPlaces = std::to_array<std::string_view>({"elsewhere"});
constexpr Names kFloors[] = {kPlaces, kOtherPlaces};

class Failpoint : public ::testing::Test {
 protected:
  Failpoint() {
    static const bool known = [] {
      know(kFloors);
      return true;
    }();
    EXPECT_TRUE(known);
    clear();
  }
  ~Failpoint() override {
    clear();
    ::unsetenv("FORKNET_FAILPOINTS");
  }
  // Over that many passes.
  static std::vector<int> errors(std::string_view name, int passes) {
    std::vector<int> errors;
    for (int i = 0; i < passes; ++i) errors.push_back(pass(name));
    return errors;
  }
  static void set_environment(const char* text) { ::setenv("FORKNET_FAILPOINTS", text, 1); }
};

using Errors = std::vector<int>;

TEST_F(Failpoint, off_it_is_never_asked_and_the_call_is_made) {
  EXPECT_FALSE(on);
  int calls = 0;
  EXPECT_EQ(FORKNET_OR_FAIL("file/open", ++calls), 1);
  FORKNET_FAILPOINT("file/open");
  ASSERT_EQ(set(""), "");
  EXPECT_FALSE(on);
  ASSERT_EQ(set("again,"), "");
  EXPECT_FALSE(on);
}

TEST_F(Failpoint, is_on_until_it_is_cleared) {
  ASSERT_EQ(set("file/open:1:error"), "");
  EXPECT_TRUE(on);
  clear();
  EXPECT_FALSE(on);
  EXPECT_EQ(pass("file/open"), 0);
}

TEST_F(Failpoint, every_name_of_the_lists_can_be_set) {
  for (const std::string_view name : kPlaces) {
    EXPECT_EQ(set(std::string(name) + ":1:kill"), "");
    EXPECT_TRUE(on);
  }
  for (const std::string_view name : kCalls) {
    ASSERT_EQ(set(std::string(name) + ":1:error"), "");
    EXPECT_EQ(errors(name, 2), (Errors{EIO, 0})) << name;
  }
}

TEST_F(Failpoint, names_of_every_floor_that_is_known_can_be_set) {
  EXPECT_EQ(set("elsewhere:1:kill,cell/step/after:1:kill,file/open:1:error"), "");
  EXPECT_TRUE(on);
}

TEST_F(Failpoint, an_error_where_no_call_could_fail_is_refused) {
  for (const std::string_view name : kPlaces) {
    for (const char* const action : {"error", "error=ENOSPC"}) {
      EXPECT_EQ(set(std::string(name) + "@1:*:" + action, 2),
                fmt::format("\"{}\": there is no call here that could fail; calls are {}", name,
                            fmt::join(kCalls, ", ")));
      EXPECT_FALSE(on);
    }
  }
}

TEST_F(Failpoint, a_text_that_ends_in_a_comma_is_refused) {
  for (const std::string text : {"file/open:1:error,", "file/open:1:error,,", ","}) {
    const std::string fault = "\"" + text + "\": nothing follows the last comma";
    EXPECT_EQ(set(text), fault);
    EXPECT_EQ(set("again," + text), fault);
    EXPECT_FALSE(on);
  }
  EXPECT_NE(set("file/open:1:error,,file/read:1:error"), "");
}

TEST_F(Failpoint, a_call_that_fails_is_not_made_and_gives_its_errno) {
  ASSERT_EQ(set("file/write:2:error=ENOSPC"), "");
  int calls = 0;
  const auto call = [&] { return FORKNET_OR_FAIL("file/write", 100 + ++calls); };
  EXPECT_EQ(call(), 101);
  errno = 0;
  EXPECT_EQ(call(), -1);
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(call(), 102);
}

TEST_F(Failpoint, a_call_that_moves_bytes_can_be_cut_short_and_others_cannot) {
  for (const std::string_view name : kTransfers) {
    ASSERT_EQ(set(std::string(name) + ":2:short"), "");
    EXPECT_EQ(errors(name, 3), (Errors{0, kShort, 0})) << name;
    clear();
  }
  EXPECT_EQ(set("durable/sync:1:short"),
            "\"durable/sync\": no bytes are moved here; they are by file/read, file/write");
  EXPECT_EQ(set("cell/started:1:short"),
            "\"cell/started\": no bytes are moved here; they are by file/read, file/write");
}

TEST_F(Failpoint, a_short_call_is_no_failed_one) {
  ASSERT_EQ(set("file/read:*:short"), "");
  EXPECT_FALSE(fails("file/read"));
}

TEST_F(Failpoint, errors_are_known_by_their_names) {
  const std::pair<const char*, int> named[] = {{"error", EIO},           {"error=EIO", EIO},
                                               {"error=ENOSPC", ENOSPC}, {"error=EINTR", EINTR},
                                               {"error=EMFILE", EMFILE}, {"error=ENOMEM", ENOMEM},
                                               {"error=EAGAIN", EAGAIN}};
  for (const auto& [action, number] : named) {
    ASSERT_EQ(set(std::string("file/read:*:") + action), "");
    EXPECT_EQ(errors("file/read", 2), (Errors{number, number}));
  }
}

TEST_F(Failpoint, exactly_the_pass_that_was_named_is_hit) {
  for (int hit = 1; hit <= 5; ++hit) {
    ASSERT_EQ(set("durable/sync:" + std::to_string(hit) + ":error"), "");
    Errors expected(5, 0);
    expected[static_cast<std::size_t>(hit - 1)] = EIO;
    EXPECT_EQ(errors("durable/sync", 5), expected);
    EXPECT_EQ(errors("durable/rename", 5), Errors(5, 0));
  }
}

TEST_F(Failpoint, a_text_that_is_set_anew_counts_from_one) {
  ASSERT_EQ(set("file/open:2:error"), "");
  EXPECT_EQ(errors("file/open", 1), Errors{0});
  ASSERT_EQ(set("file/open:2:error"), "");
  EXPECT_EQ(errors("file/open", 2), (Errors{0, EIO}));
}

TEST_F(Failpoint, several_places_are_counted_each_for_itself) {
  ASSERT_EQ(set("file/open:1:error=ENOMEM,file/read:2:error,file/write:*:error=EINTR"), "");
  EXPECT_EQ(errors("file/read", 3), (Errors{0, EIO, 0}));
  EXPECT_EQ(errors("file/open", 2), (Errors{ENOMEM, 0}));
  EXPECT_EQ(errors("file/write", 2), (Errors{EINTR, EINTR}));
}

TEST_F(Failpoint, two_hits_of_one_place_are_both_counted_from_the_first_pass) {
  ASSERT_EQ(set("file/open:1:error=ENOMEM,file/open:2:error=ENOSPC,file/open:4:error"), "");
  EXPECT_EQ(errors("file/open", 5), (Errors{ENOMEM, ENOSPC, 0, EIO, 0}));
}

TEST_F(Failpoint, of_many_threads_one_makes_the_hit) {
  ASSERT_EQ(set("file/read:1000:error"), "");
  std::atomic<int> hits{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int pass = 0; pass < 500; ++pass) hits += fails("file/read") ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(hits.load(), 1);
}

TEST_F(Failpoint, is_set_in_the_process_of_its_cell_alone) {
  const std::string text = "file/open@0:*:error,file/read@12:*:error=EINTR,file/write:*:error";
  ASSERT_EQ(set(text, 12), "");
  EXPECT_EQ(pass("file/open"), 0);
  EXPECT_EQ(pass("file/read"), EINTR);
  EXPECT_EQ(pass("file/write"), EIO);
  ASSERT_EQ(set(text), "");  // no cell
  EXPECT_EQ(pass("file/open"), 0);
  EXPECT_EQ(pass("file/read"), 0);
  EXPECT_EQ(pass("file/write"), EIO);
  ASSERT_EQ(set("file/open@3:1:kill", 2), "");
  EXPECT_FALSE(on);
}

TEST_F(Failpoint, a_delay_takes_its_time_and_fails_nothing) {
  ASSERT_EQ(set("file/open:1:delay=20,file/open:*:error"), "");
  const std::int64_t begun = monotonic_ns();
  EXPECT_EQ(pass("file/open"), EIO);  // what comes after it is done too
  EXPECT_GE(monotonic_ns() - begun, 20'000'000);
  ASSERT_EQ(set("file/open:*:delay=0"), "");
  EXPECT_EQ(FORKNET_OR_FAIL("file/open", 4), 4);
}

TEST_F(Failpoint, a_text_that_is_wrong_is_refused_and_sets_nothing) {
  for (const std::string text :
       {"file/open", "file/open:1", "file/open:1:explode", "file/open:1:KILL", "file/open:0:kill",
        "file/open:-1:kill", "file/open:1x:kill", "file/open::kill",
        "file/open:1:", "file/open:18446744073709551616:kill", "file/open@:1:kill",
        "file/open@x:1:kill", "file/open@-1:1:kill", "file/open:1:error=", "file/open:1:error=EXIT",
        "file/open:1:delay=", "file/open:1:delay=x", "file/open:1:delay=-1", "file/open:1:delay"}) {
    const std::string fault = set("file/read:*:error," + text, 1);
    EXPECT_NE(fault.find("action was expected"), std::string::npos) << text << ": " << fault;
    EXPECT_EQ(fault.rfind("\"" + text + "\": name", 0), 0U) << fault;
    EXPECT_FALSE(on) << text;
    EXPECT_EQ(pass("file/read"), 0) << text;
  }
}

TEST_F(Failpoint, a_name_that_is_in_no_list_is_refused) {
  for (const std::string name : {"file/opem", "", "file", "file/open "}) {
    EXPECT_EQ(set(name + ":1:kill"), "\"" + name + "\": there is no such failpoint");
    EXPECT_FALSE(on);
  }
  EXPECT_EQ(set("nowhere@3:1:kill", 2), "\"nowhere\": there is no such failpoint");
}

TEST_F(Failpoint, a_number_that_is_too_large_is_not_taken_for_another) {
  EXPECT_NE(set("file/open:1:delay=4294967296"), "");
  (void)set("file/open@4294967296:1:error", 0);
  EXPECT_FALSE(on);
  (void)set("file/open@18446744073709551615:1:error");
  EXPECT_FALSE(on);
}

// How a process ends that passes the place three times; 77 when it continues.
int ending_at(const std::string& action, int passes) {
  ForkedChild child([&] {
    const rlimit none = {0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    if (!set("commit/before:3:" + action).empty()) return 78;
    for (int i = 0; i < passes; ++i) FORKNET_FAILPOINT("commit/before");
    return 77;
  });
  return child.wait();
}

TEST_F(Failpoint, a_process_ends_as_it_was_told_and_not_before) {
  const std::pair<const char*, int> endings[] = {
      {"kill", -SIGKILL}, {"abort", -SIGABRT}, {"segv", -SIGSEGV}, {"bus", -SIGBUS}, {"exit", 1}};
  for (const auto& [action, ending] : endings) {
    EXPECT_EQ(ending_at(action, 2), 77) << action;
    EXPECT_EQ(ending_at(action, 3), ending) << action;
  }
}

TEST_F(Failpoint, a_process_that_is_stopped_goes_on_from_there) {
  ASSERT_EQ(set("commit/before:1:stop"), "");
  ForkedChild child([] {
    FORKNET_FAILPOINT("commit/before");
    return 77;
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid(), &status, WUNTRACED), child.pid());
  EXPECT_TRUE(WIFSTOPPED(status));
  ASSERT_EQ(::kill(child.pid(), SIGCONT), 0);
  EXPECT_EQ(child.wait(), 77);
}

TEST_F(Failpoint, the_environment_sets_them) {
  set_from_environment(kNoCell, false);
  EXPECT_FALSE(on);
  set_environment("");
  set_from_environment(kNoCell, false);
  EXPECT_FALSE(on);
  set_environment("file/open:1:error,file/read@2:1:error=EINTR");
  set_from_environment(2, false);
  EXPECT_EQ(pass("file/open"), EIO);
  EXPECT_EQ(pass("file/read"), EINTR);
}

TEST_F(Failpoint, a_cell_that_replaces_another_takes_notice_only_of_again) {
  set_environment("file/open:1:error");
  set_from_environment(1, true);
  EXPECT_FALSE(on);
  set_environment("again,file/open:1:error");
  for (const bool replacement : {true, false}) {
    set_from_environment(1, replacement);
    EXPECT_EQ(errors("file/open", 2), (Errors{EIO, 0}));
  }
}

TEST_F(Failpoint, what_a_cell_had_set_is_gone_when_it_replaces_another) {
  ASSERT_EQ(set("file/open:1:error"), "");
  set_environment("file/open:1:error");
  set_from_environment(1, true);
  EXPECT_FALSE(on);
}

TEST_F(Failpoint, an_environment_that_is_wrong_ends_the_process_with_a_message) {
  set_environment("nowhere:1:kill");
  EXPECT_EXIT(set_from_environment(kNoCell, false), ::testing::ExitedWithCode(2),
              "forknet: FORKNET_FAILPOINTS: \"nowhere\": there is no such failpoint");
}

}  // namespace
}  // namespace forknet::os::failpoints
