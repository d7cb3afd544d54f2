#include "nn/losses/mse/mse.h"

#include "nn/metrics/hits.h"

namespace forknet::nn {
namespace {

constexpr const char* kMseLoss = "mse";

class Mse final : public Loss {
 public:
  [[nodiscard]] std::string_view name() const override { return kMseLoss; }
  [[nodiscard]] TargetKind target() const override { return TargetKind::numbers; }
  void take(math::Target target, const LossArgs<float>& args) const override {
    take_by(target, args);
  }
  void take(math::Target target, const LossArgs<double>& args) const override {
    take_by(target, args);
  }
  // The variance of the targets, the mean of all units.
  [[nodiscard]] std::optional<double> constant_loss(const TargetSummary& summary) const override {
    double sum = 0;
    for (const double variance : summary.variances) sum += variance;
    return sum / static_cast<double>(summary.variances.size());
  }

 private:
  template <class T>
  static void take_by(math::Target target, const LossArgs<T>& args) {
    count_hits(args);
    mse_kernel<T>(target)(args);
  }
};

}  // namespace

LossEntry mse() {
  return {kMseLoss, {}, [](const Settings&) { return std::make_shared<const Mse>(); }};
}

}  // namespace forknet::nn
