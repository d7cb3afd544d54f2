// A writer whose reader does not read: nothing waits for it, and what was dropped is told.
#include "os/background_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "os/forked_child.h"
#include "os/pipe.h"
#include "os/temporary_folder.h"
#include "patience.h"

namespace forknet::os {
namespace {

constexpr std::size_t kPage = 4096;

// A pipe whose writing end blocks, as a shell makes them.
struct BlockingPipe {
  BlockingPipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read = Fd(ends[0]);
    write = Fd(ends[1]);
    ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(kPage));
  }
  // The writer stands in the midst of a text when it returns: its queue is empty, the pipe, which
  // was empty, is full.
  void block(BackgroundWriter& writer) const {
    EXPECT_TRUE(writer.write(std::string(2 * kPage, 'x')));
    const std::int64_t until = monotonic_ns() + kTimeout;
    for (int bytes = 0; bytes < static_cast<int>(kPage); std::this_thread::yield()) {
      ASSERT_LT(monotonic_ns(), until);
      ASSERT_EQ(::ioctl(read.get(), FIONREAD, &bytes), 0);
    }
  }
  // Reads until the text is there; what came before it is left out.
  [[nodiscard]] std::string read_to(const std::string& end) const {
    std::string text;
    char bytes[1000];
    while (text.find(end) == std::string::npos) {
      const ssize_t got = ::read(read.get(), bytes, sizeof(bytes));
      if (got <= 0) return text + "(end)";
      text.append(bytes, static_cast<std::size_t>(got));
    }
    return text.substr(text.find_first_not_of('x'));
  }
  Fd read, write;
};

BackgroundWriter::Limits few(std::size_t bytes) {
  return {"writer", bytes,
          [](std::uint64_t lines) { return "(" + std::to_string(lines) + " dropped)\n"; }};
}

TEST(BackgroundWriter, writes_texts_in_order) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(1000));
  for (const char* text : {"one\n", "two\n", "three\n"}) EXPECT_TRUE(writer.write(text));
  EXPECT_EQ(pipe.read_to("three\n"), "one\ntwo\nthree\n");
  EXPECT_TRUE(writer.wait(kTimeout));
  EXPECT_EQ(writer.dropped(), 0U);
  EXPECT_EQ(writer.error(), 0);
}

TEST(BackgroundWriter, waiting_waits_until_all_has_been_written) {
  const TemporaryFolder folder;
  BackgroundWriter writer(Fd(::open((folder / "a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)),
                          few(1 << 20));
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = std::to_string(i) + "\n";
    all += text;
    EXPECT_TRUE(writer.write(text));
  }
  EXPECT_TRUE(writer.wait(kTimeout));
  EXPECT_EQ(get_file(folder / "a"), all);
}

TEST(BackgroundWriter, a_full_pipe_is_not_waited_for_and_lines_without_room_are_counted) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(20));
  pipe.block(writer);
  std::uint64_t taken = 0;
  for (int i = 0; i < 100; ++i) taken += writer.write("a line\n") ? 1 : 0;
  EXPECT_FALSE(writer.wait(1'000'000));
  EXPECT_EQ(taken, 2U);
  EXPECT_EQ(writer.dropped(), 98U);
  EXPECT_EQ(pipe.read_to("dropped)\n"), "a line\na line\n(98 dropped)\n");
  EXPECT_TRUE(writer.wait(kTimeout));
  EXPECT_TRUE(writer.write("there is room again\n"));
  EXPECT_EQ(pipe.read_to("again\n"), "there is room again\n");
}

TEST(BackgroundWriter, what_comes_after_a_dropped_line_does_not_overtake_the_word_of_it) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(20));
  pipe.block(writer);
  while (writer.write("0123456789\n")) {
  }
  EXPECT_FALSE(writer.write("\n")) << "it would have room";
  EXPECT_EQ(writer.dropped(), 2U);
  EXPECT_NE(pipe.read_to("(2 dropped)\n").find("0123456789\n(2 dropped)\n"), std::string::npos);
}

TEST(BackgroundWriter, lines_of_a_dropped_text_count) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(2));
  pipe.block(writer);
  EXPECT_TRUE(writer.write("y\n"));
  EXPECT_FALSE(writer.write("a\n  b\n  c\n"));
  EXPECT_EQ(writer.dropped(), 3U);
}

TEST(BackgroundWriter, a_text_that_is_longer_than_the_queue_is_taken_by_an_empty_one) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(1));
  EXPECT_TRUE(writer.write("longer\n"));
  EXPECT_EQ(pipe.read_to("\n"), "longer\n");
}

TEST(BackgroundWriter, an_offer_is_taken_only_where_nothing_waits) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(1000));
  EXPECT_TRUE(writer.offer("first"));
  EXPECT_EQ(pipe.read_to("first"), "first");
  EXPECT_TRUE(writer.wait(kTimeout));
  pipe.block(writer);
  EXPECT_FALSE(writer.offer("second"));
  EXPECT_EQ(writer.dropped(), 0U) << "it is not missed";
}

TEST(BackgroundWriter, a_word_of_dropped_lines_begins_a_line) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(3));
  pipe.block(writer);
  while (writer.write("abc")) {
  }
  EXPECT_NE(pipe.read_to("(1 dropped)\n").find("abc\n(1 dropped)\n"), std::string::npos);
}

