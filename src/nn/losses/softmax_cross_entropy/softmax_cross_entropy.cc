#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"

#include <cmath>

namespace forknet::nn {
namespace {

constexpr const char* kSoftmaxLoss = "softmax_cross_entropy";

constexpr const char* kSmoothing = "label_smoothing";

class SoftmaxCrossEntropy final : public Loss {
 public:
  explicit SoftmaxCrossEntropy(double smoothing) : smoothing_(smoothing) {}

  [[nodiscard]] std::string_view name() const override { return kSoftmaxLoss; }
  [[nodiscard]] TargetKind target() const override { return TargetKind::classes; }
  [[nodiscard]] std::optional<LastLayerFault> fault_of(const LastLayer& last) const override {
    if (last.units == 1) {
      return LastLayerFault{
          "units", "softmax_cross_entropy needs at least 2 classes",
          "give the last layer one unit for each class; one unit goes with loss = "
          "\"binary_cross_entropy\" or \"mse\""};
    }
    if (last.activation == &math::activations::linear()) return std::nullopt;
    return LastLayerFault{"activation",
                          "the loss softmax_cross_entropy takes the softmax itself, so the last "
                          "layer must be linear",
                          "leave its activation out"};
  }
  void take(math::Target target, const LossArgs<float>& args) const override {
    take_by(target, args);
  }
  void take(math::Target target, const LossArgs<double>& args) const override {
    take_by(target, args);
  }
  void link(math::Target target, const math::PanelView<float>& outputs) const override {
    softmax(target, outputs);
  }
  void link(math::Target target, const math::PanelView<double>& outputs) const override {
    softmax(target, outputs);
  }
  [[nodiscard]] LinkKind link_kind() const override { return LinkKind::softmax; }
  [[nodiscard]] bool predicts_probabilities() const override { return true; }
  // The entropy of the class frequencies, in nats; of labels as smooth as the loss makes them.
  [[nodiscard]] std::optional<double> constant_loss(const TargetSummary& summary) const override {
    double entropy = 0;
    const auto classes = static_cast<double>(summary.class_shares.size());
    for (const double of_class : summary.class_shares) {
      const double share = (1 - smoothing_) * of_class + smoothing_ / classes;
      if (share > 0) entropy -= share * std::log(share);
    }
    return entropy;
  }

 private:
  template <class T>
  void take_by(math::Target target, const LossArgs<T>& args) const {
    softmax_kernel<T>(target)({args, {}, smoothing_});
  }

  const double smoothing_;
};

}  // namespace

LossEntry softmax_cross_entropy() {
  const SettingSpec smoothing = {
      kSmoothing, 0.0, "share of a label spread over all classes", {.below = 1.0}};
  return {kSoftmaxLoss, {smoothing}, [](const Settings& settings) {
            return std::make_shared<const SoftmaxCrossEntropy>(settings.number(kSmoothing));
          }};
}

template <class T>
void softmax(math::Target target, const math::PanelView<T>& outputs) {
  SoftmaxArgs<T> args;
  args.outputs = outputs.as_const();
  args.probabilities = outputs;
  args.rows = {0, outputs.rows};
  softmax_kernel<T>(target)(args);
}

template void softmax(math::Target, const math::PanelView<float>&);
template void softmax(math::Target, const math::PanelView<double>&);

}  // namespace forknet::nn
