#include "nn/schedules/plateau.h"

#include <algorithm>
#include <cmath>

#include "nn/schedules/decay.h"

namespace forknet::nn {
namespace {

class Plateau final : public ScheduleKind {
 public:
  std::string_view name() const override { return "plateau"; }
  std::vector<SettingSpec> settings() const override {
    SettingRange evaluations;
    evaluations.least = 1;
    return {
        decay_rate_setting(),
        final_lr_setting(),
        {"patience", 10, "evaluations without a better validation loss after which the rate falls",
         evaluations},
        {"threshold",
         1e-4,
         "the share of the best loss by which a better one is below it",
         {0.0, false, 1.0}}};
  }
  std::vector<std::string> rates() const override { return {"final_lr"}; }
  double rate(double lr, std::uint64_t /*done*/, std::uint64_t /*planned*/,
              const Settings& /*settings*/) const override {
    return lr;
  }
  bool follows_validation() const override { return true; }
  double next_base(double lr, double loss, ScheduleMemory& memory,
                   const Settings& settings) const override {
    if (is_better(loss, memory.best, settings.number("threshold"))) {
      memory = {loss, 0};
      return lr;
    }
    ++memory.evaluations_since_best;
    if (memory.evaluations_since_best < static_cast<std::uint64_t>(settings.whole("patience"))) {
      return lr;
    }
    memory.evaluations_since_best = 0;
    const double least = settings.number("final_lr");
    return std::min(lr, std::max(least, lr * settings.number("decay_rate")));
  }

 private:
  // A loss that is not finite is never better.
  static bool is_better(double loss, const std::optional<double>& best, double threshold) {
    if (!std::isfinite(loss)) return false;
    return !best || loss < *best - threshold * std::abs(*best);
  }
};

}  // namespace

std::unique_ptr<const ScheduleKind> plateau_schedule() { return std::make_unique<Plateau>(); }

}  // namespace forknet::nn
