#include "data/formats/npy/archive.h"

#include <gtest/gtest.h>

#include "data/formats/npy/header.h"
#include "data/formats/npy/npy_files.h"
#include "data/formats/npy/numbers.h"

namespace forknet::data {
namespace {

const std::string kArray = npy("|u1", "(2, 3)", "abcdef");

std::string numbers_in(const std::string& path, const std::string& member) {
  const auto source = open_npz_member(path, member);
  if (!source.ok()) return source.error().message;
  const auto header = read_npy_header(*source);
  if (!header.ok()) return header.error().message;
  std::vector<std::uint8_t> numbers(header->numbers());
  const Status read = read_npy_numbers(*source, *header, std::span(numbers));
  return read.ok() ? std::string(numbers.begin(), numbers.end()) : read.error().message;
}

TEST(NpzArchive, members_are_listed_and_read_stored_or_deflated) {
  const TestFolder folder;
  for (const bool packed : {false, true}) {
    const std::string path = folder.file(
        "set.npz", zip({{"x.npy", kArray}, {"readme.txt", "hello"}, {"y.npy", kArray}}, packed));
    const auto members = npz_members(path);
    ASSERT_TRUE(members.ok()) << members.error().message;
    EXPECT_EQ(*members, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(numbers_in(path, "y"), "abcdef");
    EXPECT_EQ(numbers_in(path, "x.npy"), "abcdef");
  }
}

TEST(NpzArchive, a_member_that_is_not_there_is_refused_with_those_that_are) {
  const TestFolder folder;
  const std::string path = folder.file("set.npz", zip({{"x.npy", kArray}, {"y.npy", kArray}}));
  expect_data_error(open_npz_member(path, "z"), path,
                    "no array \"z\" in the archive\nit holds x, y");
}

TEST(NpzArchive, damage_of_a_member_is_found_by_its_checksum) {
  const TestFolder folder;
  std::string content = zip({{"x.npy", kArray}});
  content[content.find("abcdef") + 2] = 'X';
  const std::string path = folder.file("set.npz", content);
  EXPECT_TRUE(contains(numbers_in(path, "x"), "set.npz:x.npy: the archive is damaged"))
      << numbers_in(path, "x");
}

TEST(NpzArchive, an_archive_that_is_cut_or_no_archive_is_refused) {
  const TestFolder folder;
  const std::string whole = zip({{"x.npy", kArray}});
  for (const std::string& content :
       {whole.substr(0, whole.size() / 2), std::string("PK\x03\x04")}) {
    const std::string path = folder.file("cut.npz", content);
    expect_data_error(npz_members(path), path, "the archive is damaged");
  }
}

TEST(NpzArchive, other_ways_of_packing_are_refused) {
  const TestFolder folder;
  for (const int method : {9, 12, 14, 98}) {
    const std::string path = folder.file("odd.npz", zip({{"x.npy", kArray}}, false, method));
    expect_data_error(open_npz_member(path, "x"), path, "packed in a way that is not read here");
  }
}

TEST(NpzArchive, a_member_that_promises_more_than_the_file_can_hold_is_refused) {
  const TestFolder folder;
  const std::string path =
      folder.file("bomb.npz", zip({{"x.npy", npy("<f8", "(1000000000000,)", "x")}}, true));
  const auto source = open_npz_member(path, "x");
  ASSERT_TRUE(source.ok()) << source.error().message;
  expect_data_error(read_npy_header(*source), path + ":x", "promises 1000000000000 of float64");
}

}  // namespace
}  // namespace forknet::data
