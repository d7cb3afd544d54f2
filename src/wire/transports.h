// The list of all transports. The only place where grid.channel is looked up. A new transport is a
// folder beside this and its lines in transports().
#pragma once

#include <span>
#include <string_view>

#include "wire/transport.h"

namespace forknet::wire {

[[nodiscard]] std::span<const Transport* const> transports();

// Of a name that a config may have.
[[nodiscard]] const Transport& transport_for(std::string_view channel);
// The transport of that name; null: there is none.
[[nodiscard]] const Transport* transport_named(std::string_view name);
// The transport between cells that map the same memory.
[[nodiscard]] const Transport& memory_transport();

}  // namespace forknet::wire
