// Every transport there is. grid.channel is looked up here and nowhere else.
#pragma once

#include <forknet/config.h>

#include <span>
#include <string_view>

#include "wire/transport.h"

namespace forknet::wire {

[[nodiscard]] std::span<const Transport* const> transports();

[[nodiscard]] const Transport& transport_for(ChannelKind channel);
// By its name; null: there is none.
[[nodiscard]] const Transport* transport_named(std::string_view name);
// The one between cells that map one memory.
[[nodiscard]] const Transport& memory_transport();

}  // namespace forknet::wire
