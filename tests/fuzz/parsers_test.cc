// Every parser on its seeds and on mutations of them. For as long as one likes: scripts/check.sh
// fuzz.
#include "fuzz/parsers.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "random_cases.h"

namespace forknet::fuzz {
namespace {

// One to four bytes changed, inserted, taken out, or a piece of it doubled.
std::string mutated(std::string text, std::mt19937_64& random) {
  for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
    const std::size_t place = random() % (text.size() + 1);
    const char byte = random() % 2 == 0 ? "{}[]\",:0129-.e\\u=#'"[random() % 19]
                                        : static_cast<char>(random() % 256);
    const std::uint64_t kind = random() % 8;
    if (kind < 2) {
      text.insert(text.begin() + static_cast<std::ptrdiff_t>(place), byte);
    } else if (kind < 4) {
      text.erase(place, 1 + random() % 3);
    } else if (kind == 4) {
      text.insert(place, text.substr(random() % (text.size() + 1), 1 + random() % 16));
    } else if (place < text.size()) {
      text[place] = kind == 5 ? static_cast<char>(~text[place]) : byte;
    }
  }
  return text;
}

class Parsers : public ::testing::TestWithParam<Parser> {};

TEST_P(Parsers, read_mutations_of_what_they_understand_without_harm) {
  const auto& [name, read, seeds] = GetParam();
  std::cout << "seed " << test_seed() << "\n";
  std::mt19937_64 random(test_seed());
  for (const std::string& seed : seeds) read(seed);
  read("");
  std::vector<std::string> corpus = seeds;
  for (std::size_t i = 0; i < test_cases(3000); ++i) {
    const std::string text = mutated(corpus[random() % corpus.size()], random);
    read(text);
    if (corpus.size() < 64) corpus.push_back(text);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Parsers, ::testing::ValuesIn(parsers()),
                         [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace forknet::fuzz
