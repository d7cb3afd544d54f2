// The messages of a run's control socket (docs/formats.md): one JSON object per message.
//   {"do":"pause"}  {"do":"scale","replicas":3}  …
//   {"step":120,"state":"paused"}, maybe with a "note", or  {"error":"…"}
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>

#include "train/orders/orders.h"

namespace forknet::run {

inline constexpr const char* kControlSocket = "control.sock";

// The names of orders, as on the command line: "pause", "resume", "checkpoint", "stop", "hold",
// "release", "scale", "reload".
[[nodiscard]] std::optional<LifeEvent> event_named(const std::string& word);

[[nodiscard]] std::string order_text(const std::string& word, std::int64_t replicas);
// Error (usage) says what is wrong. Accepts any text.
[[nodiscard]] Result<Order> parse_order(const std::string& text);

[[nodiscard]] std::string answer_text(const OrderAnswer& answer);
[[nodiscard]] Result<OrderAnswer> parse_answer(const std::string& text);

}  // namespace forknet::run
