#include "sweep/trial_process.h"

#include <utility>

#include "base/try.h"
#include "os/environment.h"
#include "os/failpoint.h"
#include "os/mapping.h"
#include "os/reserved_file.h"

namespace forknet::sweep {
namespace {

constexpr std::size_t kMostMessage = 2000;

Result<os::Fd> unnamed_file() {
  std::string tried;
  for (const std::string& folder :
       {os::environment("TMPDIR").value_or(""), std::string("/tmp"), std::string("/dev/shm")}) {
    if (folder.empty()) continue;
    os::Fd file = os::unnamed_file(folder);
    if (file.open()) return file;
    tried += (tried.empty() ? "" : ", ") + folder;
  }
  return Error{ErrorKind::internal, "no file for the messages of a run can be made in any of " +
                                        tried +
                                        "\n  set TMPDIR to a folder that this user may write into"};
}

}  // namespace

Status live_as_trial(std::vector<std::string>& words) {
  if (words.empty() || words.front() != kTrialWord) return {};
  words.erase(words.begin());
  os::close_all_but_inherited(1);
  static const os::Fd lifeline = os::inherited(0);  // open as long as the process
  return os::live_with_parent(lifeline.get(), "forknet");
}

Result<TrialHost> TrialHost::open() {
  TrialHost host;
  FORKNET_ASSIGN(host.program, os::open_own_program());
  FORKNET_ASSIGN(host.lifeline, os::make_lifeline());
  return host;
}

Result<TrialProcess> TrialProcess::start(const TrialHost& host,
                                         const std::vector<std::string>& words) {
  TrialProcess trial;
  FORKNET_ASSIGN(trial.printed_, unnamed_file());
  os::ChildSpec child;
  child.program = &host.program;
  child.words = {"forknet", kTrialWord};
  child.words.insert(child.words.end(), words.begin(), words.end());
  child.inherited = {&host.lifeline.read};
  child.output = &trial.printed_;
  FORKNET_FAILPOINT("sweep/start/before");
  FORKNET_ASSIGN(trial.process_, os::ChildProcess::start(child));
  FORKNET_FAILPOINT("sweep/start/after");
  return trial;
}

std::string TrialProcess::message() const {
  const auto mapped = os::Mapping::paged(printed_.duplicate(), "the messages of a run");
  if (!mapped.ok()) return "";
  const auto bytes = mapped->bytes();
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view kMark = "forknet: ";
  // A message begins a line; the lines after it are indented.
  const auto last = text.rfind("\n" + std::string(kMark));
  if (last != std::string::npos) {
    text.erase(0, last + 1 + kMark.size());
  } else if (text.starts_with(kMark)) {
    text.erase(0, kMark.size());
  }
  if (text.size() > kMostMessage) text.erase(0, text.size() - kMostMessage);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace forknet::sweep
