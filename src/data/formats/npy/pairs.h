// Finds the arrays of inputs and labels in an archive by their names. Pure.
//
//   pairs   x y, inputs labels, inputs targets, data target, data targets, data labels, data label,
//           images labels, features labels, features targets, features target, arr_0 arr_1;
//           case is ignored
//   parts   x_train or train_x for training; likewise x_test and x_val; plain names if no pair of
//           the part exists
//   weights w_train or train_w for x_train, w_test or test_w for x_test; w for inputs without a
//           part, and for those of training if w_train does not exist
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace forknet::data {

enum class NpzPart : std::uint8_t { train, validation, test };

struct NpzPair {
  std::string inputs;
  std::string labels;
};

// The pair for that part. Error (data): there is none, or several; it lists the arrays and says how
// to name one.
[[nodiscard]] Result<NpzPair> choose_pair(const std::string& path,
                                          const std::vector<std::string>& members, NpzPart part);

// The labels that belong to those inputs, or the inputs that belong to those labels.
[[nodiscard]] Result<NpzPair> complete_pair(const std::string& path,
                                            const std::vector<std::string>& members,
                                            const NpzPair& given);

// The inputs alone, for predictions: the only array, or the one with a name of inputs, plain or of
// the test part.
[[nodiscard]] Result<std::string> choose_inputs(const std::string& path,
                                                const std::vector<std::string>& members);

// The first names, for messages.
[[nodiscard]] std::string array_names(const std::vector<std::string>& members);

// The array `wanted` ("w", or "w_train") of the weights of those inputs; nothing: there is none for
// their part. Error (data): several.
[[nodiscard]] Result<std::optional<std::string>> choose_weights(
    const std::string& path, const std::vector<std::string>& members, const std::string& wanted,
    const std::string& inputs);

}  // namespace forknet::data
