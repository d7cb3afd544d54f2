// What forknet's own floors take out of a Dataset. Programs see include/ alone.
#pragma once

#include <forknet/dataset.h>

#include "data/table.h"

namespace forknet {

struct DatasetInternals {
  // The rows themselves.
  [[nodiscard]] static const data::TablePointer& table(const Dataset& dataset) {
    return dataset.table_;
  }
};

}  // namespace forknet
