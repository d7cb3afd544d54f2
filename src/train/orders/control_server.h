// Listens on a run's control socket and for its signals, in its own thread, and passes orders on.
// Feeds the watchdog of a service manager while the run shows life. Holds a bounded number of
// clients, reads bounded messages, never waits for a client, and never touches the run.
#pragma once

#include <forknet/result.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "os/event.h"
#include "os/fd.h"
#include "os/file_path.h"
#include "os/run_signals.h"
#include "os/service_manager.h"
#include "os/thread.h"
#include "train/orders/orders.h"
#include "train/orders/service_words.h"

namespace forknet::run {

class ControlServer {
 public:
  // Listens in the run's folder and for `signals`, if not null, which become messages from now on;
  // reports their results to `log`. All arguments outlive this object.
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> start(
      const os::FilePath& folder, Orders& orders, const os::RunSignals* signals,
      std::function<void(const std::string&)> log, const os::ServiceManager* service = nullptr);
  // Why the socket does not work; signals and watchdog are served all the same. Empty: it works.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  // Ends the thread and removes the socket. Waiting clients get a last answer.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct Client {
    os::Fd socket;
    std::uint64_t waits_for = 0;  // the number of its order; 0: none
    std::int64_t silent_since = 0;
    bool reloads = false;  // it waits for a reload
  };
  // A signal that became an order.
  struct Signalled {
    std::uint64_t number = 0;
    os::RunSignal signal = os::RunSignal::checkpoint;
    bool continued = false;  // CONT has arrived since
  };
  ControlServer(os::FilePath folder, Orders& orders, const os::RunSignals* signals,
                std::function<void(const std::string&)> log, const os::ServiceManager* service,
                os::Fd ending);
  void serve();
  std::uint64_t give(const Order& order);
  void notify_service(std::string_view text) const {
    if (service_ != nullptr) service_->tell(text);
  }
  void accept_clients();
  void take_signals();
  [[nodiscard]] bool takes(os::RunSignal signal) const;
  void publish_snapshot();
  // False: it has been answered.
  [[nodiscard]] bool unanswered(const Signalled& signalled);
  // False: close the client.
  [[nodiscard]] bool read_from(Client& client);
  [[nodiscard]] bool answer(Client& client);

  const os::FilePath folder_;  // a private one
  Orders& orders_;
  const os::RunSignals* const signals_;  // null: none
  const std::function<void(const std::string&)> log_;
  const os::ServiceManager* const service_;  // null: none
  WatchdogFeed feed_;
  os::Fd listener_;
  std::string fault_;
  const os::Fd ending_;  // an event
  std::vector<Client> clients_;
  std::vector<Signalled> signalled_;
  os::Thread thread_;
};

}  // namespace forknet::run
