// The program that libFuzzer drives, over the parser that FORKNET_FUZZ names:
//   FORKNET_FUZZ=order forknet_fuzz CORPUS -max_total_time=60
// Without the variable it prints the names; FORKNET_FUZZ_SEEDS=FOLDER writes the seeds there first.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/parsers.h"
#include "os/temporary_folder.h"

namespace {

const forknet::fuzz::Parser* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* name = std::getenv("FORKNET_FUZZ");
  for (const auto& parser : forknet::fuzz::parsers()) {
    if (name == nullptr) std::printf("%s\n", parser.name.c_str());
    if (name != nullptr && parser.name == name) chosen = &parser;
  }
  if (chosen == nullptr) std::exit(name == nullptr ? 0 : 2);
  if (const char* folder = std::getenv("FORKNET_FUZZ_SEEDS")) {
    for (std::size_t i = 0; i < chosen->seeds.size(); ++i) {
      forknet::os::put_file(std::string(folder) + "/seed-" + std::to_string(i), chosen->seeds[i]);
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  chosen->read({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
