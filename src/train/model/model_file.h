// A model as a file: weights, scaling and input range as tensors (tensors.h), the layers as JSON in
// the metadata key "forknet.model":
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
// The preparation of raw rows (preparation_json.h), if there is one.
inline constexpr const char* kPreparationKey = "forknet.preparation";

[[nodiscard]] std::string describe_model(const ModelConfig& model, std::size_t inputs,
                                         Precision precision, const data::InputRange& inputs_were);

// Opens and verifies a file and builds its model. Errors (data): the file is damaged, is not a
// forknet model, or contradicts itself.
[[nodiscard]] Result<std::shared_ptr<const ModelState>> read_model(const os::FilePath& path);

// First weights of a run come from a model of as many members, where the file describes its model;
// other programs' files do not. Error (data): it has another number.
[[nodiscard]] Status check_members(const store::SafetensorsFile& file, std::size_t members);

[[nodiscard]] Status write_model(const ModelState& model, const os::FilePath& path);

}  // namespace forknet::run
