// Power cuts at every call by which a run changes its disk: what was synced is there, of all else
// any part, and the run goes on from its last durable checkpoint. The calls are recorded from runs
// in this process (disk_log.h); disk.h says what a power cut leaves of them.
//   FORKNET_POWER_RESUMES   how many of the disks found are also trained to the end (default 120)
//   FORKNET_POWER_DRAWS     disks drawn at each call (default 3)
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "base/digest.h"
#include "crash/disk.h"
#include "os/reserved_file.h"
#include "random_cases.h"
#include "run/sessions.h"
#include "store/checkpoint.h"

namespace forknet::run {
namespace {

using crash::Disk;
using crash::DiskCall;
using crash::Loss;
using crash::Tree;

std::size_t number_from(const char* variable, std::size_t usual) {
  const char* given = std::getenv(variable);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : test_cases(usual);
}

// What a run may count on after a power cut, as it goes on.
struct Promise {
  bool begun = false;            // the folder is that of a run
  std::int64_t checkpoint = -1;  // the newest whose save has returned
  std::int64_t before = -1;      // and the one before it
  bool finished = false;

  [[nodiscard]] std::string text() const {
    return std::to_string(begun) + std::to_string(finished) + std::to_string(checkpoint);
  }
  void hear(const DiskCall& call) {
    begun |= call.kind == DiskCall::Kind::note && call.path == "begun";
    finished = (finished || call.path == "finished") && call.path != "goes on";
    const std::string words = ": checkpoint at step ";
    const auto at = call.bytes.find(words);
    if (at == std::string::npos) return;
    before = std::exchange(checkpoint, std::stoll(call.bytes.substr(at + words.size())));
  }
};

std::vector<Loss> losses(std::size_t draws) {
  using Names = Loss::Names;
  using Content = Loss::Content;
  std::vector<Loss> all;
  for (const Names names : {Names::lost, Names::kept}) {
    for (const Content content :
         {Content::lost, Content::kept, Content::zeros, Content::garbage, Content::begun}) {
      all.push_back({names, content});
    }
    all.push_back({names, Content::kept, true});
  }
  all.insert(all.end(), draws, {Names::drawn, Content::drawn});
  return all;
}

class PowerLoss : public SessionFixture {
 protected:
  Config checkpointing() const {
    Config settings = config();
    settings.checkpoint.every = {Interval::Unit::steps, 4};
    settings.checkpoint.keep = 2;
    settings.checkpoint.best = "validation/loss";
    return settings;
  }
  // The calls of a run that is stopped, gone on with and finished; its folder.
  std::vector<DiskCall> recorded(const Config& settings, std::uint64_t stop) {
    crash::DiskLog log(folder_.path());
    const auto noting = [&log](SessionOptions options, const char* word) {
      options.on_start = [&log, word](auto&&...) { log.note(word); };
      return options;
    };
    SessionOptions first = noting(stopping_at(stop), "begun");
    first.name = "run";
    const std::string folder = start(settings, first).folder;
    whole_ = resume(folder, noting(watching(), "goes on"));
    log.note("finished");
    return log.take();
  }
  // Looks at one disk, if it is a new one; now and then trains on it to the end.
  void look_at(const Tree& tree, const Promise& promise, const Loss& loss) {
    ++looked_at_;
    Digest digest;
    for (const auto& [path, found] : tree) {
      digest.update(std::as_bytes(std::span(path)));
      digest.update(std::as_bytes(std::span(found.text)));
    }
    if (!seen_.insert(digest.hex() + promise.text()).second) return;
    const std::string copy = folder_ / "after";
    crash::put_tree(tree, folder_.path(), copy);
    const std::string run = copy + "/runs/run";
    if (!std::filesystem::exists(RunPaths{run}.resolved_config())) {
      EXPECT_FALSE(promise.begun) << "the run is gone";
      return;
    }
    if (!finds_checkpoint(run, promise, loss)) return;
    if (draw_() % every_ == 0) train_on(run, promise);
  }
  // False: there is nothing to go on from, and need not be.
  bool finds_checkpoint(const std::string& run, const Promise& promise, const Loss& loss) {
    const std::int64_t least = loss.lies ? promise.before : promise.checkpoint;
    const store::CheckpointFolder checkpoints(RunPaths{run}.checkpoints());
    if (checkpoints.steps().value().empty()) {
      EXPECT_LT(least, 0) << "neither the last durable checkpoint nor the one before it";
      return true;  // from its first step
    }
    std::vector<std::string> notes;
    const auto found = checkpoints.load_newest([&](auto& note) { notes.push_back(note); });
    if (!found.ok()) {
      EXPECT_TRUE(loss.lies && least < 0) << found.error().message;
      return false;
    }
    EXPECT_GE(found->step, least);
    EXPECT_TRUE(loss.lies || notes.empty()) << notes.front();
    return true;
  }
  void train_on(const std::string& run, const Promise& promise) {
    ++trained_;
    // The machine has been started anew.
    const std::string list = StatePlace{run}.list();
    std::string state = os::get_file(list);
    if (const auto at = state.find(os::boot_id()); at != std::string::npos) {
      os::put_file(list, state.replace(at, os::boot_id().size(), "another"));
    }
    auto rest = resume_session(RunPaths{run}, {}, watching());
    ASSERT_TRUE(rest.ok()) << rest.error().message;
    EXPECT_TRUE(rest->was_finished || !promise.finished);
    const std::string digest = whole_.result->weights_digest;
    EXPECT_NE(rest->summary.find(digest), std::string::npos) << rest->summary;
    EXPECT_EQ(history(run), history(whole_.folder)) << "every step once";
    const auto model = Model::load(RunPaths{run}.model());
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_EQ(model->digest(), whole_.result->model.digest());
    EXPECT_FALSE(std::filesystem::exists(list));
  }

