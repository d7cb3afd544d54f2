#include "session/meta.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "os/build_id.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

Prepared prepared_with(const DataSource& train) {
  Config config = small_config();
  config.data.train = train;
  return std::move(prepare(config)).value();
}

TEST(Meta, says_where_and_with_what_a_run_was_made) {
  const auto meta = nlohmann::json::parse(meta_json(prepared_with(clouds(50)), std::nullopt));
  for (const char* key :
       {"version", "build", "compiler", "host", "cpu", "kernels", "started", "model"}) {
    EXPECT_TRUE(meta[key].is_string()) << key;
  }
  EXPECT_EQ(meta["model"], "12-20-9-3");
  EXPECT_EQ(meta["data"]["train"]["rows"], 40);
  EXPECT_EQ(meta["data"]["validation"]["rows"], 10);
  EXPECT_EQ(meta["data"]["train"]["digest"].get<std::string>().size(), 32U);
  EXPECT_FALSE(meta["data"].contains("test"));
}

TEST(Meta, remembers_first_weights_from_a_file) {
  const Prepared prepared = prepared_with(clouds(50));
  EXPECT_FALSE(had_init(meta_json(prepared, std::nullopt)));
  EXPECT_TRUE(had_init(meta_json(prepared, "a.safetensors")));
  EXPECT_TRUE(had_init(meta_json(prepared, "not UTF-8: \xff")));
  EXPECT_FALSE(had_init("no JSON"));
}

TEST(Meta, the_same_data_on_the_same_machine_needs_no_words) {
  const Prepared prepared = prepared_with(clouds(50));
  const auto notes = compare_meta(meta_json(prepared, std::nullopt), prepared, "meta.json");
  ASSERT_TRUE(notes.ok()) << notes.error().message;
  EXPECT_TRUE(notes->empty());
}

TEST(Meta, other_data_is_an_error_of_kind_data) {
  const std::string stored = meta_json(prepared_with(clouds(50)), std::nullopt);
  DataSource other = clouds(50);
  other.input_rows[49][kFeatures - 1] += 1;
  const auto refused = compare_meta(stored, prepared_with(other), "meta.json");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
  EXPECT_NE(refused.error().message.find("the train data is not the same"), std::string::npos);
}

TEST(Meta, another_machine_or_build_is_a_note) {
  const Prepared prepared = prepared_with(clouds(50));
  auto meta = nlohmann::json::parse(meta_json(prepared, std::nullopt));
  meta["cpu"] = "another";
  meta["kernels"] = "other";
  meta["build"] = "0123abcd";
  const auto notes = compare_meta(meta.dump(), prepared, "meta.json");
  ASSERT_TRUE(notes.ok());
  ASSERT_EQ(notes->size(), 3U);
  EXPECT_EQ((*notes)[0], fmt::format("note: build was \"0123abcd\" when the run began, now \"{}\"; "
                                     "the bits do not change",
                                     os::build_id()));
  EXPECT_NE((*notes)[1].find("cpu was \"another\""), std::string::npos);
}

TEST(Meta, what_an_older_version_did_not_say_is_no_note) {
  const Prepared prepared = prepared_with(clouds(50));
  auto meta = nlohmann::json::parse(meta_json(prepared, std::nullopt));
  meta.erase("build");
  EXPECT_TRUE(compare_meta(meta.dump(), prepared, "meta.json").value().empty());
}

TEST(Meta, a_damaged_file_is_an_error_that_names_it) {
  const Prepared prepared = prepared_with(clouds(50));
  for (const char* text : {"", "{", "[]", "7"}) {
    const auto refused = compare_meta(text, prepared, "runs/a/meta.json");
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::data);
    EXPECT_EQ(refused.error().message.find("runs/a/meta.json"), 0U);
  }
  EXPECT_FALSE(compare_meta(R"({"data":7})", prepared, "meta.json").ok());
}

}  // namespace
}  // namespace forknet::run
