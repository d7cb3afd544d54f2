// state.json of a run folder.
#include "state/state_list.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "os/temporary_folder.h"

namespace forknet::run {
namespace {

using nlohmann::json;

class StateListTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& end) const {
    const std::string id = claim_identity(place_.folder).value().id;
    return absolute(place_) + "/state-run-" + id + "-a-" + end;
  }
  StateList list() const {
    StateList list;
    list.boot = "0000-1";
    list.version = "1.2.3";
    list.owner = claim_identity(place_.folder).value();
    list.control = file("control");
    for (const char* cell : {"0", "1", "2", "3"}) {
      list.weights.push_back(file("weights-" + std::string(cell)));
    }
    list.slices = {{0, 2}, {2, 5}};
    list.replicas = 2;
    list.private_cells = true;
    return list;
  }
  [[nodiscard]] bool readable(const std::string& text) const {
    os::put_file(place_.list(), text);
    return read_list(place_).has_value();
  }

  const os::TemporaryFolder folder_;
  const StatePlace place_{folder_.path()};
};

TEST_F(StateListTest, comes_back_as_it_was) {
  const StateList first = list();
  ASSERT_TRUE(write_list(place_, first).ok());
  EXPECT_EQ(place_.list().text(), folder_ / "state.json");
  const auto again = read_list(place_);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->boot, first.boot);
  EXPECT_EQ(again->version, first.version);
  EXPECT_EQ(again->owner.id, first.owner.id);
  EXPECT_EQ(again->owner.folder, first.owner.folder);
  EXPECT_EQ(again->owner.place, first.owner.place);
  EXPECT_EQ(again->control, first.control);
  EXPECT_EQ(again->weights, first.weights);
  EXPECT_EQ(again->slices, first.slices);
  EXPECT_EQ(again->replicas, 2U);
  EXPECT_TRUE(again->private_cells);
  EXPECT_EQ(folder_.entries(), 2) << "the list and the identity";
}

TEST_F(StateListTest, a_new_one_takes_the_place_of_the_old_one) {
  ASSERT_TRUE(write_list(place_, list()).ok());
  StateList shared = list();
  shared.weights = {file("weights")};
  shared.private_cells = false;
  ASSERT_TRUE(write_list(place_, shared).ok());
  EXPECT_EQ(read_list(place_)->weights, shared.weights);
  EXPECT_FALSE(read_list(place_)->private_cells);
}

TEST_F(StateListTest, models_that_train_apart_are_the_last_of_its_files) {
  StateList models = list();
  models.weights = {file("weights"), file("weights-models")};
  models.private_cells = false;
  models.models = true;
  ASSERT_TRUE(write_list(place_, models).ok());
  const auto again = read_list(place_);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->models);
  EXPECT_EQ(again->weights, models.weights);
  EXPECT_EQ(again->paths().size(), 3U) << "removed with the others";
  models.weights.pop_back();
  ASSERT_TRUE(write_list(place_, models).ok());
  EXPECT_FALSE(read_list(place_).has_value()) << "a file is missing";
}

TEST_F(StateListTest, without_a_file_there_is_none) {
  EXPECT_FALSE(read_list(place_).has_value());
  EXPECT_FALSE(read_list({folder_ / "nowhere"}).has_value());
  EXPECT_FALSE(write_list({folder_ / "nowhere"}, list()).ok());
}

TEST_F(StateListTest, garbage_is_none) {
  for (const char* text : {"", "\n", "null", "[]", "{}", "7", "\"x\"", "{\"boot\":", "\xff\xfe"}) {
    EXPECT_FALSE(readable(text)) << text;
  }
  ASSERT_TRUE(write_list(place_, list()).ok());
  const std::string whole = os::get_file(place_.list());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_FALSE(readable(whole.substr(0, size))) << size;
  }
}

