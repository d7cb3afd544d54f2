// forknet doctor: reports what this machine offers to a run, and what is missing or unusual.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "apps/command_list.h"
#include "apps/output.h"
#include "base/version.h"
#include "math/target.h"
#include "os/build_id.h"
#include "os/cpu.h"
#include "os/file.h"
#include "os/limits.h"
#include "os/process.h"
#include "os/system_calls.h"
#include "report/text.h"

namespace forknet::apps {
namespace {

struct Finding {
  std::string what;
  std::string value;
  std::string advice;  // empty: no problem
};

std::string join_targets() {
  std::string names;
  for (const auto target : math::available_targets()) {
    names.append(names.empty() ? "" : ", ").append(math::target_name(target));
  }
  return names;
}

Finding kernels() {
  const bool slow = math::best_target() == math::Target::reference;
  return {"kernels", join_targets(),
          slow ? "this CPU has no AVX2, AVX-512 or NEON: training uses plain loops, the same bits, "
                 "about a hundred times slower"
               : ""};
}

Finding cpus() {
  const int budget = os::cpu_budget();
  const auto allowed = os::allowed_cpus().size();
  const bool limited = static_cast<std::size_t>(budget) < allowed;
  return {"cpus", fmt::format("{} of {} allowed", budget, allowed),
          limited ? "the cgroup's CPU quota allows fewer than the affinity mask" : ""};
}

Finding memory() {
  const auto available = os::available_memory_bytes();
  return {"memory",
          fmt::format("{} available of {}", available ? report::bytes(*available) : "unknown",
                      report::bytes(os::total_memory_bytes())),
          ""};
}

Finding shared_memory() {
  constexpr std::uint64_t kSmall = 256ULL << 20;
  const auto size = os::shared_memory_size();
  if (!size) return {"/dev/shm", "missing", "state files will be in the run folder: slower"};
  return {"/dev/shm", report::bytes(size->total_bytes),
          size->total_bytes < kSmall ? "small; large state files will be in the run folder" : ""};
}

Finding run_folder() {
  const auto made = os::make_folder("runs", 0700);
  if (!made.ok()) return {"./runs", "not writable", made.error().message};
  std::error_code ignored;
  if (*made) std::filesystem::remove("runs", ignored);  // only if just made and empty
  return {"./runs", "writable", ""};
}

// One finding per denied call, or one that says that none is denied.
std::vector<Finding> system_calls() {
  std::vector<Finding> findings;
  for (const os::SystemCall* call : os::denied_calls()) {
    const bool falls_back = *call->instead == '\0';
    findings.push_back(
        {"calls",
         fmt::format(
             "{} is denied (by a seccomp filter{})", call->name,
             *call->since == '\0' ? "" : fmt::format(", or a kernel older than {}", call->since)),
         fmt::format("{}{}{}", call->without, falls_back ? "" : "; ", call->instead)});
  }
  if (findings.empty()) {
    findings.push_back(
        {"calls", fmt::format("all {} that may be denied are granted", os::known_calls()), ""});
  }
  return findings;
}

Finding open_files() {
  constexpr std::uint64_t kFew = 256;
  const auto left = os::descriptors_left();
  if (!left) return {"files", "no limit", ""};
  return {"files", fmt::format("{} more may be open", *left),
          *left < kFew ? "few for a grid of many cells: raise ulimit -n" : ""};
}

int report_machine(const ParsedCommand& parsed, const Environment&) {
  const bool json = parsed.has("--json");
  std::vector<Finding> findings = {
      {"forknet", fmt::format("{} ({}), build {}", kVersion, kCompiler, os::build_id()), ""},
      {"cpu", os::cpu_model_name(), ""},
      kernels(),
      cpus(),
      memory(),
      shared_memory(),
      run_folder(),
      open_files(),
      {"mpi", "not in this version", ""}};
  for (Finding& finding : system_calls()) findings.push_back(std::move(finding));
  auto list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"what", finding.what}, {"value", finding.value}, {"advice", finding.advice}});
    if (json) continue;
    print(fmt::format("{:<9} {}\n", finding.what, finding.value));
    if (!finding.advice.empty()) print(fmt::format("{:<9}   ! {}\n", "", finding.advice));
  }
  if (json) print(list.dump() + "\n");
  return 0;
}

}  // namespace

Command doctor_command() {
  return {{"doctor",
           {},
           "report what is missing or unusual on this machine",
           {{"--json", run::Takes::nothing, "", "the result as one line of JSON"}}},
          &report_machine};
}

}  // namespace forknet::apps