  std::mt19937_64 draw_{test_seed()};
  std::set<std::string> seen_;
  std::size_t every_ = 1;
  SessionResult whole_;
  std::size_t looked_at_ = 0;
  std::size_t trained_ = 0;
};

TEST_F(PowerLoss, the_recorded_calls_make_the_disk_that_they_made) {
  Disk disk(folder_.path());
  for (const DiskCall& call : recorded(checkpointing(), 9)) disk.apply(call);
  const Tree tree = disk.after({Loss::Names::kept, Loss::Content::kept}, draw_);
  const Tree real = crash::get_tree(folder_.path());
  for (const auto& [path, found] : real) {
    ASSERT_TRUE(tree.contains(path)) << path;
    EXPECT_TRUE(tree.at(path) == found) << path << ": another content";
  }
  EXPECT_EQ(tree.size(), real.size());
}

TEST_F(PowerLoss, at_any_call_leaves_the_last_durable_checkpoint_or_the_one_before_it) {
  const auto calls = recorded(checkpointing(), 9);
  const auto all = losses(number_from("FORKNET_POWER_DRAWS", 3));
  every_ = std::max<std::size_t>(
      1, calls.size() * all.size() / number_from("FORKNET_POWER_RESUMES", 120) / 2);
  std::printf("seed %llu\n", static_cast<unsigned long long>(test_seed()));
  Disk disk(folder_.path());
  Promise promise;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    disk.apply(calls[i]);
    promise.hear(calls[i]);
    for (std::size_t kind = 0; kind < all.size(); ++kind) {
      SCOPED_TRACE("after call " + std::to_string(i) + " of " + std::to_string(calls.size()) +
                   " (" + calls[i].path + "), loss " + std::to_string(kind));
      look_at(disk.after(all[kind], draw_), promise, all[kind]);
      if (HasFailure()) return;
    }
  }
  EXPECT_TRUE(promise.finished);
  EXPECT_EQ(promise.checkpoint, 18);
  std::printf("%zu calls, %zu disks, %zu of them different, %zu trained on\n", calls.size(),
              looked_at_, seen_.size(), trained_);
}

}  // namespace
}  // namespace forknet::run
