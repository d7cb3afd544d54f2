// Values by name of forknet/model.h's Evaluation.
#include <forknet/model.h>

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace forknet {
namespace {

struct Field {
  std::string_view metric;
  std::optional<double> Evaluation::*member;
};
constexpr Field kFields[] = {{"accuracy", &Evaluation::accuracy},
                             {"rmse", &Evaluation::rmse},
                             {"mae", &Evaluation::mae},
                             {"r2", &Evaluation::r2}};

const Field* field_of(std::string_view metric) {
  const auto* const found = std::find_if(std::begin(kFields), std::end(kFields),
                                         [&](const Field& f) { return f.metric == metric; });
  return found == std::end(kFields) ? nullptr : found;
}

}  // namespace

std::optional<double> Evaluation::value(std::string_view metric) const {
  if (metric == "loss") return loss;
  if (const Field* const field = field_of(metric)) return this->*(field->member);
  return std::nullopt;
}

void Evaluation::set(std::string_view metric, double value) {
  if (metric == "loss") {
    loss = value;
    return;
  }
  const Field* const field = field_of(metric);
  FORKNET_CHECK(field != nullptr);
  this->*(field->member) = value;
}

}  // namespace forknet
