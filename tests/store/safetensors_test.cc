#include "store/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/try.h"
#include "os/temporary_folder.h"
#include "store/tensors.h"

namespace forknet::store {
namespace {

using os::TemporaryFolder;

TEST(Safetensors, what_is_written_is_read_back_bit_by_bit) {
  const TemporaryFolder folder;
  const std::vector<float> weights = {1.5F,
                                      -0.0F,
                                      std::numeric_limits<float>::quiet_NaN(),
                                      std::numeric_limits<float>::denorm_min(),
                                      3e38F,
                                      0.1F};
  const std::vector<double> moments = {0.1, 1e300};
  const std::vector<std::uint32_t> counts = {7};
  const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {2, 3}, weights),
                                            tensor("m", DType::f64, {2}, moments),
                                            tensor("scalar", DType::u32, {}, counts)};
  const Metadata metadata = {{"a", "\"quoted\"\n\\"}, {"ä", "ß"}, {"empty", ""}};
  ASSERT_TRUE(write_safetensors(folder / "x", tensors, metadata).ok());

  const auto file = SafetensorsFile::open(folder / "x");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_TRUE(file->verify().ok());
  EXPECT_TRUE(file->has_checksum());
  for (const auto& written : tensors) {
    const TensorInfo* info = file->find(written.name);
    ASSERT_NE(info, nullptr);
    EXPECT_EQ(info->dtype, written.dtype);
    EXPECT_EQ(info->shape, written.shape);
    const auto bytes = file->bytes(*info);
    ASSERT_EQ(bytes.size(), written.bytes.size());
    EXPECT_EQ(std::memcmp(bytes.data(), written.bytes.data(), bytes.size()), 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(info->dtype), 0U);
  }
  Metadata read = file->metadata();
  read.erase(std::string(kChecksumKey));
  EXPECT_EQ(read, metadata);
  EXPECT_EQ(folder.entries(), 1);
}

TEST(Safetensors, the_bytes_of_a_file_are_a_function_of_its_content) {
  const TemporaryFolder folder;
  const std::vector<float> numbers = {1, 2, 3};
  const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {3}, numbers)};
  ASSERT_TRUE(write_safetensors(folder / "x", tensors, {{"a", "b"}}).ok());
  ASSERT_TRUE(write_safetensors(folder / "y", tensors, {{"a", "b"}}).ok());
  EXPECT_EQ(os::get_file(folder / "x"), os::get_file(folder / "y"));
}

TEST(Safetensors, the_data_begins_at_a_multiple_of_64) {
  const TemporaryFolder folder;
  const std::vector<float> numbers = {1};
  for (std::size_t length = 0; length < 70; length += 3) {
    const std::vector<NamedTensor> tensors = {
        tensor(std::string(length + 1, 'x'), DType::f32, {1}, numbers)};
    ASSERT_TRUE(write_safetensors(folder / "x", tensors, {}).ok());
    EXPECT_EQ(os::get_file(folder / "x").size() % 64, 4U);
  }
}

TEST(Safetensors, a_tensor_can_be_produced_piece_by_piece) {
  const TemporaryFolder folder;
  std::vector<float> numbers(1000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  NamedTensor pieces = {
      .name = "w", .dtype = DType::f32, .shape = {1000}, .bytes = {}, .produce = {}};
  pieces.produce = [&](const ByteSink& sink) -> Status {
    const auto bytes = std::as_bytes(std::span(numbers));
    for (std::size_t at = 0; at < bytes.size(); at += 100)
      FORKNET_TRY(sink(bytes.subspan(at, 100)));
    return {};
  };
  ASSERT_TRUE(write_safetensors(folder / "x", std::span(&pieces, 1), {}).ok());
  const auto file = SafetensorsFile::open(folder / "x");
  std::vector<float> read(1000);
  EXPECT_TRUE(file->verify().ok());
  ASSERT_TRUE(file->read_f32("w", {1000}, read).ok());
  EXPECT_EQ(read, numbers);
}

TEST(Safetensors, the_error_of_a_producer_leaves_no_file) {
  const TemporaryFolder folder;
  NamedTensor broken = {.name = "w", .dtype = DType::f32, .shape = {1}, .bytes = {}, .produce = {}};
  broken.produce = [](const ByteSink&) { return Status(Error{ErrorKind::internal, "no"}); };
  const auto status = write_safetensors(folder / "x", std::span(&broken, 1), {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "no");
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Safetensors, random_tensors_make_the_round_trip) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  for (int round = 0; round < 30; ++round) {
    std::vector<std::vector<float>> numbers;
    std::vector<Shape> shapes;
    for (auto count = random() % 8; count > 0; --count) {
      Shape shape(random() % 4);
      std::size_t elements = 1;
      for (std::size_t& length : shape) elements *= length = random() % 12;
      // Half of them as doubles, whose bytes are two floats.
      shapes.push_back(shape);
      numbers.push_back(random_floats(elements * (numbers.size() % 2 + 1), random));
    }
    std::vector<NamedTensor> tensors;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      tensors.push_back(tensor(std::string("t").append(std::to_string(i)),
                               i % 2 == 0 ? DType::f32 : DType::f64, shapes[i], numbers[i]));
    }
    ASSERT_TRUE(write_safetensors(folder / "x", tensors, {}).ok());
    const auto file = SafetensorsFile::open(folder / "x");
    ASSERT_TRUE(file.ok()) << file.error().message;
    ASSERT_TRUE(file->verify().ok());
    ASSERT_EQ(file->tensors().size(), tensors.size());
    for (const auto& written : tensors) {
      const auto bytes = file->bytes(*file->find(written.name));
      ASSERT_EQ(bytes.size(), written.bytes.size());
      ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), written.bytes.begin()));
    }
  }
}

