#include "nn/loss.h"

namespace forknet::nn {

std::optional<LastLayerFault> Loss::fault_of(const LastLayer&) const { return std::nullopt; }

std::size_t Loss::scratch_numbers(std::size_t) const { return 0; }

void Loss::link(math::Target, const math::PanelView<float>&) const {}
void Loss::link(math::Target, const math::PanelView<double>&) const {}

std::optional<double> Loss::constant_loss(const TargetSummary&) const { return std::nullopt; }

}  // namespace forknet::nn
