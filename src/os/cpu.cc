#include "os/cpu.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "os/cgroup.h"
#include "os/file.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

// A CPU set of any size: machines may have more than the 1024 CPUs of a plain cpu_set_t.
class CpuSet {
 public:
  explicit CpuSet(int cpus) : cpus_(cpus), set_(CPU_ALLOC(static_cast<std::size_t>(cpus))) {
    CPU_ZERO_S(bytes(), set_.get());
  }
  [[nodiscard]] std::size_t bytes() const {
    return CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus_));
  }
  [[nodiscard]] cpu_set_t* get() { return set_.get(); }
  [[nodiscard]] int cpus() const { return cpus_; }
  [[nodiscard]] bool has(int cpu) const {
    return CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes(), set_.get()) != 0;
  }
  void add(int cpu) { CPU_SET_S(static_cast<std::size_t>(cpu), bytes(), set_.get()); }

 private:
  struct Free {
    void operator()(cpu_set_t* set) const { CPU_FREE(set); }
  };
  int cpus_;
  std::unique_ptr<cpu_set_t, Free> set_;
};

}  // namespace

std::vector<int> allowed_cpus() {
  constexpr int kMostCpus = 1 << 20;
  for (int size = 1024; size <= kMostCpus; size *= 2) {
    CpuSet set(size);
    if (::sched_getaffinity(0, set.bytes(), set.get()) != 0) {
      if (errno == EINVAL) continue;  // the kernel's mask is larger
      break;
    }
    std::vector<int> cpus;
    for (int cpu = 0; cpu < set.cpus(); ++cpu) {
      if (set.has(cpu)) cpus.push_back(cpu);
    }
    return cpus;
  }
  return {};
}

int cpu_budget() {
  auto budget = static_cast<int>(allowed_cpus().size());
  if (budget == 0) budget = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  if (const auto quota = cgroup_cpus(); quota && *quota < budget) {
    budget = static_cast<int>(*quota);
  }
  return std::max(budget, 1);
}

std::string cpu_model_name() {
  constexpr std::size_t kLargestCpuinfo = std::size_t{64} << 20;
  constexpr std::string_view kKey = "model name";
  if (const auto text = read_file("/proc/cpuinfo", kLargestCpuinfo); text.ok()) {
    const auto line = text->find(kKey);
    const auto colon = line == std::string::npos ? line : text->find(": ", line);
    if (colon != std::string::npos) {
      return text->substr(colon + 2, text->find('\n', colon) - colon - 2);
    }
  }
  utsname names = {};
  if (::uname(&names) == 0) return &names.machine[0];
  return "unknown CPU";
}

Status pin_this_thread(int cpu) {
  const std::string what = "this thread to CPU " + std::to_string(cpu);
  if (cpu < 0) return system_error("bind", what, EINVAL);
  CpuSet set(std::max(1024, cpu + 1));
  set.add(cpu);
  if (::sched_setaffinity(0, set.bytes(), set.get()) != 0) return system_error("bind", what);
  return {};
}

PinScope::PinScope(std::optional<int> cpu) {
  if (!cpu) return;
  std::vector<int> former = allowed_cpus();
  if (pin_this_thread(*cpu).ok()) former_ = std::move(former);
}

PinScope::~PinScope() {
  if (former_.empty()) return;
  CpuSet set(std::max(1024, former_.back() + 1));
  for (const int cpu : former_) set.add(cpu);
  (void)::sched_setaffinity(0, set.bytes(), set.get());
}

}  // namespace forknet::os
