// A control server in a temporary folder, with clients on real sockets and a trainer that only
// answers.
#include "train/orders/control_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/clock.h"
#include "os/event.h"
#include "os/local_socket.h"
#include "os/temporary_folder.h"
#include "patience.h"
#include "train/orders/messages.h"

namespace forknet::run {
namespace {

// Answers each order with the number of earlier orders.
class OrderApplier {
 public:
  explicit OrderApplier(Orders& orders) : orders_(orders), thread_([this] { apply(); }) {}
  ~OrderApplier() {
    ends_ = true;
    thread_.join();
  }
  OrderApplier(const OrderApplier&) = delete;
  OrderApplier& operator=(const OrderApplier&) = delete;

 private:
  void apply() {
    std::uint64_t step = 0;
    while (!ends_) {
      orders_.wait(10'000'000);
      while (const auto given = orders_.take()) {
        const bool scales = given->order.event == LifeEvent::scale;
        orders_.answer(given->number, {step++, "running", scales ? "no replicas here" : ""});
      }
    }
  }

  Orders& orders_;
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

// Waits for the next message without a limit; closed: there is none.
os::Received next_message(const os::Fd& socket) {
  const std::int64_t until = monotonic_ns() + kTimeout;
  while (monotonic_ns() < until) {
    (void)os::wait_for_readable({&socket}, until - monotonic_ns());
    os::Received received = os::receive_message(socket);
    if (received.closed || !received.text.empty()) return received;
  }
  return {"nothing came", true};
}

class ControlServerTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<ControlServer> serve(const std::string& folder) {
    auto server = ControlServer::start(folder, orders_, nullptr, [](const std::string&) {});
    EXPECT_TRUE(server.ok()) << server.error().message;
    return std::move(*server);
  }
  // Repeats until connected, because the queue of the listener is limited.
  [[nodiscard]] os::Fd connect() const {
    const std::int64_t until = monotonic_ns() + kTimeout;
    auto socket = os::connect_to(folder_.path(), kControlSocket);
    while (!socket.ok() && monotonic_ns() < until) {
      std::this_thread::yield();
      socket = os::connect_to(folder_.path(), kControlSocket);
    }
    EXPECT_TRUE(socket.ok()) << socket.error().message;
    return std::move(*socket);
  }
  static std::string ask(const os::Fd& socket, std::string_view text) {
    EXPECT_TRUE(os::send_message(socket, text));
    return next_message(socket).text;
  }
  [[nodiscard]] std::string socket_path() const { return folder_ / kControlSocket; }
  // A new client is served as if it were the only one.
  void expect_served() const {
    const auto answer = parse_answer(ask(connect(), R"({"do":"pause"})"));
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->fault, "");
    EXPECT_EQ(answer->state, "running");
  }
  // The same, once the server has noticed that others have left.
  void expect_served_soon() const {
    const std::int64_t until = monotonic_ns() + kTimeout;
    std::string fault = "not asked";
    while (!fault.empty() && monotonic_ns() < until) {
      const os::Fd socket = connect();
      if (!os::send_message(socket, R"({"do":"pause"})")) continue;
      if (const auto answer = parse_answer(next_message(socket).text); answer.ok()) {
        fault = answer->fault;
      }
    }
    EXPECT_EQ(fault, "");
  }
  static void expect_closed(const os::Fd& socket) {
    const os::Received received = next_message(socket);
    EXPECT_TRUE(received.closed);
    EXPECT_EQ(received.text, "");
  }

  const os::TemporaryFolder folder_;
  Orders orders_;
};

TEST_F(ControlServerTest, answers_orders_one_after_the_other) {
  const auto server = serve(folder_.path());
  const OrderApplier applier(orders_);
  const os::Fd socket = connect();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ask(socket, R"({"do":"checkpoint"})"),
              answer_text({static_cast<std::uint64_t>(i), "running", ""}));
  }
  EXPECT_EQ(ask(socket, R"({"do":"scale","replicas":3})"), R"({"error":"no replicas here"})");
}

TEST_F(ControlServerTest, garbage_is_answered_with_what_is_wrong_and_the_client_may_go_on) {
  const auto server = serve(folder_.path());
  const OrderApplier applier(orders_);
  const os::Fd socket = connect();
  for (const std::string& text : {std::string("x"), std::string(os::kMostMessage, '['),
                                  std::string(1, '\0'), std::string("\xFF\xFE")}) {
    const auto answer = parse_answer(ask(socket, text));
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->fault, R"(an order is {"do":"pause"})");
  }
  EXPECT_EQ(ask(socket, R"({"do":"pause"})"), answer_text({0, "running", ""}));
}