TEST(BackgroundWriter, a_reader_that_has_left_is_no_trouble) {
  BlockingPipe pipe;
  BackgroundWriter writer(pipe.write.duplicate(), few(1000));
  pipe.read.close();
  EXPECT_TRUE(writer.write("in vain\n"));
  EXPECT_TRUE(writer.wait(kTimeout));
  EXPECT_EQ(writer.error(), EPIPE);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(writer.write("in vain\n"));
  EXPECT_TRUE(writer.wait(kTimeout));
  EXPECT_EQ(writer.dropped(), 0U);
}

TEST(BackgroundWriter, a_device_without_room_is_tried_again) {
  BackgroundWriter writer(Fd(::open("/dev/full", O_WRONLY | O_CLOEXEC)), few(1000));
  EXPECT_TRUE(writer.write("in vain\n"));
  EXPECT_TRUE(writer.wait(kTimeout));
  EXPECT_EQ(writer.error(), ENOSPC);
  EXPECT_TRUE(writer.write("in vain\n"));
  EXPECT_TRUE(writer.wait(kTimeout));
}

TEST(BackgroundWriter, a_descriptor_that_does_not_block_is_waited_for_by_the_thread) {
  const PipeEnds ends = make_pipe(kPage).value();
  BackgroundWriter writer(ends.write.duplicate(), few(1 << 20));
  const std::string text(10 * kPage, 'a');
  EXPECT_TRUE(writer.write(text));
  std::string got;
  std::vector<char> bytes(kPage);
  while (got.size() < text.size()) {
    EXPECT_TRUE(wait_for_pipes(&ends.read, nullptr, {}, kTimeout));
    const ssize_t some = ::read(ends.read.get(), bytes.data(), bytes.size());
    ASSERT_GT(some, 0);
    got.append(bytes.data(), static_cast<std::size_t>(some));
  }
  EXPECT_EQ(got, text);
  EXPECT_TRUE(writer.wait(kTimeout));
}

TEST(BackgroundWriter, many_threads_write_whole_lines) {
  constexpr int kThreads = 8;
  constexpr int kLines = 200;
  const TemporaryFolder folder;
  {
    BackgroundWriter writer(
        Fd(::open((folder / "a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), few(1 << 20));
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&writer, i] {
        std::string line(51, static_cast<char>('a' + i));
        line.back() = '\n';
        for (int k = 0; k < kLines; ++k) EXPECT_TRUE(writer.write(line));
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(writer.wait(kTimeout));
  }
  const std::string text = get_file(folder / "a");
  ASSERT_EQ(text.size(), kThreads * kLines * 51U);
  for (std::size_t at = 0; at < text.size(); at += 51) {
    EXPECT_EQ(text.substr(at, 50), std::string(50, text[at]));
  }
}

TEST(BackgroundWriter, is_given_up_while_its_reader_does_not_read) {
  BlockingPipe pipe;
  {
    BackgroundWriter writer(pipe.write.duplicate(), few(1000));
    pipe.block(writer);
    EXPECT_TRUE(writer.write("still on its way\n"));
  }
  EXPECT_EQ(pipe.read_to("way\n"), "still on its way\n");
}

TEST(BackgroundWriter, a_paused_terminal_is_not_waited_for) {
  const Fd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal.open());
  ASSERT_EQ(::grantpt(terminal.get()), 0);
  ASSERT_EQ(::unlockpt(terminal.get()), 0);
  const Fd program(::open(::ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(program.open());
  ::tcflow(program.get(), TCOOFF);
  BackgroundWriter writer(program.duplicate(), few(100));
  EXPECT_TRUE(writer.write("after the pause\n"));
  EXPECT_FALSE(writer.wait(1'000'000));
  ::tcflow(program.get(), TCOON);
  EXPECT_TRUE(writer.wait(kTimeout));
  char bytes[100];
  const ssize_t got = ::read(terminal.get(), bytes, sizeof(bytes));
  EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(std::max<ssize_t>(got, 0))),
            "after the pause\r\n");
}

TEST(BackgroundWriter, last_words_to_a_full_pipe_are_lost_not_waited_for) {
  BlockingPipe pipe;
  BackgroundWriter other(pipe.write.duplicate(), few(1000));
  pipe.block(other);
  const int line = in_child([&] {
    ::dup2(pipe.write.get(), STDERR_FILENO);
    never_wait_for_stderr();
    EXPECT_IN_CHILD(::write(STDERR_FILENO, "words\n", 6) == -1 && errno == EAGAIN);
    return 0;
  });
  EXPECT_EQ(line, 0);
  EXPECT_EQ(::fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK, 0) << "others have it as it was";
}

TEST(BackgroundWriter, stderr_in_a_file_stays_what_it_is) {
  const TemporaryFolder folder;
  const Fd file(::open((folder / "a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  EXPECT_EQ(::write(file.get(), "a", 1), 1);
  const int line = in_child([&] {
    ::dup2(file.get(), STDERR_FILENO);
    never_wait_for_stderr();
    EXPECT_IN_CHILD(::write(STDERR_FILENO, "b", 1) == 1);
    return 0;
  });
  EXPECT_EQ(line, 0);
  EXPECT_EQ(::write(file.get(), "c", 1), 1);
  EXPECT_EQ(get_file(folder / "a"), "abc");
}

}  // namespace
}  // namespace forknet::os
