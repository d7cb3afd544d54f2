#include "data/table_cache.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "data/written_files.h"
#include "failpoints.h"
#include "os/durable_file.h"
#include "os/failpoint.h"

namespace forknet::data {
namespace {

namespace fs = std::filesystem;

Table cached_images(std::size_t classes = 0) {
  Table table;
  table.inputs_name = "images";
  table.labels_name = "labels";
  table.shape = {Element::u8, 500, {2, 3}, 6, true, classes, 0};
  return table;
}

Status fill_images(const TableParts& parts) {
  for (std::size_t i = 0; i < parts.inputs.size(); ++i) parts.inputs[i] = std::byte(i % 251);
  std::uint32_t row = 0;
  for (std::uint32_t& label : parts.labels) label = row++ % 10;
  return {};
}

Status must_not_fill(const TableParts&) {
  ADD_FAILURE() << "the file was not found";
  return {};
}

class TableCacheTest : public WrittenFiles {
 protected:
  void SetUp() override {
    WrittenFiles::SetUp();
    std::ofstream(path("source")) << "what the table is made of";
  }
  using Fill = std::function<Status(const TableParts&)>;
  Result<TablePointer> build(const Fill& fill = fill_images, Table table = cached_images()) {
    TableCache cache(DataCache::mapped, folder(), {});
    auto built = build_table(std::move(table), fill, {&cache, {source()}, "prepared"});
    notes_ = cache.notes();
    return built;
  }
  SourceFile source() { return source_file(path("source")); }
  std::string folder() { return path(".cache"); }
  // The one file of the cache.
  std::string file() {
    const auto tables = cached_tables(folder());
    return tables.ok() && tables->size() == 1 ? tables->front().path.text() : "";
  }
  std::vector<std::string> notes_;
};

TEST_F(TableCacheTest, holds_the_same_table_as_memory_does_and_is_made_once) {
  const auto in_memory = build_table(cached_images(), fill_images);
  ASSERT_TRUE(in_memory.ok());
  const auto made = build();
  ASSERT_TRUE(made.ok()) << made.error().message;
  const auto found = build(must_not_fill);
  ASSERT_TRUE(found.ok()) << found.error().message;
  for (const TablePointer& table : {*made, *found}) {
    EXPECT_TRUE(table->paged);
    EXPECT_EQ(table->digest(), (*in_memory)->digest());
    EXPECT_EQ(table_digest(table->shape, table->memory.bytes()), (*in_memory)->digest());
    EXPECT_EQ(table->shape.classes, 10U);
    EXPECT_TRUE(table->memory.fd().open());
  }
  EXPECT_NE(notes_.at(0).find("found in " + file()), std::string::npos) << notes_[0];
}

TEST_F(TableCacheTest, of_another_source_preparation_or_shape_is_another_file) {
  ASSERT_TRUE(build().ok());
  std::ofstream(path("source")) << "what the table is made of today";
  ASSERT_TRUE(build().ok());
  TableCache cache(DataCache::mapped, folder(), {});
  ASSERT_TRUE(build_table(cached_images(), fill_images, {&cache, {source()}, "else"}).ok());
  ASSERT_TRUE(build(fill_images, cached_images(10)).ok());
  EXPECT_EQ(cached_tables(folder())->size(), 4U);
}

TEST_F(TableCacheTest, has_a_key_that_tells_weights_and_where_the_preparation_ends) {
  TableShape weighted = cached_images().shape;
  weighted.weighted = true;
  const TablePlace place = {nullptr, {source()}, "prepared"};
  EXPECT_NE(*table_key(weighted, place), *table_key(cached_images().shape, place));
  // The same bytes, of which more or fewer are the preparation.
  std::ofstream(path("a")) << "a";
  std::ofstream(path("ba")) << "ba";
  const TableShape& shape = cached_images().shape;
  EXPECT_NE(*table_key(shape, {nullptr, {source_file(path("a"))}, "b"}),
            *table_key(shape, {nullptr, {source_file(path("ba"))}, ""}));
}

TEST_F(TableCacheTest, of_a_source_that_was_replaced_after_it_was_opened_is_not_made_or_found) {
  const auto with = [&](const SourceFile& opened) {
    TableCache cache(DataCache::mapped, folder(), {});
    return build_table(cached_images(), fill_images, {&cache, {opened}, "prepared"});
  };
  const auto replace = [&] {  // by a file of the same size and time
    const auto written = fs::last_write_time(path("source"));
    std::ofstream(path("next")) << "what the table is made of";
    fs::last_write_time(path("next"), written);
    fs::rename(path("next"), path("source"));
  };
  for (const bool there : {false, true}) {
    EXPECT_TRUE(!there || with(source()).ok());
    const SourceFile opened = source();
    replace();
    const auto built = with(opened);
    ASSERT_FALSE(built.ok()) << there;
    EXPECT_NE(built.error().message.find("has changed while it was read"), std::string::npos);
    EXPECT_EQ(entries(folder()), there ? 1U : 0U);
  }
}

TEST_F(TableCacheTest, makes_the_folder_of_runs_for_its_user_alone) {
  TableCache cache(DataCache::mapped, path("runs/.cache"), {});
  ASSERT_TRUE(build_table(cached_images(), fill_images, {&cache, {source()}, ""}).ok());
  EXPECT_EQ(fs::status(path("runs")).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(path("runs/.cache")).permissions(), fs::perms::owner_all);
}

TEST_F(TableCacheTest, on_a_full_disk_of_temporary_files_names_their_folder) {
  TableCache cache(DataCache::mapped, "", {});
  ASSERT_EQ(set_failpoints("file/fallocate:1:error=ENOSPC"), "");
  const auto built = build_table(cached_images(), fill_images, {&cache});
  os::failpoints::clear();
  ASSERT_FALSE(built.ok());
  EXPECT_NE(built.error().message.find("TMPDIR"), std::string::npos) << built.error().message;
  EXPECT_EQ(built.error().message.find("run.dir"), std::string::npos) << built.error().message;
}

TEST_F(TableCacheTest, that_was_cut_short_or_written_over_is_made_again) {
  ASSERT_TRUE(build().ok());
  const auto bytes = fs::file_size(file());
  for (const std::uintmax_t left : {bytes - 1, bytes / 2, std::uintmax_t{3}, std::uintmax_t{0}}) {
    fs::resize_file(file(), left);
    bool filled = false;
    ASSERT_TRUE(build([&](const TableParts& parts) {
                  filled = true;
                  return fill_images(parts);
                }).ok());
    EXPECT_TRUE(filled) << left;
    EXPECT_NE(notes_.at(0).find("is damaged and is made again"), std::string::npos) << notes_[0];
  }
  // One bit of one row.
  std::fstream(file(), std::ios::in | std::ios::out | std::ios::binary).seekp(17).put('\xff');
  bool filled = false;
  ASSERT_TRUE(build([&](const TableParts& parts) {
                filled = true;
                return fill_images(parts);
              }).ok());
  EXPECT_TRUE(filled);
  ASSERT_TRUE(build(must_not_fill).ok());
}

TEST_F(TableCacheTest, whose_rows_or_labels_are_wrong_leaves_no_file) {
  const auto wrong = build([](const TableParts&) {
    return Status(Error{ErrorKind::data, "row 7 is wrong"});
  });
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().message, "row 7 is wrong");
  const auto labels = build(fill_images, cached_images(5));
  ASSERT_FALSE(labels.ok());
  EXPECT_NE(labels.error().message.find("label 5"), std::string::npos) << labels.error().message;
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(TableCacheTest, whose_source_changes_while_it_is_read_leaves_no_file) {
  const auto built = build([&](const TableParts& parts) {
    std::ofstream(path("source"), std::ios::app) << "more";
    return fill_images(parts);
  });
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().kind, ErrorKind::data);
  EXPECT_NE(built.error().message.find("has changed while it was read"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(TableCacheTest, on_a_full_disk_says_what_it_takes_and_leaves_no_file) {
  for (const char* call : {"file/fallocate:1:error=ENOSPC", "durable/sync:1:error=ENOSPC"}) {
    ASSERT_EQ(set_failpoints(call), "");
    const auto built = build();
    os::failpoints::clear();
    ASSERT_FALSE(built.ok()) << call;
    EXPECT_EQ(built.error().kind, ErrorKind::internal);
    EXPECT_NE(built.error().message.find("No space left"), std::string::npos)
        << built.error().message;
    EXPECT_NE(built.error().message.find("make room"), std::string::npos) << built.error().message;
    EXPECT_TRUE(fs::is_empty(folder()));
  }
}

TEST_F(TableCacheTest, whose_builder_is_killed_is_not_there_and_the_next_one_sweeps) {
  for (const char* place : {"cache/fill:1:kill", "cache/filled:1:kill", "durable/rename:1:kill"}) {
    const pid_t child = ::fork();
    if (child == 0) {
      (void)set_failpoints(place);
      (void)build();
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << place;
    EXPECT_EQ(cached_tables(folder())->size(), 0U) << place;
    EXPECT_FALSE(fs::is_empty(folder())) << place;
  }
  ASSERT_TRUE(build().ok());
  EXPECT_EQ(entries(folder()), 1U);
}

TEST_F(TableCacheTest, two_builders_at_once_end_with_one_file) {
  const auto outer = build([&](const TableParts& parts) {
    const auto inner = build();
    EXPECT_TRUE(inner.ok());
    return fill_images(parts);
  });
  ASSERT_TRUE(outer.ok()) << outer.error().message;
  EXPECT_EQ(entries(folder()), 1U);
  ASSERT_TRUE(build(must_not_fill).ok());
}

TEST_F(TableCacheTest, is_removed_only_where_no_process_has_it) {
  {
    const auto built = build();
    ASSERT_TRUE(built.ok());
    EXPECT_FALSE(is_unused(cached_tables(folder())->front()));
    EXPECT_FALSE(remove_cached_table(cached_tables(folder())->front()));
  }
  EXPECT_TRUE(is_unused(cached_tables(folder())->front()));
  EXPECT_TRUE(remove_cached_table(cached_tables(folder())->front()));
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(TableCacheTest, chosen_by_itself_takes_what_half_of_the_memory_does_not_hold) {
  TableCache cache(DataCache::automatic, folder(), 1000);
  EXPECT_FALSE(cache.takes(300));
  EXPECT_TRUE(cache.takes(201));  // together more than half
  EXPECT_FALSE(cache.takes(200));
  EXPECT_FALSE(TableCache(DataCache::memory, folder(), 1000).takes(2000));
  EXPECT_TRUE(TableCache(DataCache::mapped, folder(), 1000).takes(1));
  EXPECT_FALSE(TableCache(DataCache::automatic, folder(), {}).takes(2000));
}

TEST_F(TableCacheTest, without_a_folder_is_a_file_without_a_name) {
  TableCache cache(DataCache::mapped, "", {});
  const auto built = build_table(cached_images(), fill_images, {&cache, {source()}, ""});
  ASSERT_TRUE(built.ok()) << built.error().message;
  EXPECT_EQ((*built)->known_digest, (*built)->digest());  // read from the disk at no asking
  EXPECT_EQ((*built)->digest(), (*build_table(cached_images(), fill_images))->digest());
  EXPECT_FALSE(fs::exists(folder()));
}

}  // namespace
}  // namespace forknet::data
