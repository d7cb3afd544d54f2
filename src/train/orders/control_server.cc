#include "train/orders/control_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/try.h"
#include "os/file.h"
#include "os/local_socket.h"
#include "os/process.h"
#include "os/stop_signals.h"
#include "train/orders/messages.h"

namespace forknet::run {
namespace {

constexpr std::size_t kMostClients = 32;
constexpr std::size_t kMostSignals = 64;  // that wait for an answer (takes())
constexpr std::size_t kMostStatus = std::size_t{1} << 26;
constexpr std::int64_t kMostSilence = 10'000'000'000;  // of a client that sends nothing
constexpr std::int64_t kLookForAnswers = 10'000'000;   // for answers
constexpr std::int64_t kIdle = 1'000'000'000;
constexpr std::int64_t kLookForSignals = 50'000'000;  // without a descriptor for signals

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::start(
    const os::FilePath& folder, Orders& orders, const os::RunSignals* signals,
    std::function<void(const std::string&)> log, const os::ServiceManager* service) {
  auto listener = os::listen_at(folder, kControlSocket);
  if (!listener.ok() && signals == nullptr && service == nullptr) return listener.error();
  FORKNET_ASSIGN(auto ending, os::make_event());
  std::unique_ptr<ControlServer> server(
      new ControlServer(folder, orders, signals, std::move(log), service, std::move(ending)));
  if (listener.ok()) {
    server->listener_ = std::move(*listener);
  } else {
    server->fault_ = listener.error().message;
  }
  if (signals != nullptr) signals->begin();  // or the thread could be stopped where none may be
  const os::WithoutSignals quiet;            // a first TERM and a second one go to one thread
  FORKNET_ASSIGN(server->thread_, os::Thread::start("the thread of the control socket",
                                                    [own = server.get()] { own->serve(); }));
  return server;
}

ControlServer::ControlServer(os::FilePath folder, Orders& orders, const os::RunSignals* signals,
                             std::function<void(const std::string&)> log,
                             const os::ServiceManager* service, os::Fd ending)
    : folder_(std::move(folder)),
      orders_(orders),
      signals_(signals),
      log_(std::move(log)),
      service_(service),
      feed_(service == nullptr ? std::nullopt : service->watchdog_ns()),
      ending_(std::move(ending)) {}

ControlServer::~ControlServer() {
  orders_.close("the run has ended");
  if (thread_.runs()) {
    os::tell(ending_);
    thread_.join();
  }
  for (Client& client : clients_) {
    if (client.waits_for != 0) (void)answer(client);
  }
  if (listener_.open()) (void)os::remove_file(folder_ / kControlSocket);
}

void ControlServer::serve() {
  os::name_this_thread("control");
  while (true) {
    std::vector<const os::Fd*> watched = {&ending_, &listener_,
                                          signals_ == nullptr ? &listener_ : &signals_->fd()};
    bool waits = !signalled_.empty();
    // Do not poll a client that waits for an answer: if it has hung up, it is always readable.
    for (const Client& client : clients_) {
      if (client.waits_for == 0) watched.push_back(&client.socket);
      waits = waits || client.waits_for != 0;
    }
    const bool polls = signals_ != nullptr && !signals_->fd().open();
    const std::int64_t nap = feed_.nap_ns(polls ? kLookForSignals : kIdle);
    const auto readable = os::wait_for_readable(watched, waits ? kLookForAnswers : nap);
    if (readable[0]) return;
    if (feed_.due(monotonic_ns(), orders_.beats())) notify_service("WATCHDOG=1");
    std::size_t number = 0;
    std::erase_if(clients_, [&](Client& client) {
      if (client.waits_for != 0) return !answer(client);
      const bool asks = readable[3 + number++];
      if (asks) return !read_from(client);
      return monotonic_ns() - client.silent_since > kMostSilence;
    });
    if (readable[1]) accept_clients();
    if (signals_ != nullptr && (polls || readable[2])) take_signals();
    std::erase_if(signalled_, [&](const Signalled& one) { return !unanswered(one); });
  }
}

namespace {

// The order that a signal requests; nothing if it requests none.
std::optional<Order> order_of(os::RunSignal signal, bool hang_up_ends) {
  switch (signal) {
    case os::RunSignal::checkpoint:
      return Order{LifeEvent::checkpoint, 0, false};
    case os::RunSignal::more:
      return Order{LifeEvent::scale, 1, true};
    case os::RunSignal::fewer:
      return Order{LifeEvent::scale, -1, true};
    case os::RunSignal::suspend:
      return Order{LifeEvent::pause, 0, false};
    case os::RunSignal::go_on:
      return Order{LifeEvent::resume, 0, false};
    case os::RunSignal::hold:
      return Order{LifeEvent::hold, 0, false};
    case os::RunSignal::release:
      return Order{LifeEvent::release, 0, false};
    case os::RunSignal::hang_up:
      if (hang_up_ends) return std::nullopt;
      return Order{LifeEvent::reload, 0, false};
    case os::RunSignal::snapshot:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string_view word_of(os::RunSignal signal) {
  constexpr std::string_view kEnumNames[] = {
      "USR1: checkpoint", "USR2", "HUP: reload", "TTIN: a replica more", "TTOU: a replica fewer",
      "TSTP: paused",     "CONT", "RTMIN: hold", "RTMIN+1: release"};
  return kEnumNames[static_cast<std::size_t>(signal)];
}

}  // namespace

// After RELOADING=1 the service manager waits for READY=1.
std::uint64_t ControlServer::give(const Order& order) {
  if (order.event == LifeEvent::reload) notify_service(reloading_text(monotonic_ns()));
  return orders_.give(order);
}

void ControlServer::take_signals() {
  while (const auto signal = signals_->next()) {
    // Data is still being loaded, or cells are starting: nothing has to come to rest.
    if (*signal == os::RunSignal::suspend && orders_.beats() == 0) {
      os::stop_this_process();
      continue;
    }
    // CONT also cancels a stop that is still pending: a sender of both signals sends CONT only
    // once.
    for (Signalled& one : signalled_) one.continued |= *signal == os::RunSignal::go_on;
    if (const auto order = order_of(*signal, signals_->hang_up_ends())) {
      if (takes(*signal)) signalled_.push_back({give(*order), *signal, false});
    } else if (*signal == os::RunSignal::snapshot) {
      publish_snapshot();
    } else {
      os::StopSignals::ask();  // HUP because the terminal closed
    }
  }
}

// At most kMostSignals wait; later ones are dropped. A signal that continues a run held up by an
// earlier one is never dropped. One is enough, because further signals that hold it up are dropped.
bool ControlServer::takes(os::RunSignal signal) const {
  if (signalled_.size() < kMostSignals) return true;
  if (signal != os::RunSignal::go_on && signal != os::RunSignal::release) return false;
  return std::none_of(signalled_.begin() + kMostSignals, signalled_.end(),
                      [&](const Signalled& one) { return one.signal == signal; });
}

void ControlServer::publish_snapshot() {
  const auto status = os::read_file(folder_ / "status.json", kMostStatus);
  log_("USR2: " + (status.ok() ? *status : status.error().message));
}

bool ControlServer::unanswered(const Signalled& signalled) {
  const auto answer = orders_.answer_to(signalled.number);
  if (!answer) return true;
  const std::string note = answer->note.empty() ? "" : ", " + answer->note;
  log_(answer->fault.empty()
           ? fmt::format("{} at step {}{}", word_of(signalled.signal), answer->step, note)
           : fmt::format("{}: {}", word_of(signalled.signal), answer->fault));
  if (signalled.signal == os::RunSignal::hang_up) notify_service("READY=1");
  // The cells are at rest now. The signal that continues this process lets them continue as well.
  const bool rests =
      signalled.signal == os::RunSignal::suspend && answer->fault.empty() && !signalled.continued;
  if (rests) os::stop_this_process();
  return false;
}

void ControlServer::accept_clients() {
  auto client = os::accept_own_user(listener_);
  if (!client) return;
  if (clients_.size() >= kMostClients) {
    const auto text =
        fmt::format("{} others are asking already; try again in a moment", kMostClients);
    (void)os::send_message(*client, answer_text({0, "", text}));
    return;
  }
  clients_.push_back({std::move(*client), 0, monotonic_ns()});
}

bool ControlServer::read_from(Client& client) {
  const os::Received received = os::receive_message(client.socket);
  if (received.closed) return false;
  if (received.text.empty()) return true;
  client.silent_since = monotonic_ns();
  const auto order = parse_order(received.text);
  if (!order.ok()) {
    return os::send_message(client.socket, answer_text({0, "", order.error().message}));
  }
  client.waits_for = give(*order);
  client.reloads = order->event == LifeEvent::reload;
  return true;
}

bool ControlServer::answer(Client& client) {
  const auto answer = orders_.answer_to(client.waits_for);
  if (!answer) return true;
  client.waits_for = 0;
  if (client.reloads) notify_service("READY=1");
  client.reloads = false;
  client.silent_since = monotonic_ns();
  return os::send_message(client.socket, answer_text(*answer));
}

}  // namespace forknet::run
