// Every way in which a file can be wrong is refused with a message that says where.
#include <gtest/gtest.h>

#include "os/temporary_folder.h"
#include "store/safetensors.h"
#include "store/tensors.h"

namespace forknet::store {
namespace {

struct Damage {
  const char* name;
  std::string content;
  const char* message;  // after the file's name
};

std::string one(const std::string& fields, std::size_t data_bytes) {
  return foreign_file(R"({"w":{)" + fields + "}}", data_bytes);
}

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + rest;
}

const std::string kTwo =
    R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],)";

std::vector<Damage> damages() {
  const std::string largest = "18446744073709551615";
  return {
      {"empty", "",
       ": the file has 0 bytes; a safetensors file begins with 8 bytes that give its header's "
       "length"},
      {"seven_bytes", "1234567",
       ": the file has 7 bytes; a safetensors file begins with 8 bytes that give its header's "
       "length"},
      {"length_beyond_the_file", with_length(3, "{}"),
       ": the header's length is given as 3 bytes, but only 2 follow\nThe file was cut short or is "
       "not a safetensors file."},
      {"length_that_wraps", with_length(UINT64_MAX, "{}"),
       ": the header's length is given as 18446744073709551615 bytes; at most 100000000 were "
       "expected\nThis is probably not a safetensors file."},
      {"length_that_wraps_by_7", with_length(UINT64_MAX - 6, "{}"),
       ": the header's length is given as 18446744073709551609 bytes; at most 100000000 were "
       "expected\nThis is probably not a safetensors file."},
      {"no_header", with_length(0, ""), ": header: it must begin with {"},
      {"not_an_object", foreign_file("[]", 0), ": header: it must begin with {"},
      {"space_first", foreign_file(" {}", 0), ": header: it must begin with {"},
      {"cut_json", foreign_file(R"({"w":)", 0), ": byte 6 of the header: not valid JSON"},
      {"after_the_end", foreign_file("{}x", 0), ": byte 3 of the header: not valid JSON"},
      {"nan", one(R"("dtype":"F32","shape":[NaN],"data_offsets":[0,4])", 4),
       ": byte 30 of the header: not valid JSON"},
      {"not_utf8", foreign_file("{\"\xFF\":{}}", 0), ": byte 3 of the header: not valid UTF-8"},
      {"name_twice",
       foreign_file(R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"w":{}})", 0),
       ": \"w\" appears twice"},
      {"metadata_twice", foreign_file(R"({"__metadata__":{},"__metadata__":{}})", 0),
       ": \"__metadata__\" appears twice"},
      {"metadata_key_twice", foreign_file(R"({"__metadata__":{"a":"1","a":"2"}})", 0),
       ": header, __metadata__: \"a\" appears twice"},
      {"metadata_number", foreign_file(R"({"__metadata__":{"a":1}})", 0),
       ": header, __metadata__: the number 1 where text for \"a\" was expected"},
      {"metadata_object", foreign_file(R"({"__metadata__":{"a":{}}})", 0),
       ": header, __metadata__: an object where text for \"a\" was expected"},
      {"tensor_is_null", foreign_file(R"({"w":null})", 0),
       ": header, \"w\": null where an object was expected"},
      {"field_missing", one(R"("dtype":"F32","shape":[1])", 4),
       ": header, tensor \"w\": data_offsets is missing"},
      {"field_twice", one(R"("dtype":"F32","dtype":"F32")", 4),
       ": header, tensor \"w\": dtype appears twice"},
      {"field_unknown", one(R"("type":"F32")", 4),
       ": header, tensor \"w\": unknown field \"type\"; expected: dtype, shape, data_offsets"},
      {"dtype_unknown", one(R"("dtype":"F33","shape":[1],"data_offsets":[0,4])", 4),
       ": header, tensor \"w\": unknown dtype \"F33\"; known: BOOL, U8 to U64, I8 to I64, F8_E4M3, "
       "F8_E5M2, F16, BF16, F32, F64"},
      {"dtype_number", one(R"("dtype":32)", 4),
       ": header, tensor \"w\": the number 32 where the name of a dtype was expected"},
      {"shape_negative", one(R"("shape":[-1])", 4),
       ": header, tensor \"w\": a negative number where a length was expected"},
      {"shape_fraction", one(R"("shape":[1.5])", 4),
       ": header, tensor \"w\": the number 1.5 where a length was expected"},
      {"shape_too_large_a_number", one(R"("shape":[18446744073709551616])", 4),
       ": header, tensor \"w\": the number 18446744073709551616 where a length was expected"},
      {"shape_nested", one(R"("shape":[[1]])", 4),
       ": header, tensor \"w\": a list where a length was expected"},
      {"shape_text", one(R"("shape":"1")", 4),
       ": header, tensor \"w\": the text \"1\" where a list for shape was expected"},
      {"offsets_one", one(R"("data_offsets":[0])", 4),
       ": header, tensor \"w\": data_offsets needs two numbers, begin and end"},
      {"offsets_three", one(R"("data_offsets":[0,1,2])", 4),
       ": header, tensor \"w\": the number 2 where begin and end was expected"},
      {"offsets_backwards", one(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])", 4),
       ": header, tensor \"w\": data_offsets [4, 0] do not lie within the 4 bytes of data that the "
       "file has"},
      {"offsets_beyond", one(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])", 4),
       ": header, tensor \"w\": data_offsets [0, 8] do not lie within the 4 bytes of data that the "
       "file has"},
      {"shape_and_offsets_differ", one(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])", 4),
       ": header, tensor \"w\": shape [2] of F32 needs 8 bytes, but data_offsets [0, 4] hold 4"},
      {"shape_wraps",
       one(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0),
       ": header, tensor \"w\": shape [4294967296, 4294967296] of F32 is larger than any file"},
      {"size_wraps", one(R"("dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4])", 4),
       ": header, tensor \"w\": shape [4611686018427387905] of F32 is larger than any file"},
      {"offsets_wrap", one(R"("dtype":"U8","shape":[1],"data_offsets":[)" + largest + ",0]", 4),
       ": header, tensor \"w\": data_offsets [18446744073709551615, 0] do not lie within the 4 "
       "bytes of data that the file has"},
      {"overlap", foreign_file(kTwo + R"("data_offsets":[3,7]}})", 7),
       ": header, tensor \"b\": data_offsets [3, 7] overlap the tensor before it, which ends at 4"},
      {"hole", foreign_file(kTwo + R"("data_offsets":[5,9]}})", 9),
       ": header, tensor \"b\": data_offsets [5, 9] leave a hole after the tensor before it, which "
       "ends at 4"},
      {"bytes_left_over", foreign_file(kTwo + R"("data_offsets":[4,8]}})", 9),
       ": header: the tensors end at byte 8 of the data, but the file has 9"},
      {"data_without_tensors", foreign_file("{}", 1),
       ": header: the tensors end at byte 0 of the data, but the file has 1"},
      {"long_names_are_cut", foreign_file("{\"" + std::string(500, 'n') + "\":1}", 0), nullptr},
  };
}

