// The data of a run: reads what the config names, splits shares off, fits the scaling to the
// training rows, and makes a view of every set.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/formats/format.h"
#include "data/input_range.h"
#include "data/table.h"
#include "data/table_cache.h"
#include "data/view.h"

namespace forknet::data {

struct DataSets {
  View train;
  std::optional<View> validation;
  std::optional<View> test;
  InputRange inputs = {};                    // of the training rows
  PreparationPointer preparation = nullptr;  // fitted to them; null: none
  std::vector<std::string> warnings = {};    // about usable data that looks like a mistake
  std::string in_memory = {};                // which tables are there, and why; empty: none
};

// `cache`: where tables are kept; null: in memory. `classes`: the loss needs class numbers, so
// inline targets are labels. Errors: kind data for invalid data, config for missing sources or
// shares that leave no training rows.
[[nodiscard]] Result<DataSets> open_data(const DataConfig& config, std::uint64_t seed, bool classes,
                                         ReadingProgress progress = {},
                                         TableCache* cache = nullptr);

// As many as there are loader threads; at least 1.
[[nodiscard]] std::size_t reading_threads(const DataConfig& config);

// Its first half: what the format reads. `request.reading.cache` may be null.
[[nodiscard]] Result<Opened> read_data(const OpenRequest& request);

// Its second half, from tables that are there already. Of the config, only scale, shares and
// augmentation count. `cache`: what it says of the tables goes to the warnings; may be null.
[[nodiscard]] Result<DataSets> make_sets(Opened opened, const DataConfig& config,
                                         std::uint64_t seed, const TableCache* cache = nullptr);

}  // namespace forknet::data