TEST_F(ControlServerTest, serves_many_clients_at_once_and_turns_those_beyond_away) {
  constexpr std::size_t kMost = 32;
  const auto server = serve(folder_.path());
  const OrderApplier applier(orders_);
  std::vector<os::Fd> clients;
  for (std::size_t i = 0; i < kMost; ++i) {
    clients.push_back(connect());
    EXPECT_EQ(ask(clients.back(), "?"), R"({"error":"an order is {\"do\":\"pause\"}"})");
  }
  for (int i = 0; i < 3; ++i) {
    const os::Fd socket = connect();
    EXPECT_EQ(next_message(socket).text,
              R"({"error":"32 others are asking already; try again in a moment"})");
    expect_closed(socket);
  }
  for (const os::Fd& client : clients) ASSERT_TRUE(os::send_message(client, R"({"do":"hold"})"));
  for (const os::Fd& client : clients) EXPECT_TRUE(parse_answer(next_message(client).text).ok());
  clients.clear();
  expect_served_soon();
}

TEST_F(ControlServerTest, a_message_that_is_too_long_costs_its_sender_the_connection_alone) {
  const auto server = serve(folder_.path());
  const OrderApplier applier(orders_);
  for (const std::size_t size : {os::kMostMessage + 1, 10 * os::kMostMessage}) {
    const os::Fd socket = connect();
    ASSERT_TRUE(os::send_message(socket, std::string(size, ' ')));
    expect_closed(socket);
    expect_served();
  }
}

TEST_F(ControlServerTest, clients_that_say_nothing_or_leave_early_disturb_nobody) {
  const auto server = serve(folder_.path());
  const os::Fd silent = connect();
  for (int i = 0; i < 40; ++i) {
    const os::Fd gone = connect();
    if (i % 2 == 0) (void)os::send_message(gone, R"({"do":"pause"})");
  }
  const OrderApplier applier(orders_);
  expect_served_soon();
  EXPECT_NE(ask(silent, R"({"do":"pause"})"), "");
}

TEST_F(ControlServerTest, an_order_is_obeyed_though_its_client_has_left) {
  const auto server = serve(folder_.path());
  {
    const os::Fd gone = connect();
    ASSERT_TRUE(os::send_message(gone, R"({"do":"hold"})"));
  }
  orders_.wait(kTimeout);
  const auto given = orders_.take();
  ASSERT_TRUE(given);
  EXPECT_EQ(given->order.event, LifeEvent::hold);
  orders_.answer(given->number, {1, "running", ""});
  const OrderApplier applier(orders_);
  expect_served();
}

// Nanoseconds of CPU time that the whole process uses while idle for `time`.
std::int64_t busy_during(std::int64_t time) {
  const auto cpu_ns = [] {
    timespec now = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  };
  const os::Fd never = os::make_event().value();
  const std::int64_t before = cpu_ns();
  (void)os::wait_for_readable({&never}, time);
  return cpu_ns() - before;
}

TEST_F(ControlServerTest, waiting_for_an_answer_takes_no_cpu_time_whatever_the_client_does) {
  constexpr std::int64_t kTime = 200'000'000;
  const auto server = serve(folder_.path());
  const os::Fd patient = connect();
  ASSERT_TRUE(os::send_message(patient, R"({"do":"pause"})"));
  orders_.wait(kTimeout);
  ASSERT_TRUE(orders_.take());
  EXPECT_LT(busy_during(kTime), kTime / 2) << "a client that waits";
  {
    const os::Fd gone = connect();
    ASSERT_TRUE(os::send_message(gone, R"({"do":"pause"})"));
    orders_.wait(kTimeout);
    ASSERT_TRUE(orders_.take());
  }
  EXPECT_LT(busy_during(kTime), kTime / 2) << "a client that has left";
}

TEST_F(ControlServerTest, who_waits_when_the_run_ends_gets_a_last_answer) {
  auto server = serve(folder_.path());
  const os::Fd first = connect();
  ASSERT_TRUE(os::send_message(first, R"({"do":"stop"})"));
  orders_.wait(kTimeout);
  server.reset();
  EXPECT_EQ(next_message(first).text, R"({"error":"the run has ended"})");
  expect_closed(first);
  EXPECT_FALSE(os::connect_to(folder_.path(), kControlSocket).ok());
}

