// The log of a run: whole lines, there when line() returns, and no wait for a device that hangs.
#include "session/run_log.h"

#include <gtest/gtest.h>

#include <array>
#include <span>

#include "os/pipe.h"
#include "os/temporary_folder.h"

namespace forknet::run {
namespace {

TEST(RunLog, a_line_is_in_the_file_when_it_has_been_written) {
  const os::TemporaryFolder folder;
  const std::string path = folder / "log.txt";
  const RunLog log = RunLog::open(path).value();
  log.line("one");
  const std::string one = os::get_file(path);
  EXPECT_NE(one.find(" supervisor: one\n"), std::string::npos) << one;
  log.line("two\nmore of it");
  EXPECT_NE(os::get_file(path).find(" supervisor: two\n    more of it\n"), std::string::npos);
  EXPECT_EQ(os::get_file(path).find(one), 0U);
}

// All that the pipe holds, until it ends with that.
std::string read_to(const os::Fd& pipe, const std::string& end) {
  std::string text;
  std::array<std::byte, 1 << 16> bytes;
  const std::array<std::span<std::byte>, 1> room = {bytes};
  while (text.find(end) == std::string::npos) {
    (void)os::wait_for_pipes(&pipe, nullptr, {}, -1);
    const os::Moved moved = os::read_some(pipe, room);
    text.append(reinterpret_cast<const char*>(bytes.data()), moved.bytes);
    if (moved.closed) return text + "(closed)";
  }
  return text;
}

TEST(RunLog, a_device_that_takes_nothing_is_not_waited_for_and_gets_the_lines_later) {
  const os::PipeEnds ends = os::make_pipe(4096).value();
  const RunLog log(ends.write.duplicate());
  const std::string filling(1000, 'x');
  for (int i = 0; i < 1000; ++i) log.line(filling);
  log.line("the last");
  const std::string text = read_to(ends.read, "the last\n");
  EXPECT_EQ(text.find("dropped"), std::string::npos);
}

TEST(RunLog, lines_without_room_are_counted_in_their_place) {
  const os::PipeEnds ends = os::make_pipe(4096).value();
  const RunLog log(ends.write.duplicate());
  const std::string filling(10'000, 'x');
  for (int i = 0; i < 1000; ++i) log.line(filling);
  EXPECT_NE(
      read_to(ends.read, " lines were dropped here: the file did not take them\n").find(filling),
      std::string::npos);
}

}  // namespace
}  // namespace forknet::run
