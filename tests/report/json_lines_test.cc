// Lines of JSON whose reader does not read.
#include "report/json_lines.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>
#include <vector>

#include "os/pipe.h"

namespace forknet::report {
namespace {

const std::string kRun(1000, 'r');

Metrics at_step(std::uint64_t step) {
  Metrics metrics;
  metrics.kind = Metrics::Kind::log;
  metrics.step = step;
  return metrics;
}

// As many steps, of which nothing is read before all have been shown; what is read then.
struct Shown {
  explicit Shown(std::uint64_t steps) {
    os::PipeEnds ends = os::make_pipe(4096).value();
    JsonLines out(kRun, std::move(ends.write));
    const auto note = [&](const std::string& text) { notes.push_back(text); };
    for (std::uint64_t step = 1; step <= steps; ++step) out.show(at_step(step), note);
    std::thread finishing([&] { error = out.finish(); });
    std::string text;
    std::array<std::byte, 1 << 16> bytes;
    const std::array<std::span<std::byte>, 1> room = {bytes};
    for (std::uint64_t told = 0; told < steps;) {
      (void)os::wait_for_pipes(&ends.read, nullptr, {}, -1);
      const os::Moved moved = os::read_some(ends.read, room);
      text.append(reinterpret_cast<const char*>(bytes.data()), moved.bytes);
      for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        lines.push_back(nlohmann::json::parse(text.substr(0, end)));
        text.erase(0, end + 1);
        told += lines.back().value("dropped", std::uint64_t{1});
      }
    }
    finishing.join();
  }
  std::vector<nlohmann::json> lines;
  std::vector<std::string> notes;
  int error = -1;
};

TEST(JsonLines, wait_in_memory_for_their_reader) {
  const Shown shown(2000);
  ASSERT_EQ(shown.lines.size(), 2000U);
  for (std::size_t i = 0; i < shown.lines.size(); ++i) EXPECT_EQ(shown.lines[i]["step"], i + 1);
  EXPECT_TRUE(shown.notes.empty());
  EXPECT_EQ(shown.error, 0);
}

TEST(JsonLines, are_dropped_and_counted_past_their_bound_and_the_run_says_so_once) {
  constexpr std::uint64_t kSteps = 60'000;  // in lines of a thousand bytes
  const Shown shown(kSteps);
  std::uint64_t next = 1;
  std::uint64_t first_dropped = 0;
  for (const auto& line : shown.lines) {
    ASSERT_EQ(line["run"], kRun);
    if (line.contains("step")) {
      ASSERT_EQ(line["step"], next++);
    } else {
      if (first_dropped == 0) first_dropped = next;
      next += line["dropped"].get<std::uint64_t>();
    }
  }
  EXPECT_EQ(next, kSteps + 1);
  ASSERT_GT(first_dropped, 0U);
  ASSERT_EQ(shown.notes.size(), 1U);
  EXPECT_NE(shown.notes[0].find(fmt::format("more are dropped from step {} on", first_dropped)),
            std::string::npos)
      << shown.notes[0];
}

}  // namespace
}  // namespace forknet::report
