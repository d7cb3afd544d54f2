#include "wire/pipe/transport.h"

#include <utility>
#include <vector>

#include "base/try.h"
#include "os/pipe.h"
#include "wire/pipe/pipe.h"

namespace forknet::wire {
namespace {

class PipeEndpoint final : public Endpoint {
 public:
  std::unique_ptr<Receiver> receiver(LineEnd end, ChannelOptions options) override {
    auto receiver = std::make_unique<PipeReceiver>(std::move(end.fd), std::move(options));
    receivers_.push_back(receiver.get());
    return receiver;
  }
  std::unique_ptr<Sender> sender(LineEnd end, ChannelOptions options) override {
    return std::make_unique<PipeSender>(std::move(end.fd), std::move(options), receivers_);
  }

 private:
  std::vector<PipeReceiver*> receivers_;
};

}  // namespace

Result<Line> PipeTransport::open(std::span<std::byte>, std::size_t room) const {
  FORKNET_ASSIGN(os::PipeEnds ends, os::make_pipe(room));
  return Line{{.room = room, .fd = std::move(ends.write)},
              {.room = room, .fd = std::move(ends.read)}};
}

std::unique_ptr<Endpoint> PipeTransport::endpoint() const {
  return std::make_unique<PipeEndpoint>();
}

}  // namespace forknet::wire
