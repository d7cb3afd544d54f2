#include "train/orders/status.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace forknet::run {
namespace {

using nlohmann::json;

Snapshot snapshot() {
  CellReport cell;
  cell.stage = 1;
  cell.replica = 2;
  cell.pid = 4711;
  cell.threads = 3;
  cell.busy = 0.75;
  cell.wait = 0.25;
  cell.frames = {{"activation", 10, 4000, 11, 4400}, {"error", 1, 2, 3, 4}};
  cell.bytes_in = 4002;
  cell.bytes_out = 4404;
  cell.rss_bytes = 1 << 20;
  cell.cpus = {1, 0, 3};
  cell.arena_bytes = 3 << 20;
  cell.thread_times = {{"stage 1.2", 1.5, 0.75, 0.25}, {"loader", 0.5, 0.25, 0.75}};
  Snapshot now;
  now.step = 17;
  now.steps = 100;
  now.epoch = 2;
  now.samples_per_second = 1234.5;
  now.loss = 0.125;
  now.generation = 1;
  now.cells = {CellReport{}, cell};
  return now;
}

TEST(Status, is_one_line_with_the_names_of_the_contract) {
  const std::string text = status_json("mnist-1", snapshot());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const json status = json::parse(text);
  EXPECT_EQ(status.at("run"), "mnist-1");
  EXPECT_EQ(status.at("state"), "running");
  EXPECT_EQ(status.at("step"), 17);
  EXPECT_EQ(status.at("steps"), 100);
  EXPECT_EQ(status.at("epoch"), 2);
  EXPECT_EQ(status.at("samples_per_second"), 1234.5);
  EXPECT_EQ(status.at("loss"), 0.125);
  EXPECT_EQ(status.at("generation"), 1);
  EXPECT_EQ(status.at("cells").size(), 2U);
}

TEST(Status, says_of_every_cell_what_the_contract_names) {
  const json cell = json::parse(status_json("mnist-1", snapshot())).at("cells").at(1);
  EXPECT_EQ(cell.at("stage"), 1);
  EXPECT_EQ(cell.at("replica"), 2);
  EXPECT_EQ(cell.at("pid"), 4711);
  EXPECT_EQ(cell.at("threads"), 3);
  EXPECT_EQ(cell.at("state"), "running");
  EXPECT_EQ(cell.at("busy"), 0.75);
  EXPECT_EQ(cell.at("wait"), 0.25);
  EXPECT_EQ(cell.at("bytes_in"), 4002);
  EXPECT_EQ(cell.at("bytes_out"), 4404);
  EXPECT_EQ(cell.at("rss_bytes"), 1 << 20);
  EXPECT_EQ(cell.at("arena_bytes"), 3 << 20);
  EXPECT_EQ(cell.at("deaths"), 0);
}

TEST(Status, says_which_frames_threads_and_cpus_a_cell_had) {
  const json cells = json::parse(status_json("mnist-1", snapshot())).at("cells");
  const json expected = {
      {"frames_in", 10}, {"bytes_in", 4000}, {"frames_out", 11}, {"bytes_out", 4400}};
  EXPECT_EQ(cells.at(1).at("frames").at("activation"), expected);
  EXPECT_EQ(cells.at(1).at("frames").size(), 2U);
  EXPECT_EQ(cells.at(1).at("thread_times").at(0).at("name"), "stage 1.2");
  EXPECT_EQ(cells.at(1).at("thread_times").at(1).at("cpu_seconds"), 0.5);
  EXPECT_EQ(cells.at(1).at("thread_times").at(0).at("busy"), 0.75);
  EXPECT_EQ(cells.at(1).at("thread_times").at(0).at("wait"), 0.25);
  EXPECT_EQ(cells.at(1).at("cpus"), json({1, 0, 3}));
  EXPECT_EQ(cells.at(0).at("frames"), json::object());
  EXPECT_EQ(cells.at(0).at("thread_times"), json::array());
}

TEST(Status, without_cells_is_an_empty_list) {
  EXPECT_EQ(json::parse(status_json("x", {.state = "finished"})).at("cells"), json::array());
  EXPECT_EQ(json::parse(status_json("x", {.state = "finished"})).at("state"), "finished");
}

TEST(Status, a_name_that_is_no_utf_8_and_a_loss_that_is_no_number_still_are_json) {
  Snapshot now = snapshot();
  now.loss = std::numeric_limits<double>::quiet_NaN();
  const json status = json::parse(status_json("run \"\xFF\"\n", now));
  EXPECT_EQ(status.at("run"), "run \"\xEF\xBF\xBD\"\n");
  EXPECT_TRUE(status.at("loss").is_null());
}

}  // namespace
}  // namespace forknet::run
