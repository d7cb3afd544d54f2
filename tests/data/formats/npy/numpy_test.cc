// What numpy writes is read with the numbers that numpy put there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "data/data_files.h"
#include "data/formats/npy/read.h"

namespace forknet::data {
namespace {

constexpr const char* kPython = "/usr/bin/python3";

class WrittenByNumpy : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system((std::string(kPython) + " -c 'import numpy' 2>&1").c_str()) != 0) {
      GTEST_SKIP() << "needs " << kPython << " with numpy (python3-numpy)";
    }
    const auto script = std::filesystem::path(__FILE__).parent_path() / "write_arrays.py";
    const std::string command =
        std::string(kPython) + " '" + script.string() + "' '" + folder_.path("") + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  [[nodiscard]] std::vector<float> numbers(const std::string& name) const {
    const auto table = read_npy({folder_.path(name), folder_.path("labels.npy")}, true);
    EXPECT_TRUE(table.ok()) << table.error().message;
    if (!table.ok()) return {};
    EXPECT_EQ((*table)->shape.row_shape, (std::vector<std::size_t>{3, 2}));
    if ((*table)->shape.element == Element::u8) {
      return {(*table)->u8_row(0), (*table)->u8_row(4)};
    }
    return {(*table)->f32_row(0), (*table)->f32_row(4)};
  }

  TestFolder folder_;
};

TEST_F(WrittenByNumpy, every_type_order_and_endianness_is_read_alike) {
  std::vector<float> counting(24);
  std::vector<float> alternating(24);
  for (std::size_t i = 0; i < 24; ++i) {
    counting[i] = static_cast<float>(i);
    alternating[i] = static_cast<float>(i % 2);
  }
  for (const std::string order : {"little", "big"}) {
    EXPECT_EQ(numbers(order + "-b1-c.npy"), alternating);
    EXPECT_EQ(numbers(order + "-b1-f.npy"), alternating);
    for (const std::string code :
         {"i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}) {
      EXPECT_EQ(numbers(order + "-" + code + "-c.npy"), counting) << order << code;
      EXPECT_EQ(numbers(order + "-" + code + "-f.npy"), counting) << order << code;
    }
  }
  for (const std::string version : {"1", "2", "3"}) {
    EXPECT_EQ(numbers("version-" + version + ".npy"), counting);
  }
}

TEST_F(WrittenByNumpy, archives_are_read_stored_packed_and_without_names) {
  const auto plain = read_npy({folder_.path("little-f4-c.npy"), folder_.path("labels.npy")}, true);
  ASSERT_TRUE(plain.ok()) << plain.error().message;
  for (const char* name : {"stored.npz", "packed.npz", "bare.npz"}) {
    const auto table = read_npy({folder_.path(name)}, true);
    ASSERT_TRUE(table.ok()) << table.error().message;
    EXPECT_EQ((*table)->digest(), (*plain)->digest());
  }
}

TEST_F(WrittenByNumpy, what_are_no_numbers_is_refused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"objects.npy", "pickled objects"},
      {"fields.npy", "structures of several fields"},
      {"texts.npy", "texts"},
      {"complex.npy", "complex numbers"},
      {"scalar.npy", "a single number"},
  };
  for (const auto& [name, part] : cases) {
    expect_data_error(read_npy_inputs(folder_.path(name)), folder_.path(name), part);
  }
}

}  // namespace
}  // namespace forknet::data
