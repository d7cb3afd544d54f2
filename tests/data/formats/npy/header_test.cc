#include "data/formats/npy/header.h"

#include <gtest/gtest.h>

#include "data/data_files.h"
#include "data/formats/npy/npy_files.h"

namespace forknet::data {
namespace {

Result<NpyHeader> header_of(const std::string& literal) {
  return parse_npy_literal(literal, "x.npy");
}

std::string literal_of(const std::string& descr, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}";
}

TEST(NpyHeader, what_numpy_writes_is_understood) {
  const auto header =
      header_of("{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }         \n");
  ASSERT_TRUE(header.ok()) << header.error().message;
  EXPECT_EQ(header->shape, (std::vector<std::size_t>{60000, 28, 28}));
  EXPECT_EQ(header->features, 784U);
  EXPECT_EQ(header->content_bytes, 60000U * 784 * 4);
  EXPECT_FALSE(header->big_endian);
  EXPECT_FALSE(header->fortran);
  EXPECT_EQ(npy_type_name(header->type), "float32");
}

TEST(NpyHeader, keys_come_in_any_order_with_any_spaces_and_quotes) {
  const auto header = header_of("{ \"shape\" :(3L,2 ),'fortran_order':True, \"descr\": \">i8\"}");
  ASSERT_TRUE(header.ok()) << header.error().message;
  EXPECT_EQ(header->shape, (std::vector<std::size_t>{3, 2}));
  EXPECT_TRUE(header->big_endian);
  EXPECT_TRUE(header->fortran);
  EXPECT_EQ(npy_type_name(header->type), "int64");
}

TEST(NpyHeader, every_type_of_number_has_its_name) {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"|b1", "bool"},    {"?", "bool"},     {"|i1", "int8"},    {"<i2", "int16"},
      {"<i4", "int32"},   {"<i8", "int64"},  {"|u1", "uint8"},   {">u2", "uint16"},
      {"=u4", "uint32"},  {"<u8", "uint64"}, {"<f2", "float16"}, {"<f4", "float32"},
      {">f8", "float64"},
  };
  for (const auto& [descr, name] : types) {
    const auto header = header_of(literal_of(descr, "(1,)"));
    ASSERT_TRUE(header.ok()) << descr << ": " << header.error().message;
    EXPECT_EQ(npy_type_name(header->type), name);
  }
}

TEST(NpyHeader, what_are_no_numbers_is_refused_with_its_kind) {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"|O", "pickled objects"}, {"O", "pickled objects"}, {"<c8", "complex numbers"},
      {"<U7", "texts"},          {"|S3", "texts"},         {"|V8", "raw bytes"},
      {"<M8[ns]", "dates"},      {"<f16", "unknown type"}, {"", "unknown type"},
  };
  for (const auto& [descr, what] : types) {
    expect_data_error(header_of(literal_of(descr, "(1,)")), "x.npy", what);
  }
  expect_data_error(header_of("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
                    "x.npy", "structures of several fields");
}

TEST(NpyHeader, literals_that_numpy_never_writes_are_refused) {
  const std::string good = "'descr': '<f4', 'fortran_order': False, 'shape': ";
  for (const std::string& literal : {
           std::string(),
           std::string("{"),
           std::string("[]"),
           "{" + good + "(3)}",
           "{" + good + "[3]}",
           "{" + good + "3}",
           "{" + good + "(3 4)}",
           "{" + good + "(,)}",
           "{" + good + "(-3,)}",
           "{" + good + "(3.5,)}",
           "{" + good + "(3,)} x",
           "{" + good + "(3,",
           "{" + good + "(3,), 'more': '1'}",
           "{" + good + "(3,), 'descr': '<f4'}",
           "{" + good + "__import__('os')}",
           std::string("{'descr': '<f4', 'fortran_order': 1, 'shape': (3,)}"),
           std::string("{'descr': '<f4', 'shape': (3,)}"),
           std::string("{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (3,)}"),
           std::string("{'descr: 3"),
       }) {
    const auto header = header_of(literal);
    expect_data_error(header, "x.npy", "");
  }
}

TEST(NpyHeader, shapes_that_cannot_be_are_refused) {
  expect_data_error(header_of(literal_of("<f4", "()")), "x.npy", "a single number");
  expect_data_error(header_of(literal_of("<f4", "(0, 3)")), "x.npy", "no rows at all");
  expect_data_error(header_of(literal_of("<f4", "(3, 0)")), "x.npy", "no numbers at all");
  expect_data_error(header_of(literal_of("<f4", "(4294967296, 4294967296)")), "x.npy",
                    "more than can be addressed");
  expect_data_error(header_of(literal_of("<f4", "(99999999999999999999999,)")), "x.npy",
                    "cannot be addressed");
  std::string many = "(1";
  for (int i = 0; i < 100; ++i) many += ", 1";
  expect_data_error(header_of(literal_of("<f4", many + ")")), "x.npy", "more than 64 sizes");
}

// Of a file with those bytes.
Result<NpyHeader> header_in(const std::string& content, const TestFolder& folder) {
  const auto source = open_npy_file(folder.file("x.npy", content));
  if (!source.ok()) return source.error();
  return read_npy_header(*source);
}

TEST(NpyHeader, all_versions_are_read) {
  const TestFolder folder;
  for (const int major : {1, 2, 3}) {
    const auto header = header_in(npy_of(literal_of("|u1", "(3,)"), "abc", major), folder);
    ASSERT_TRUE(header.ok()) << header.error().message;
    EXPECT_EQ(header->rows(), 3U);
  }
  std::string other = npy("|u1", "(3,)", "abc");
  other[6] = 4;
  expect_data_error(header_in(other, folder), folder.path("x.npy"), "NPY version 4.0");
}

TEST(NpyHeader, promises_that_the_file_does_not_keep_are_refused_before_memory_is_taken) {
  const TestFolder folder;
  const std::string path = folder.path("x.npy");
  expect_data_error(header_in(npy("<f8", "(1000000000000,)", "x"), folder), path,
                    "promises 1000000000000 of float64 = 8000000000000 bytes, the file holds 1");
  expect_data_error(header_in(gzip(npy("<f8", "(1000000000000,)", "x")), folder), path,
                    "what is packed holds at most");
  expect_data_error(header_in(npy("|u1", "(3,)", "abcd"), folder), path,
                    "= 3 bytes, the file holds 4; is it damaged?");
}

TEST(NpyHeader, a_header_that_is_cut_or_endless_is_refused) {
  const TestFolder folder;
  const std::string whole = npy("|u1", "(3,)", "abc");
  const std::size_t end = whole.size() - 3;
  for (const std::size_t size : {std::size_t{7}, std::size_t{9}, end - 1}) {
    expect_data_error(header_in(whole.substr(0, size), folder), folder.path("x.npy"),
                      "ends within its header");
  }
  std::string text = "\x93NUMPY\x02";
  text += '\0';
  expect_data_error(header_in(text + "\xff\xff\xff\x7f", folder), folder.path("x.npy"),
                    "the header is 2147483647 bytes long");
}

}  // namespace
}  // namespace forknet::data
