#include "cell/parameter_transfer.h"

#include "base/try.h"

namespace forknet::cell {
namespace {

using wire::FrameKind;

wire::Frame frame_of(FrameKind kind, const TransferHead& what, std::size_t layer,
                     std::size_t bytes) {
  return {.kind = kind,
          .generation = what.generation,
          .step = what.step,
          .bytes = bytes,
          .layer = static_cast<std::uint32_t>(layer),
          .part = what.region};
}

// Calls part(kind, blocks) for each parameter of a layer: its lines in every panel of its block.
template <class Byte, class T, class Part>
Status each_parameter(const nn::LayerPlan& layer, T* region, Part part) {
  constexpr std::size_t kLine = math::kLanes * sizeof(T);
  for (const nn::ParameterPlan& parameter : layer.parameters) {
    const nn::BlockPlan& block = layer.blocks[parameter.block];
    T* const first = region + block.offset + parameter.first_line * math::kLanes;
    const FrameKind kind = parameter.shape.size() == 1 ? FrameKind::bias : FrameKind::weight;
    FORKNET_TRY(part(
        kind, wire::Blocks<Byte>{reinterpret_cast<Byte*>(first), block.panels,
                                 parameter.lines() * kLine, block.panel_stride() * sizeof(T)}));
  }
  return {};
}

// The numbers of a layer, which are contiguous.
template <class Byte, class T, class Part>
Status whole(const nn::LayerPlan& layer, T* region, Part part) {
  const std::size_t bytes = layer.numbers() * sizeof(T);
  return part(FrameKind::gradient,
              wire::Blocks<Byte>{reinterpret_cast<Byte*>(region + layer.offset), 1, bytes, bytes});
}

// Calls each(layer) for the layers of the slice that have parameters.
template <class Each>
Status each_layer(const nn::ModelPlan& plan, const nn::LayerRange& slice, Each each) {
  for (std::size_t layer = slice.begin; layer < slice.end; ++layer) {
    if (!plan.layers[layer].blocks.empty()) FORKNET_TRY(each(plan.layers[layer]));
  }
  return {};
}

auto sending(wire::Sender& to, const TransferHead& what, const nn::LayerPlan& layer) {
  return [&](FrameKind kind, const wire::ConstBlocks& blocks) {
    return to.send(frame_of(kind, what, layer.number, blocks.bytes()), blocks);
  };
}

auto receiving(wire::Receiver& from, const TransferHead& what, const nn::LayerPlan& layer) {
  return [&](FrameKind kind, const wire::MutableBlocks& blocks) -> Status {
    FORKNET_TRY(from.expect(frame_of(kind, what, layer.number, blocks.bytes()), blocks));
    return from.wait();
  };
}

}  // namespace

template <class T>
Status send_weights(wire::Sender& to, const nn::ModelPlan& plan, const nn::LayerRange& slice,
                    std::span<const T> region, const TransferHead& what) {
  return each_layer(plan, slice, [&](const nn::LayerPlan& layer) {
    return each_parameter<const std::byte>(layer, region.data(), sending(to, what, layer));
  });
}

template <class T>
Status receive_weights(wire::Receiver& from, const nn::ModelPlan& plan, const nn::LayerRange& slice,
                       std::span<T> region, const TransferHead& what) {
  return each_layer(plan, slice, [&](const nn::LayerPlan& layer) {
    return each_parameter<std::byte>(layer, region.data(), receiving(from, what, layer));
  });
}

template <class T>
Status send_gradients(wire::Sender& to, const nn::ModelPlan& plan, const nn::LayerRange& slice,
                      std::span<const T> region, const TransferHead& what) {
  return each_layer(plan, slice, [&](const nn::LayerPlan& layer) {
    return whole<const std::byte>(layer, region.data(), sending(to, what, layer));
  });
}

template <class T>
Status receive_gradients(wire::Receiver& from, const nn::ModelPlan& plan,
                         const nn::LayerRange& slice, std::span<T> region,
                         const TransferHead& what) {
  return each_layer(plan, slice, [&](const nn::LayerPlan& layer) {
    return whole<std::byte>(layer, region.data(), receiving(from, what, layer));
  });
}

#define FORKNET_HAND_OVER(T)                                                                      \
  template Status send_weights(wire::Sender&, const nn::ModelPlan&, const nn::LayerRange&,        \
                               std::span<const T>, const TransferHead&);                          \
  template Status receive_weights(wire::Receiver&, const nn::ModelPlan&, const nn::LayerRange&,   \
                                  std::span<T>, const TransferHead&);                             \
  template Status send_gradients(wire::Sender&, const nn::ModelPlan&, const nn::LayerRange&,      \
                                 std::span<const T>, const TransferHead&);                        \
  template Status receive_gradients(wire::Receiver&, const nn::ModelPlan&, const nn::LayerRange&, \
                                    std::span<T>, const TransferHead&);
FORKNET_HAND_OVER(float)
FORKNET_HAND_OVER(double)
#undef FORKNET_HAND_OVER

}  // namespace forknet::cell
