// What reading a table takes: the table itself, an eighth of it for what is fitted, and blocks.
#include <fstream>
#include <string>

#include "data/formats/csv/tables.h"
#include "data/open.h"

namespace forknet::data::csv {
namespace {

// "VmRSS:" or "VmHWM:" of this process.
std::size_t memory_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::size_t kib = 0;
  while (status >> word) {
    if (word == name) status >> kib;
  }
  return kib << 10;
}

// The most that was in use from now on is what VmHWM says then. False: the kernel does not allow
// it.
bool forget_most_memory() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5";
  return static_cast<bool>(file.flush());
}

class CsvMemory : public ::testing::TestWithParam<std::string> {
 protected:
  static constexpr int kRows = 500'000;
  static constexpr int kColumns = 32;

  // 64 MB as fp32.
  std::string table() {
    std::string row;
    for (int c = 0; c < kColumns; ++c) row += GetParam();
    const std::string path = folder_.path("t.csv");
    std::ofstream file(path);
    for (int r = 0; r < kRows; ++r) file << row << r % 1000 << ".5\n";
    return path;
  }
  TestFolder folder_;
};

TEST_P(CsvMemory, reading_takes_at_most_a_third_more_than_the_table) {
  constexpr std::size_t kBlocks = std::size_t{20} << 20;
  DataConfig config;
  config.format = "csv";
  config.scale = Scale::none;
  config.train.inputs = table();
  config.loader_threads = 2;
  const std::size_t before = memory_bytes("VmRSS:");
  if (!forget_most_memory()) GTEST_SKIP() << "/proc/self/clear_refs cannot be written here";
  const auto sets = open_data(config, 1, false);
  const std::size_t most = memory_bytes("VmHWM:");
  ASSERT_TRUE(sets.ok()) << sets.error().message;
  const std::size_t bytes = sets->train.table->memory.bytes().size();
  EXPECT_GE(most, before + bytes);
  EXPECT_LE(most, before + bytes * 13 / 10 + kBlocks) << "table of " << bytes;
}

INSTANTIATE_TEST_SUITE_P(Of, CsvMemory, ::testing::Values("1.5,", "7,"),
                         [](const auto& of) { return of.param == "7," ? "Bytes" : "Numbers"; });

}  // namespace
}  // namespace forknet::data::csv