TEST_F(StateListTest, one_that_lacks_a_part_is_none) {
  ASSERT_TRUE(write_list(place_, list()).ok());
  const json whole = json::parse(os::get_file(place_.list()));
  EXPECT_EQ(whole.size(), 9U);
  for (const auto& [key, value] : whole.items()) {
    json part = whole;
    part.erase(key);
    // A list of before there were such models.
    EXPECT_EQ(readable(part.dump()), key == "models") << key;
    part[key] = {{"x", 1}};
    EXPECT_FALSE(readable(part.dump())) << key;
  }
}

// Readers index weights and slices by these numbers.
TEST_F(StateListTest, one_whose_cells_are_not_those_of_its_slices_is_none) {
  ASSERT_TRUE(write_list(place_, list()).ok());
  const json whole = json::parse(os::get_file(place_.list()));
  for (const json& change :
       {json{{"weights", json::array()}}, json{{"weights", json::array()}, {"private", false}},
        json{{"replicas", -1}}, json{{"replicas", 0}}, json{{"replicas", 3}},
        json{{"slices", {{0, -1}, {2, 5}}}}, json{{"slices", json::array()}}}) {
    json changed = whole;
    changed.update(change);
    EXPECT_FALSE(readable(changed.dump())) << change.dump();
  }
}

TEST_F(StateListTest, one_that_cannot_be_read_says_why) {
  EXPECT_FALSE(load_list(place_).list.has_value());
  EXPECT_EQ(load_list(place_).fault, "") << "there is none";
  for (const auto& [text, why] :
       {std::pair{"{\"boot\":", ": is not JSON"}, {"{}", ": is not the list of a state"}}) {
    os::put_file(place_.list(), text);
    EXPECT_EQ(load_list(place_).fault.find(place_.list().text() + why), 0U)
        << load_list(place_).fault;
  }
  StateList other = list();
  other.control = "/tmp/state-a-control";
  ASSERT_TRUE(write_list(place_, other).ok());
  EXPECT_EQ(load_list(place_).fault,
            place_.list().text() + ": it lists files that are no state of this run");
  std::filesystem::remove(place_.list());
  std::filesystem::create_directory(place_.list());
  EXPECT_NE(load_list(place_).fault, "");
}

// Files in the folder go with it, wherever they belong; those in memory stay.
TEST_F(StateListTest, the_list_of_another_run_costs_nothing_but_itself) {
  StateList foreign = list();
  const std::string own = foreign.owner.id;
  foreign.owner.id = std::string(Identity::kDigits, 'a');
  foreign.control.replace(foreign.control.find(own), own.size(), foreign.owner.id);
  for (std::string& path : foreign.weights) {
    path.replace(path.find(own), own.size(), foreign.owner.id);
  }
  ASSERT_TRUE(write_list(place_, foreign).ok());
  const auto read = read_list(place_);
  ASSERT_TRUE(read.has_value());
  EXPECT_NE(fault_of_owner(*read, place_).find("it belongs to another run"), std::string::npos);
  EXPECT_EQ(removable(*read, place_), read->paths());
  StateList in_memory = *read;
  for (std::string& path : in_memory.weights) path = "/dev/shm/forknet-a-weights-0";
  in_memory.control = "/dev/shm/forknet-a-control";
  EXPECT_TRUE(removable(in_memory, place_).empty());
}

TEST_F(StateListTest, its_control_is_the_last_file_to_go) {
  std::vector<std::string> paths = list().weights;
  paths.push_back(file("control"));
  EXPECT_EQ(list().paths(), paths);
}

TEST_F(StateListTest, a_state_is_removed_with_its_list_and_nothing_else) {
  ASSERT_TRUE(write_list(place_, list()).ok());
  const std::string other = absolute(place_) + "/state-run-a-weights-4";  // of no identity
  for (const std::string& path : {file("control"), file("weights-0"), other}) {
    os::put_file(path, "x");
  }
  remove_state(place_);
  EXPECT_EQ(folder_.entries(), 2);
  EXPECT_EQ(os::get_file(other), "x");
  remove_state(place_);
  os::put_file(place_.list(), "garbage");
  remove_state(place_);
  EXPECT_EQ(folder_.entries(), 2);
}

}  // namespace
}  // namespace forknet::run
