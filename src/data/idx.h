// Reads a data set from IDX files, plain or gzip (format: idx_header.h): inputs of any type and
// rank (rank 1: one number per row); labels of an integer type, rank 1, one per row. u8 inputs stay
// u8, all others become f32. Errors are of kind data; nothing is allocated for a declared size that
// the file cannot hold.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/reading.h"
#include "data/table.h"

namespace forknet::data {

[[nodiscard]] Result<TablePointer> read_idx(const std::string& inputs_path,
                                            const std::string& labels_path,
                                            const Reading& reading = {});

// Inputs only, for predictions: a table without labels.
[[nodiscard]] Result<TablePointer> read_idx_inputs(const std::string& inputs_path,
                                                   const ReadingProgress& progress = {},
                                                   TableCache* cache = nullptr);

}  // namespace forknet::data
