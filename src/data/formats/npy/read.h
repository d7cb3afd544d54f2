// Reads a data set from arrays of numpy (format: header.h): inputs of any rank, whose first size
// counts rows; one label per row, or targets. A path is a file "x.npy", plain or gzip; an archive
// "set.npz", whose arrays are found by name (pairs.h); or "set.npz:x", one array of it. uint8
// inputs stay bytes; all others become fp32 and must be finite. Errors are of kind data; nothing is
// allocated for a declared size that the file cannot hold.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <string>

#include "data/formats/npy/pairs.h"
#include "data/reading.h"
#include "data/table.h"

namespace forknet::data {

struct NpyPaths {
  std::string inputs;
  std::string labels = {};  // empty: in the same archive
  NpzPart part = NpzPart::train;
  // An array in the archive of the inputs; required in training. Empty: rows count alike.
  std::string weights = {};
};

struct NpySet {
  TablePointer table;
  std::string weights = {};  // the array of the weights, "set.npz:w"; empty: all rows count alike
  std::size_t left_out = 0;  // rows of weight 0
};

// classes: labels are class numbers, integers, one per row; otherwise targets, numbers of any type,
// one or more per row.
[[nodiscard]] Result<NpySet> read_npy_set(const NpyPaths& paths, bool classes,
                                          const Reading& reading = {});
[[nodiscard]] Result<TablePointer> read_npy(const NpyPaths& paths, bool classes,
                                            const Reading& reading = {});

// Inputs only, for predictions: a table without labels.
[[nodiscard]] Result<TablePointer> read_npy_inputs(const std::string& inputs,
                                                   const ReadingProgress& progress = {},
                                                   TableCache* cache = nullptr);

}  // namespace forknet::data
