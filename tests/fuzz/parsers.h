// Every reader of forknet for text and files of others, one function each: given
// any bytes it returns; a fault is a crash, a sanitizer's finding or a failed check. libFuzzer
// calls them (fuzzer.cc), and so does the suite, with mutations of the seeds (parsers_test.cc).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forknet::fuzz {

struct Parser {
  std::string name;
  void (*read)(std::string_view bytes);
  std::vector<std::string> seeds;  // that it understands
};

// Those of one file each: run_parsers.cc, data_parsers.cc, …
[[nodiscard]] std::vector<Parser> run_parsers();
[[nodiscard]] std::vector<Parser> data_parsers();
[[nodiscard]] std::vector<Parser> weights_parsers();
[[nodiscard]] std::vector<Parser> state_parsers();
// All of them.
[[nodiscard]] const std::vector<Parser>& parsers();

}  // namespace forknet::fuzz