TEST_F(ControlServerTest, the_socket_is_its_users_alone_and_gone_afterwards) {
  auto server = serve(folder_.path());
  struct stat status = {};
  ASSERT_EQ(::stat(socket_path().c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(folder_.entries(), 1);
  server.reset();
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(ControlServerTest, a_socket_that_a_dead_process_left_is_replaced) {
  { const os::Fd dead = os::listen_at(folder_.path(), kControlSocket).value(); }
  ASSERT_TRUE(std::filesystem::exists(socket_path()));
  EXPECT_FALSE(os::connect_to(folder_.path(), kControlSocket).ok());
  const auto server = serve(folder_.path());
  const OrderApplier applier(orders_);
  expect_served();
}

TEST_F(ControlServerTest, a_folder_longer_than_a_sockets_name_is_served) {
  const std::string name(200, 'a');
  const std::string deep = (std::filesystem::path(folder_.path()) / name / name).string();
  std::filesystem::create_directories(deep);
  auto server = serve(deep);
  const OrderApplier applier(orders_);
  const auto socket = os::connect_to(deep, kControlSocket);
  ASSERT_TRUE(socket.ok()) << socket.error().message;
  EXPECT_EQ(ask(*socket, R"({"do":"pause"})"), answer_text({0, "running", ""}));
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(deep + "/" + kControlSocket));
}

TEST_F(ControlServerTest, a_folder_that_is_not_there_is_an_error) {
  const auto server =
      ControlServer::start(folder_ / "nothing", orders_, nullptr, [](const std::string&) {});
  ASSERT_FALSE(server.ok());
  EXPECT_NE(server.error().message.find("No such file"), std::string::npos);
}

// A service manager with a watchdog of `usec`, in the environment of this process during
// construction.
class Watching {
 public:
  explicit Watching(const os::TemporaryFolder& folder, const char* usec)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)), service_(service(folder, usec)) {}
  [[nodiscard]] const os::ServiceManager* get() const { return &service_; }
  // True: the text was received within the time.
  [[nodiscard]] bool hears(std::string_view text, std::int64_t timeout) const {
    const std::int64_t until = monotonic_ns() + timeout;
    while (os::wait_for_readable({&socket_}, until - monotonic_ns())[0]) {
      std::array<char, 100> told = {};
      const ssize_t size = ::recv(socket_.get(), told.data(), told.size(), MSG_DONTWAIT);
      if (size > 0 && std::string_view(told.data(), static_cast<std::size_t>(size)) == text) {
        return true;
      }
    }
    return false;
  }
  void forget() const {
    while (hears("", 0)) {
    }
  }

 private:
  [[nodiscard]] os::ServiceManager service(const os::TemporaryFolder& folder,
                                           const char* usec) const {
    const std::string path = folder / "notify";
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", usec, 1);
    return os::ServiceManager::from_environment();
  }
  os::Fd socket_;
  os::ServiceManager service_;
};

TEST_F(ControlServerTest, the_watchdog_is_fed_as_long_as_the_run_shows_life) {
  const Watching manager(folder_, "40000");
  const auto server = ControlServer::start(
      folder_.path(), orders_, nullptr, [](const std::string&) {}, manager.get());
  ASSERT_TRUE(server.ok());
  EXPECT_FALSE(manager.hears("WATCHDOG=1", 200'000'000)) << "it has not begun";
  for (int i = 0; i < 3; ++i) {
    orders_.beat();
    EXPECT_TRUE(manager.hears("WATCHDOG=1", kTimeout));
  }
  manager.forget();
  EXPECT_FALSE(manager.hears("WATCHDOG=1", 200'000'000)) << "it hangs";
}

TEST_F(ControlServerTest, a_manager_is_told_of_a_reload_and_of_its_end) {
  const Watching manager(folder_, "0");
  const auto server = ControlServer::start(
      folder_.path(), orders_, nullptr, [](const std::string&) {}, manager.get());
  ASSERT_TRUE(server.ok());
  const OrderApplier applier(orders_);
  EXPECT_NE(ask(connect(), R"({"do":"reload"})"), "");
  EXPECT_TRUE(manager.hears("READY=1", kTimeout));
}

TEST_F(ControlServerTest, where_no_socket_can_be_the_watchdog_is_fed_all_the_same) {
  const Watching manager(folder_, "40000");
  const auto server = ControlServer::start(
      folder_ / "nothing", orders_, nullptr, [](const std::string&) {}, manager.get());
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_NE((*server)->fault(), "");
  orders_.beat();
  EXPECT_TRUE(manager.hears("WATCHDOG=1", kTimeout));
}

TEST_F(ControlServerTest, starting_and_ending_leave_no_descriptor_open) {
  const auto open_now = [] {
    const std::filesystem::directory_iterator fds("/proc/self/fd");
    return std::distance(begin(fds), end(fds));
  };
  const auto before = open_now();
  for (int i = 0; i < 20; ++i) {
    Orders orders;
    const auto server =
        ControlServer::start(folder_.path(), orders, nullptr, [](const std::string&) {});
    ASSERT_TRUE(server.ok());
    const os::Fd client = connect();
    ASSERT_TRUE(os::send_message(client, R"({"do":"pause"})"));
  }
  EXPECT_EQ(open_now(), before);
}

}  // namespace
}  // namespace forknet::run
