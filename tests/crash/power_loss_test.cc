// Power cuts at every call by which a run changes its disk: what was synced is there, of all else
// any part, and the run goes on from its last durable checkpoint. The calls are recorded from runs
// in this process (disk_log.h); disk.h says what a power cut leaves of them.
//   FORKNET_POWER_RESUMES   how many of the disks found are also trained to the end (default 120)
//   FORKNET_POWER_DRAWS     disks drawn at each call (default 3)
//   FORKNET_POWER_CUTS      first cuts, after each of which a second one comes at every call
//   (default 3)
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "base/digest.h"
#include "crash/disk.h"
#include "os/reserved_file.h"
#include "random_cases.h"
#include "sessions.h"
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
  // The same of a resume, in the folder `root`, to its end; what it wrote before it went on counts
  // too.
  std::vector<DiskCall> recorded_resume(const std::string& root) {
    restart(root + "/runs/run");
    crash::DiskLog log(root);
    SessionOptions options = watching();
    options.on_start = [&log](auto&&...) { log.note("goes on"); };
    (void)resume(root + "/runs/run", options);
    log.note("finished");
    return log.take();
  }
  // The machine has been started anew.
  static void restart(const std::string& run) {
    const std::string list = StatePlace{run}.list().text();
    if (!std::filesystem::exists(list)) return;
    std::string state = os::get_file(list);
    if (const auto at = state.find(os::boot_id()); at != std::string::npos) {
      os::put_file(list, state.replace(at, os::boot_id().size(), "another"));
    }
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
    crash::put_tree(tree, root_, copy);
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
    restart(run);
    auto rest = resume_session(RunPaths{run}, {}, watching());
    ASSERT_TRUE(rest.ok()) << rest.error().message;
    EXPECT_TRUE(rest->was_finished || !promise.finished);
    const std::string digest = whole_.result->weights_digest;
    EXPECT_NE(rest->summary.find(digest), std::string::npos) << rest->summary;
    EXPECT_EQ(history(run), history(whole_.folder)) << "every step once";
    const auto model = Model::load(RunPaths{run}.model().text());
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_EQ(model->digest(), whole_.result->model.digest());
    EXPECT_FALSE(std::filesystem::exists(StatePlace{run}.list()));
  }

  // Cuts after every call from `disk` and `promise` on, with every loss.
  void cut_everywhere(const std::vector<DiskCall>& calls, Disk& disk, Promise& promise) {
    const auto all = losses(number_from("FORKNET_POWER_DRAWS", 3));
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
  }
  // So that of all those disks about as many are trained on as is asked for.
  void train_on_some(std::size_t calls, std::size_t wanted) {
    const std::size_t kinds = losses(number_from("FORKNET_POWER_DRAWS", 3)).size();
    every_ = std::max<std::size_t>(1, calls * kinds / wanted / 2);
  }

  std::mt19937_64 draw_{test_seed()};
  std::string root_ = folder_.path();  // of the disk at hand
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
  train_on_some(calls.size(), number_from("FORKNET_POWER_RESUMES", 120));
  std::printf("seed %llu\n", static_cast<unsigned long long>(test_seed()));
  Disk disk(folder_.path());
  Promise promise;
  cut_everywhere(calls, disk, promise);
  EXPECT_TRUE(promise.finished);
  EXPECT_EQ(promise.checkpoint, 18);
  std::printf("%zu calls, %zu disks, %zu of them different, %zu trained on\n", calls.size(),
              looked_at_, seen_.size(), trained_);
}

// The first cut comes after a call of the first life, the second after every call of the resume
// that follows.
TEST_F(PowerLoss, at_any_call_of_a_resume_after_another_leaves_a_checkpoint_as_well) {
  const auto calls = recorded(checkpointing(), 9);
  const std::size_t cuts = number_from("FORKNET_POWER_CUTS", 3);
  std::printf("seed %llu\n", static_cast<unsigned long long>(test_seed()));
  for (std::size_t cut = 0; cut < cuts; ++cut) {
    Disk first(folder_.path());
    Promise promise;
    // Not before there is a run, nor so late that nothing is left to do.
    const std::size_t last = calls.size() * (cut + 2) / (cuts + 3);
    for (std::size_t i = 0; i < last; ++i) {
      first.apply(calls[i]);
      promise.hear(calls[i]);
    }
    if (!promise.begun) continue;
    root_ = folder_ / ("again" + std::to_string(cut));
    SCOPED_TRACE("first cut after call " + std::to_string(last));
    const auto kept = first.after({Loss::Names::drawn, Loss::Content::drawn}, draw_);
    crash::put_tree(kept, folder_.path(), root_);
    restart(root_ + "/runs/run");
    Disk second(root_, crash::get_tree(root_));
    const auto more = recorded_resume(root_);
    train_on_some(more.size() * cuts, number_from("FORKNET_POWER_RESUMES", 60));
    promise.finished = false;
    promise.before = -1;  // it may be what the first cut has damaged
    cut_everywhere(more, second, promise);
    if (HasFailure()) return;
    EXPECT_TRUE(promise.finished);
    EXPECT_EQ(promise.checkpoint, 18);
  }
  EXPECT_GT(trained_, 0U);
  std::printf("%zu disks, %zu of them different, %zu trained on\n", looked_at_, seen_.size(),
              trained_);
}

}  // namespace
}  // namespace forknet::run
