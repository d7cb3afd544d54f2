#include "fuzz/parsers.h"

namespace forknet::fuzz {

const std::vector<Parser>& parsers() {
  static const std::vector<Parser> all = [] {
    std::vector<Parser> joined;
    for (const auto& part : {run_parsers(), data_parsers(), weights_parsers(), state_parsers()}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return all;
}

}  // namespace forknet::fuzz