TEST(DamagedSafetensors, are_refused_with_the_place_and_what_was_expected) {
  const os::TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  for (const Damage& damage : damages()) {
    SCOPED_TRACE(damage.name);
    os::put_file(path, damage.content);
    const auto file = SafetensorsFile::open(path);
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().kind, ErrorKind::data);
    EXPECT_LT(file.error().message.size(), 600U);
    if (damage.message != nullptr) {
      EXPECT_EQ(file.error().message, path + damage.message);
    }
  }
}

TEST(DamagedSafetensors, a_header_of_nothing_but_brackets_ends_at_the_second) {
  const os::TemporaryFolder folder;
  os::put_file(folder / "x", foreign_file(R"({"w":)" + std::string(1'000'000, '['), 0));
  EXPECT_EQ(SafetensorsFile::open(folder / "x").error().message,
            folder / "x" + ": header, \"w\": a list where an object was expected");
}

TEST(DamagedSafetensors, a_missing_file_and_a_folder_are_named) {
  const os::TemporaryFolder folder;
  const auto missing = SafetensorsFile::open(folder / "none");
  EXPECT_EQ(missing.error().kind, ErrorKind::data);
  EXPECT_EQ(missing.error().message, "open " + folder / "none" + ": No such file or directory");
  EXPECT_EQ(SafetensorsFile::open(folder.path()).error().kind, ErrorKind::data);
}

TEST(DamagedSafetensors, any_byte_that_changes_is_found) {
  const os::TemporaryFolder folder;
  const std::vector<float> numbers = {1, 2, 3};
  const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {3}, numbers)};
  ASSERT_TRUE(write_safetensors(folder / "x", tensors, {{"forknet.step", "7"}}).ok());
  const std::string whole = os::get_file(folder / "x");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0, 5}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      os::put_file(folder / "x", changed);
      const auto file = SafetensorsFile::open(folder / "x");
      EXPECT_FALSE(file.ok() && file->verify().ok()) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(DamagedSafetensors, a_file_cut_anywhere_is_refused) {
  const os::TemporaryFolder folder;
  const std::vector<float> numbers = {1, 2, 3};
  const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {3}, numbers)};
  ASSERT_TRUE(write_safetensors(folder / "x", tensors, {}).ok());
  const std::string whole = os::get_file(folder / "x");
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    os::put_file(folder / "x", whole.substr(0, bytes));
    EXPECT_FALSE(SafetensorsFile::open(folder / "x").ok()) << bytes;
  }
}

TEST(DamagedSafetensors, a_wrong_checksum_says_what_may_have_happened) {
  const os::TemporaryFolder folder;
  const std::vector<float> numbers = {1, 2, 3};
  const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {3}, numbers)};
  ASSERT_TRUE(write_safetensors(folder / "x", tensors, {}).ok());
  std::string content = os::get_file(folder / "x");
  content.back() = static_cast<char>(content.back() ^ 1);
  os::put_file(folder / "x", content);
  const auto status = SafetensorsFile::open(folder / "x")->verify();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::data);
  EXPECT_NE(
      status.error().message.find(
          "\nThe file is damaged, or another program has rewritten it and kept the old checksum."),
      std::string::npos);
}

TEST(DamagedSafetensors, a_checksum_kept_by_a_program_that_formats_otherwise_is_refused) {
  const os::TemporaryFolder folder;
  os::put_file(folder / "x", foreign_file(R"({"__metadata__": {"forknet.checksum": "00"}})", 0));
  const auto file = SafetensorsFile::open(folder / "x");
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE(file->verify().ok());
}

TEST(ForeignSafetensors, padding_empty_tensors_and_any_order_are_fine) {
  const os::TemporaryFolder folder;
  os::put_file(folder / "x",
               foreign_file(R"({"b":{"shape":[2],"dtype":"U8","data_offsets":[1,3]},)"
                            R"("e":{"dtype":"F32","shape":[0,5],"data_offsets":[1,1]},)"
                            R"("a":{"data_offsets":[0,1],"dtype":"I8","shape":[]}}   )",
                            3));
  const auto file = SafetensorsFile::open(folder / "x");
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 3U);
  EXPECT_EQ(file->tensors()[0].name, "a");
  EXPECT_EQ(file->bytes(*file->find("b"))[1], std::byte{2});
  EXPECT_TRUE(file->bytes(*file->find("e")).empty());
}

}  // namespace
}  // namespace forknet::store
