// The borders of a slice: activations of a microbatch are sent up, its errors are sent down. The
// first thread of a cell sends and receives.
#include "cell/network.h"
#include "os/failpoint.h"

namespace forknet::cell {
namespace {

template <class T>
wire::ConstBlocks as_const(const wire::Blocks<T>& blocks) {
  return {blocks.data, blocks.runs, blocks.run_bytes, blocks.stride_bytes};
}

}  // namespace

// Rows of the outputs of a layer: one contiguous block per panel.
template <class T>
wire::MutableBlocks Network<T>::activations_of(std::size_t layer, math::Range rows) const {
  const math::PanelView<T> view = workspace_.outputs(layer, rows_);
  return {reinterpret_cast<std::byte*>(view.line(0, rows.begin)), view.panels(),
          rows.size() * math::kLanes * sizeof(T), view.panel_stride * sizeof(T)};
}

// The same rows of the errors of a layer: transposed, so that a panel is 16 rows.
template <class T>
wire::MutableBlocks Network<T>::errors_of(std::size_t layer, math::Range rows) const {
  const math::PanelView<T> view = workspace_.transposed(layer, rows_);
  const std::size_t first = rows.begin / math::kLanes;
  return {reinterpret_cast<std::byte*>(view.line(first, 0)), math::panels_for(rows.end) - first,
          view.rows * math::kLanes * sizeof(T), view.panel_stride * sizeof(T)};
}

namespace {

wire::Frame frame_of(wire::FrameKind kind, std::uint32_t generation, std::uint64_t step,
                     std::size_t number, const wire::MutableBlocks& blocks) {
  return {kind, generation, static_cast<std::uint32_t>(number), step, blocks.bytes()};
}

}  // namespace

template <class T>
void Network<T>::expect_frames(const Worker& worker, const Work& work, math::Range rows,
                               std::size_t count) {
  if (worker.thread() != 0) return;
  const auto [begin, end] = slice(worker);
  Links& links = context_->links(worker);
  const auto expect = [&](wire::Receiver& from, wire::FrameKind kind, std::size_t number,
                          const wire::MutableBlocks& blocks) {
    const Status expected = from.expect(
        frame_of(kind, context_->generation(), work.step.number, number, blocks), blocks);
    if (!expected.ok()) context_->abandon(expected.error());
  };
  for (std::size_t i = 0; i < count; ++i) {
    const math::Range piece = microbatch(rows, i, count);
    if (begin > 0) {
      expect(*links.from_below, wire::FrameKind::activation, i, activations_of(begin - 1, piece));
    }
    if (end < plan_.layers.size()) {
      expect(*links.from_above, wire::FrameKind::error, i,
             errors_of(nn::errors_below(plan_, end), piece));
    }
  }
}

template <class T>
void Network<T>::receive(const Worker& worker, wire::Receiver* from, TraceSpan::Kind what) {
  if (worker.thread() == 0) {
    FORKNET_FAILPOINT("receive/before");
    counted(worker, what, [&] {
      const Status received = from->wait();
      if (!received.ok()) context_->abandon(received.error());
    });
  }
  if (worker.thread() == 0) FORKNET_FAILPOINT("receive/after");
  wait_for_cell(worker);
}

template <class T>
void Network<T>::send_up(const Worker& worker, const Work& work, std::size_t number,
                         math::Range rows) {
  wait_for_cell(worker);
  if (worker.thread() != 0) return;
  FORKNET_FAILPOINT("send_up/before");
  const TraceScope sending(ring(worker), TraceSpan::Kind::send_activations);
  const auto blocks = activations_of(slice(worker).end - 1, rows);
  const Status sent = context_->links(worker).to_above->send(
      frame_of(wire::FrameKind::activation, context_->generation(), work.step.number, number,
               blocks),
      as_const(blocks));
  if (!sent.ok()) context_->abandon(sent.error());
  FORKNET_FAILPOINT("send_up/after");
}

template <class T>
void Network<T>::send_down(const Worker& worker, const Work& work, std::size_t number,
                           math::Range rows) {
  wait_for_cell(worker);
  if (worker.thread() != 0) return;
  FORKNET_FAILPOINT("send_down/before");
  const TraceScope sending(ring(worker), TraceSpan::Kind::send_errors);
  const auto blocks = errors_of(nn::errors_below(plan_, slice(worker).begin), rows);
  const Status sent = context_->links(worker).to_below->send(
      frame_of(wire::FrameKind::error, context_->generation(), work.step.number, number, blocks),
      as_const(blocks));
  if (!sent.ok()) context_->abandon(sent.error());
  FORKNET_FAILPOINT("send_down/after");
}

template class Network<float>;
template class Network<double>;

}  // namespace forknet::cell
