// Which run a folder is, and which of several folders with one identity is the run's own.
#include "state/identity.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "os/temporary_folder.h"

namespace forknet::run {
namespace {

namespace fs = std::filesystem;

class IdentityTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string folder(const std::string& name) const {
    fs::create_directories(folder_ / name);
    return folder_ / name;
  }
  [[nodiscard]] std::string copied(const std::string& from, const std::string& name) const {
    fs::copy(from, folder_ / name, fs::copy_options::recursive);
    return folder_ / name;
  }

  const os::TemporaryFolder folder_;
};

TEST_F(IdentityTest, a_folder_gets_one_that_no_other_has_and_keeps_it) {
  const std::string a = folder("a");
  EXPECT_FALSE(read_identity(a).has_value());
  const Identity first = claim_identity(a).value();
  EXPECT_TRUE(is_identity(first.id)) << first.id;
  EXPECT_EQ(claim_identity(a)->id, first.id);
  EXPECT_EQ(read_identity(a)->id, first.id);
  EXPECT_EQ(read_identity(a)->place, *os::file_id(a));
  EXPECT_NE(claim_identity(folder("b"))->id, first.id);
  EXPECT_FALSE(claim_identity(folder_ / "nowhere").ok());
}

TEST_F(IdentityTest, a_folder_that_is_moved_keeps_it) {
  const std::string a = folder("a");
  const std::string id = claim_identity(a)->id;
  fs::rename(a, folder_ / "b");
  EXPECT_EQ(read_identity(folder_ / "b")->id, id);
  const Identity moved = claim_identity(folder_ / "b").value();
  EXPECT_EQ(moved.id, id);
  EXPECT_EQ(moved.folder, fs::canonical(folder_ / "b"));
}

TEST_F(IdentityTest, a_copy_gets_another_and_knows_what_it_is_a_copy_of) {
  const std::string a = folder("a");
  const std::string id = claim_identity(a)->id;
  const std::string b = copied(a, "b");
  const Identity copy = claim_identity(b).value();
  EXPECT_NE(copy.id, id);
  EXPECT_EQ(copy.former, id);
  EXPECT_EQ(claim_identity(b)->id, copy.id) << "from now on its own";
  EXPECT_EQ(claim_identity(a)->id, id);
}

TEST_F(IdentityTest, one_that_cannot_be_read_is_replaced) {
  const std::string a = folder("a");
  const std::string id = claim_identity(a)->id;
  for (const char* text :
       {"", "{}", "[]", "garbage", "{\"identity\":\"../x\",\"former\":\"\",\"folder\":\"\"}"}) {
    os::put_file(identity_path(a), text);
    EXPECT_FALSE(read_identity(a).has_value()) << text;
    EXPECT_NE(claim_identity(a)->id, id) << text;
  }
}

TEST_F(IdentityTest, the_original_of_a_copy_is_found_where_it_was_or_beside) {
  const std::string a = folder("runs/a");
  const Identity identity = claim_identity(a).value();
  EXPECT_EQ(original_of(identity, a), std::nullopt) << "it is the original";
  const std::string b = copied(a, "runs/b");
  EXPECT_EQ(original_of(identity, b), fs::canonical(a).string());
  fs::rename(a, folder("runs") + "/moved");
  EXPECT_EQ(original_of(identity, b), fs::canonical(folder_ / "runs/moved").string());
  const std::string far = copied(b, "far");
  EXPECT_EQ(original_of(identity, far), fs::canonical(folder_ / "runs/moved").string());
  fs::remove_all(folder_ / "runs/moved");
  EXPECT_EQ(original_of(identity, b), std::nullopt) << "the copy is all that is left";
}

TEST_F(IdentityTest, a_new_folder_in_the_place_of_the_original_is_not_it) {
  const std::string a = folder("a");
  const Identity identity = claim_identity(a).value();
  fs::rename(a, folder_ / "b");
  (void)claim_identity(folder("a"));
  EXPECT_EQ(original_of(identity, folder_ / "b"), std::nullopt);
}

}  // namespace
}  // namespace forknet::run
