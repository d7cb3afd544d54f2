// A model as a file: its weights, scaling and input range as tensors (tensors.h), what it computes
// as JSON in the metadata key "forknet.model":
//   {"inputs":784,"element":"u8","loss":"softmax_cross_entropy","precision":"fp32",
//    "layers":[{"type":"dense","units":128,"activation":"relu"},{"type":"dropout","rate":0.1},…]}
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <memory>
#include <string>

#include "store/safetensors.h"
#include "train/model/model_state.h"

namespace forknet::run {

inline constexpr const char* kModelKey = "forknet.model";
// What raw rows go through before (preparation_json.h), where there is something.
inline constexpr const char* kPreparationKey = "forknet.preparation";

[[nodiscard]] std::string describe_model(const ModelConfig& model, std::size_t inputs,
                                         Precision precision, const data::InputRange& inputs_were);

// Opens and verifies a file and builds the model in it. Errors (data): damaged, not ours, does not
// fit itself.
[[nodiscard]] Result<std::shared_ptr<const ModelState>> read_model(const os::FilePath& path);

[[nodiscard]] Status write_model(const ModelState& model, const os::FilePath& path);

}  // namespace forknet::run
