#include "wire/transports.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "wire/pipe/transport.h"
#include "wire/ring/transport.h"

namespace forknet::wire {
namespace {

template <class Fits>
const Transport* first_that(Fits fits) {
  const auto all = transports();
  const auto found = std::find_if(all.begin(), all.end(), fits);
  return found == all.end() ? nullptr : *found;
}

const Transport& checked(const Transport* transport) {
  FORKNET_CHECK(transport != nullptr);
  return *transport;
}

}  // namespace

std::span<const Transport* const> transports() {
  static const RingTransport ring;
  static const PipeTransport pipe;
  static const std::vector<const Transport*> all = {&ring, &pipe};
  return all;
}

const Transport& transport_for(std::string_view channel) {
  return checked(transport_named(channel));
}

const Transport* transport_named(std::string_view name) {
  return first_that([&](const Transport* transport) { return transport->name() == name; });
}

const Transport& memory_transport() {
  return checked(first_that([](const Transport* transport) { return transport->shares_memory(); }));
}

}  // namespace forknet::wire
