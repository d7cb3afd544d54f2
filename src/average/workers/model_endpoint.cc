#include "average/workers/model_endpoint.h"

#include <algorithm>
#include <vector>

#include "base/try.h"
#include "cell/parameter_transfer.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

using wire::Frame;
using wire::FrameKind;

wire::ChannelOptions options_of(const std::string& from, const std::string& to,
                                const EndpointEnds& ends, wire::Traffic* traffic) {
  wire::ChannelOptions options;
  options.name = from + " to " + to;
  options.look = ends.look;
  options.traffic = traffic;
  return options;
}

enum class Part : std::uint32_t { ticket, figures };
Frame control_frame(Part part, std::uint64_t order, std::size_t bytes) {
  return {.kind = FrameKind::control,
          .step = order,
          .bytes = bytes,
          .part = static_cast<std::uint32_t>(part)};
}

Status send_part(wire::Sender& out, Part part, std::uint64_t order, const void* data,
                 std::size_t bytes) {
  const auto* from = static_cast<const std::byte*>(data);
  return out.send(control_frame(part, order, bytes), {from, 1, bytes, bytes});
}
Status receive_part(wire::Receiver& in, Part part, std::uint64_t order, void* data,
                    std::size_t bytes) {
  auto* to = static_cast<std::byte*>(data);
  FORKNET_TRY(in.expect(control_frame(part, order, bytes), {to, 1, bytes, bytes}));
  return in.wait();
}

}  // namespace

template <class T>
ModelEndpoint<T>::ModelEndpoint(const wire::Transport& transport, const nn::ModelPlan& plan,
                                EndpointEnds ends)
    : plan_(plan),
      in_(transport.endpoint()->receiver({.fd = std::move(ends.in)},
                                         options_of(ends.other, ends.self, ends, ends.in_traffic))),
      out_(transport.endpoint()->sender(
          {.fd = std::move(ends.out)}, options_of(ends.self, ends.other, ends, ends.out_traffic))) {
}

template <class T>
Status ModelEndpoint<T>::send(std::uint64_t order, const ModelTicket& ticket,
                              const Commits& commits, const store::Weights<T>& weights) {
  const os::WithoutSigpipe quiet;
  FORKNET_TRY(send_part(*out_, Part::ticket, order, &ticket, sizeof(ticket)));
  if (ticket.figures > 0) {
    std::vector<CommittedStep> figures;
    for (std::uint64_t step = ticket.step - ticket.figures; step < ticket.step; ++step) {
      figures.push_back(commits.figures(step));
    }
    FORKNET_TRY(send_part(*out_, Part::figures, order, figures.data(),
                          figures.size() * sizeof(CommittedStep)));
  }
  if (ticket.weights == 0) return {};
  FORKNET_FAILPOINT("model/send/within");
  for (std::uint32_t region = 0; region < weights.regions(); ++region) {
    FORKNET_TRY(cell::send_weights<T>(*out_, plan_, all_layers(), weights.region(region),
                                      {0, ticket.step, region}));
  }
  return {};
}

template <class T>
Result<ModelTicket> ModelEndpoint<T>::receive_ticket(std::uint64_t order) {
  ModelTicket ticket;
  FORKNET_TRY(receive_part(*in_, Part::ticket, order, &ticket, sizeof(ticket)));
  if (ticket.figures <= std::min(ticket.step, kFigures)) return ticket;
  return wire::channel_error("of a model", "received an invalid ticket");
}

template <class T>
Status ModelEndpoint<T>::receive(std::uint64_t order, const ModelTicket& ticket, Commits& commits,
                                 store::Weights<T>& weights) {
  if (ticket.figures > 0) {
    std::vector<CommittedStep> figures(ticket.figures);
    FORKNET_TRY(receive_part(*in_, Part::figures, order, figures.data(),
                             figures.size() * sizeof(CommittedStep)));
    std::uint64_t step = ticket.step - ticket.figures;
    for (const CommittedStep& figure : figures) commits.put_committed(step++, figure);
  }
  if (ticket.weights == 0) return {};
  for (std::uint32_t region = 0; region < weights.regions(); ++region) {
    FORKNET_TRY(cell::receive_weights<T>(*in_, plan_, all_layers(), weights.region(region),
                                         {0, ticket.step, region}));
  }
  return {};
}

template class ModelEndpoint<float>;
template class ModelEndpoint<double>;

}  // namespace forknet::run
