// What a run takes, told before it begins.
#include "session/room.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "sessions.h"

namespace forknet::run {
namespace {

using RoomTest = SessionFixture;

// Of the newest checkpoint.
std::size_t written_checkpoint(const std::string& folder) {
  const store::CheckpointFolder checkpoints(RunPaths{folder}.checkpoints());
  const auto steps = checkpoints.steps().value();
  return std::filesystem::file_size(checkpoints.path_of(steps.back()));
}

TEST_F(RoomTest, a_checkpoint_takes_no_more_than_is_foreseen_and_not_much_less) {
  Config wide = config();
  wide.model.layers = {dense(2000, "relu"), dense(200), dense(kClasses)};
  wide.train.epochs = 1;
  for (const auto type : {OptimizerType::sgd, OptimizerType::momentum, OptimizerType::adam}) {
    wide.optimizer = {};
    wide.optimizer.type = type;
    const Prepared prepared = prepare(wide).value();
    const std::size_t written = written_checkpoint(start(wide, watching()).folder);
    EXPECT_LE(written, checkpoint_bytes(prepared));
    EXPECT_GT(2 * written + (64 << 10), checkpoint_bytes(prepared));
  }
}

TEST_F(RoomTest, of_models_that_train_apart_it_holds_them_all) {
  Config apart = config();
  apart.grid.sync = Sync::average;
  apart.grid.models = 3;
  apart.grid.host = Host::thread;
  apart.grid.average_every = 5;
  apart.train.batch = 8;
  apart.model.layers = {dense(2000, "relu"), dense(200), dense(kClasses)};
  apart.train.epochs = 1;
  apart.checkpoint.every = {Interval::Unit::steps, 3};
  const Prepared prepared = prepare(apart).value();
  const std::size_t written = written_checkpoint(start(apart, stopping_at(3)).folder);
  EXPECT_LE(written, checkpoint_bytes(prepared));
  EXPECT_GT(2 * written, checkpoint_bytes(prepared));
}

TEST_F(RoomTest, what_lies_there_already_is_not_counted_twice) {
  Config settings = config();
  settings.checkpoint.keep = 2;
  const Prepared prepared = prepare(settings).value();
  const RunPaths none{folder_ / "none"};
  const RunPaths run{start(settings, watching()).folder};
  EXPECT_EQ(bytes_to_write(prepared, none) - bytes_to_write(prepared, run),
            2 * checkpoint_bytes(prepared));
}

TEST_F(RoomTest, a_disk_that_is_too_small_is_told) {
  Config settings = config();
  const RunPaths run{start(settings, watching()).folder};
  EXPECT_EQ(shortage_of(prepare(settings).value(), run), std::nullopt);
  settings.checkpoint.keep = 1'000'000'000;
  const auto told = shortage_of(prepare(settings).value(), run);
  ASSERT_TRUE(told.has_value());
  EXPECT_NE(told->find("checkpoint.keep"), std::string::npos);
  EXPECT_NE(told->find("--resume"), std::string::npos);
}

}  // namespace
}  // namespace forknet::run
