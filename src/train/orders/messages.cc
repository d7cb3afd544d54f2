#include "train/orders/messages.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace forknet::run {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, LifeEvent>, 8> kOrderNames = {
    {{"pause", LifeEvent::pause},
     {"resume", LifeEvent::resume},
     {"checkpoint", LifeEvent::checkpoint},
     {"stop", LifeEvent::stop},
     {"hold", LifeEvent::hold},
     {"release", LifeEvent::release},
     {"scale", LifeEvent::scale},
     {"reload", LifeEvent::reload}}};

// The most text that fits into a message, escapes included.
constexpr std::size_t kMostWords = 650;

Error refused(const std::string& why) { return Error{ErrorKind::usage, why}; }

}  // namespace

std::optional<LifeEvent> event_named(const std::string& word) {
  for (const auto& [name, event] : kOrderNames) {
    if (name == word) return event;
  }
  return std::nullopt;
}

std::string order_text(const std::string& word, std::int64_t replicas) {
  json object = {{"do", word}};
  if (word == "scale") object["replicas"] = replicas;
  return object.dump(-1, ' ', true, json::error_handler_t::replace);
}

Result<Order> parse_order(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("do") || !object["do"].is_string()) {
    return refused("an order is {\"do\":\"pause\"}");
  }
  const auto event = event_named(object["do"].get<std::string>());
  if (!event) return refused("there is no such order");
  Order order;
  order.event = *event;
  if (order.event != LifeEvent::scale) return order;
  const auto replicas = object.find("replicas");
  if (replicas == object.end() || !replicas->is_number_integer()) {
    return refused("scale wants a whole number of replicas");
  }
  order.replicas = replicas->get<std::int64_t>();
  return order;
}

std::string answer_text(const OrderAnswer& answer) {
  json object = answer.fault.empty() ? json{{"step", answer.step}, {"state", answer.state}}
                                     : json{{"error", answer.fault.substr(0, kMostWords)}};
  if (answer.fault.empty() && !answer.note.empty()) {
    object["note"] = answer.note.substr(0, kMostWords);
  }
  return object.dump(-1, ' ', true, json::error_handler_t::replace);
}

Result<OrderAnswer> parse_answer(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  OrderAnswer answer;
  if (object.is_object() && object.contains("error") && object["error"].is_string()) {
    answer.fault = object["error"].get<std::string>();
    return answer;
  }
  if (!object.is_object() || !object.contains("step") || !object["step"].is_number_unsigned() ||
      !object.contains("state") || !object["state"].is_string()) {
    return Error{ErrorKind::internal, "the run's answer cannot be understood: " + text};
  }
  answer.step = object["step"].get<std::uint64_t>();
  answer.state = object["state"].get<std::string>();
  if (object.contains("note") && object["note"].is_string()) {
    answer.note = object["note"].get<std::string>();
  }
  return answer;
}

}  // namespace forknet::run
