// An independent reader: what forknet writes is read by its format in Python.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "os/temporary_folder.h"
#include "store/checkpoint.h"
#include "store/tensors.h"

namespace forknet::store {
namespace {

constexpr const char* kPython = "/usr/bin/python3";

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  for (int byte = std::fgetc(pipe); byte != EOF; byte = std::fgetc(pipe)) {
    output += static_cast<char>(byte);
  }
  ::pclose(pipe);
  return output;
}

TEST(SafetensorsInPython, a_checkpoint_opens_with_numpy_alone) {
  if (std::system((std::string(kPython) + " -c 'import numpy' 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "needs " << kPython << " with numpy (python3-numpy)";
  }
  const os::TemporaryFolder folder;
  const CheckpointFolder checkpoints(folder.path());
  const std::vector<float> weights = {0.5F, -1, 2, 3, 4, 5};
  const std::vector<double> moments = {0.1, 1e-300};
  const std::vector<NamedTensor> tensors = {tensor("layers.0.weight", DType::f32, {2, 3}, weights),
                                            tensor("m", DType::f64, {2}, moments)};
  ASSERT_TRUE(checkpoints.save(7, tensors, {{"epoch", "zwölf"}}).ok());

  const auto script = std::filesystem::path(__FILE__).parent_path() / "read_safetensors.py";
  const std::string output = output_of(std::string(kPython) + " '" + script.string() + "' '" +
                                       checkpoints.path_of(7).text() + "'");
  const auto read = nlohmann::json::parse(output, nullptr, false);
  ASSERT_FALSE(read.is_discarded()) << output;
  EXPECT_EQ(read["tensors"].size(), 2U);
  EXPECT_EQ(read["tensors"]["layers.0.weight"].dump(), "[[0.5,-1.0,2.0],[3.0,4.0,5.0]]");
  EXPECT_EQ(read["tensors"]["m"].get<std::vector<double>>(), moments);
  EXPECT_EQ(read["metadata"]["forknet.state.epoch"], "zwölf");
  EXPECT_EQ(read["metadata"]["forknet.step"], "7");
  EXPECT_EQ(read["metadata"]["forknet.checksum"].get<std::string>().size(), 32U);
}

}  // namespace
}  // namespace forknet::store
