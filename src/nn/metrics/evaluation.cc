// Values by name of forknet/model.h's Evaluation.
#include <forknet/model.h>

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "nn/metrics/list.h"

namespace forknet {
namespace {

// The metrics that have a member; the values of all others lie in an array.
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

// Its place in the list; as many as there are: no metric has that name.
std::size_t place_of(std::string_view metric) {
  const auto all = nn::metrics();
  return static_cast<std::size_t>(
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == metric; }) -
      all.begin());
}

}  // namespace

std::optional<double> MetricValues::find(std::string_view metric) const {
  const std::size_t place = place_of(metric);
  if (place == nn::metrics().size() || (set_ >> place & 1) == 0) return std::nullopt;
  return values_[place];
}

void MetricValues::set(std::string_view metric, double value) {
  const std::size_t place = place_of(metric);
  FORKNET_CHECK(place < nn::metrics().size());
  values_[place] = value;
  set_ |= std::uint32_t{1} << place;
}

std::vector<MetricValues::Named> MetricValues::all() const {
  std::vector<Named> named;
  for (std::size_t place = 0; place < nn::metrics().size(); ++place) {
    if ((set_ >> place & 1) != 0) named.push_back({nn::metrics()[place].name, values_[place]});
  }
  return named;
}

std::optional<double> Evaluation::value(std::string_view metric) const {
  if (metric == "loss") return loss;
  if (const Field* const field = field_of(metric)) return this->*(field->member);
  return others.find(metric);
}

void Evaluation::set(std::string_view metric, double value) {
  if (metric == "loss") {
    loss = value;
    return;
  }
  if (const Field* const field = field_of(metric)) {
    this->*(field->member) = value;
    return;
  }
  others.set(metric, value);
}

}  // namespace forknet
