// The list of all transports. The only place where grid.channel is looked up.
#pragma once

#include <forknet/config.h>

#include <span>
#include <string_view>

#include "wire/transport.h"

namespace forknet::wire {

[[nodiscard]] std::span<const Transport* const> transports();

[[nodiscard]] const Transport& transport_for(ChannelKind channel);
// The transport of that name; null: there is none.
[[nodiscard]] const Transport* transport_named(std::string_view name);
// The transport between cells that map the same memory.
[[nodiscard]] const Transport& memory_transport();

}  // namespace forknet::wire
