// What `forknet eval` says of a model on some rows.
#pragma once

#include <forknet/model.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nn/metrics/classes/class_table.h"

namespace forknet::report {

// loss 0.0621  accuracy 98.10 %  rows 10000
// top_3 99.71 %  precision 98.08 %  recall 98.07 %  f1 98.07 %  roc_auc 0.9997  log_loss 0.0621
[[nodiscard]] std::string whole_evaluation_text(const Evaluation& evaluation);

// Precision, recall and F1 of each class; of many classes those with the lowest F1.
[[nodiscard]] std::string by_class_text(const nn::ClassTable& table,
                                        const std::vector<std::string>& names);
// {"rows":[…],"precision":[…],"recall":[…],"f1":[…]}, by class.
[[nodiscard]] nlohmann::json by_class_json(const nn::ClassTable& table);

}  // namespace forknet::report
