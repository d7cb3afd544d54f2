// Tables of text with bytes changed at random: each is read, or refused as every bad table is.
#include <algorithm>
#include <random>

#include "data/formats/csv/inspect.h"
#include "data/formats/csv/tables.h"
#include "data/open.h"

namespace forknet::data::csv {
namespace {

constexpr int kTables = 800;

std::string seed_table(std::mt19937& random) {
  switch (random() % 4) {
    case 0:
      return "id,age,\"city, or town\",y\n1,20.5,Bonn,no\n2,,\"Ulm\",yes\n3,7e1,\"a "
             "\"\"b\"\"\nc\",no\n";
    case 1:
      return "a;b;c\r\n1,5;2;3\r\n4,25;5;6\r\n7;8;9\r\n";
    case 2:
      return "T,2,8,3\nI,5,12,3\nD,4,11,6\nT,9,1,1\n";
    default:
      return "\xef\xbb\xbfx\ty\n0\t1\n1\t0\n0\t1\n255\t0\n";
  }
}

std::string mutated(std::mt19937& random) {
  std::string text = seed_table(random);
  constexpr std::string_view kBytes = ",;\t|\"\n\r.0919eE+-nN \0x\xff";
  const auto any = [&] { return kBytes[random() % kBytes.size()]; };
  for (auto change = random() % 6; change > 0 && !text.empty(); --change) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = any();
        break;
      case 1:
        text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), any());
        break;
      case 2:
        text.erase(at, 1 + random() % 4);
        break;
      default:
        text += text.substr(at);
    }
  }
  return text;
}

template <class R>
void expect_sound(const R& result, const std::string& text, std::mt19937::result_type seed) {
  if (result.ok()) return;
  const std::string& message = result.error().message;
  const bool known =
      result.error().kind == ErrorKind::data || result.error().kind == ErrorKind::config;
  EXPECT_TRUE(known) << "seed " << seed << ": " << message << "\n" << text;
  EXPECT_LT(std::count(message.begin(), message.end(), '\n'), 6) << "seed " << seed << message;
}

TEST(MutatedCsv, it_is_read_or_refused) {
  const TestFolder folder;
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int table = 0; table < kTables; ++table) {
    const std::string text = mutated(random);
    DataConfig config;
    config.format = "csv";
    config.train.inputs = folder.file("t.csv", text);
    config.scale = Scale::standard;
    if (random() % 2 == 0) config.test.share = 0.3;
    if (random() % 2 == 0) config.table.weight = {std::int64_t{0}};
    expect_sound(open_data(config, 1, random() % 2 == 0), text, seed);
    if (table % 10 == 0) expect_sound(inspect({config.train.inputs, table % 20 == 0}), text, seed);
  }
}

}  // namespace
}  // namespace forknet::data::csv