TEST(Safetensors, f32_and_f64_are_converted_into_each_other) {
  const TemporaryFolder folder;
  const std::vector<double> doubles = {0.1, -2.5};
  const std::vector<float> floats = {0.1F, -2.5F};
  const std::vector<NamedTensor> tensors = {tensor("d", DType::f64, {2}, doubles),
                                            tensor("f", DType::f32, {2}, floats)};
  ASSERT_TRUE(write_safetensors(folder / "x", tensors, {}).ok());
  const auto file = SafetensorsFile::open(folder / "x");
  std::vector<float> as_floats(2);
  std::vector<double> as_doubles(2);
  ASSERT_TRUE(file->read_f32("d", {2}, as_floats).ok());
  ASSERT_TRUE(file->read_f64("f", {2}, as_doubles).ok());
  EXPECT_EQ(as_floats, floats);
  EXPECT_EQ(as_doubles, (std::vector<double>{static_cast<double>(0.1F), -2.5}));
}

TEST(Safetensors, a_tensor_that_does_not_fit_is_named_with_what_was_expected) {
  const TemporaryFolder folder;
  const std::vector<float> numbers(6);
  const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {2, 3}, numbers),
                                            tensor("i", DType::i32, {6}, numbers)};
  ASSERT_TRUE(write_safetensors(folder / "x", tensors, {}).ok());
  const auto file = SafetensorsFile::open(folder / "x");
  std::vector<float> out(6);
  const auto message = [&](const char* name, const Shape& shape) {
    const auto status = file->read_f32(name, shape, out);
    return status.ok() ? "no error" : status.error().message;
  };
  EXPECT_EQ(message("v", {2, 3}), folder / "x" + ": there is no tensor \"v\" among its 2");
  EXPECT_EQ(message("w", {3, 2}), folder / "x" + ": tensor \"w\": shape [2, 3]; expected [3, 2]");
  EXPECT_EQ(message("i", {6}), folder / "x" + ": tensor \"i\": dtype I32; expected F32 or F64");
}

TEST(Safetensors, unaligned_tensors_of_other_programs_can_be_read) {
  const TemporaryFolder folder;
  std::string file = foreign_file(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                  R"("w":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                                  1);
  const float number = 1.25F;
  file.append(reinterpret_cast<const char*>(&number), 4);
  os::put_file(folder / "x", file);
  const auto opened = SafetensorsFile::open(folder / "x");
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_TRUE(opened->verify().ok());
  EXPECT_FALSE(opened->has_checksum());
  std::vector<float> out(1);
  ASSERT_TRUE(opened->read_f32("w", {1}, out).ok());
  EXPECT_EQ(out[0], 1.25F);
  std::vector<double> wide(1);
  ASSERT_TRUE(opened->read_f64("w", {1}, wide).ok());
  EXPECT_EQ(wide[0], 1.25);
}

TEST(Safetensors, text_that_is_not_utf8_is_not_written) {
  const TemporaryFolder folder;
  EXPECT_FALSE(write_safetensors(folder / "x", {}, {{"a", "\xFF"}}).ok());
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Safetensors, a_missing_folder_is_an_error) {
  const TemporaryFolder folder;
  const auto status = write_safetensors(folder / "none/x", {}, {});
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("none/x: No such file or directory"), std::string::npos);
}

TEST(SafetensorsDeathTest, a_tensor_with_too_few_bytes_is_a_bug) {
  const TemporaryFolder folder;
  const std::vector<float> numbers(1);
  const std::vector<NamedTensor> tensors = {tensor("w", DType::f32, {2}, numbers)};
  EXPECT_DEATH((void)write_safetensors(folder / "x", tensors, {}), "written == bytes");
}

TEST(DType, has_a_name_that_leads_back_to_it) {
  for (const DType dtype : {DType::boolean, DType::u8, DType::bf16, DType::f32, DType::f64}) {
    EXPECT_EQ(dtype_named(name_of(dtype)), dtype);
  }
  EXPECT_FALSE(dtype_named("F33").has_value());
}

}  // namespace
}  // namespace forknet::store
