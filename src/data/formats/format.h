// The interface of data file formats to settings, training, eval, predict and inspect. A format is
// a folder here and its two lines in format.cc.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/preparation.h"
#include "data/reading.h"
#include "data/scaling.h"
#include "data/split.h"
#include "data/table.h"
#include "data/table_place.h"

namespace forknet::data {

// All sets of a run as a format returns them.
struct Opened {
  TablePointer train;
  TablePointer validation = nullptr;  // null: absent or a share of the training rows
  TablePointer test = nullptr;
  std::optional<Split> split = {};           // of the shares, if the format split them itself
  PreparationPointer preparation = nullptr;  // fitted by the format; null: none
  std::string weights = {};  // the array of the rows' weights, where there is no preparation
  Scaling targets = {};      // for numeric targets
  std::vector<std::string> warnings = {};
};

struct OpenRequest {
  const DataConfig& config;
  std::uint64_t seed = 0;
  bool classes = true;  // the loss needs class numbers
  Reading reading = {};
  std::string_view loss = {};  // its name, for messages
};

// Rows for an existing model.
struct RowsRequest {
  std::string inputs;                        // a file
  std::string labels = {};                   // the file of the labels, if separate
  bool targets = false;                      // required; missing ones are an error
  std::vector<std::string> keep = {};        // columns to pass through
  const Preparation* preparation = nullptr;  // of the model; null: it has none
  bool classes = true;                       // its loss needs class numbers
  std::size_t model_inputs = 0;              // numbers per row that it takes
  std::size_t model_outputs = 0;
  Choice invert = Choice::automatic;  // pictures as negatives; automatic: by their borders
  Reading reading = {};
};

struct ModelRows {
  TablePointer table;
  std::vector<std::string> kept_names = {};
  std::vector<std::string> kept = {};  // (rows, kept_names), as text of the file
  std::vector<std::string> warnings = {};
};

// The files that all sets of a run are made of. None: they cannot be listed.
struct SetSources {
  std::vector<SourceFile> files = {};
  std::string listing = {};  // of folders: all that the sets depend on beside the files' bytes
};

struct InspectRequest {
  std::string path;
  bool json = false;
  Reading reading = {};
};

// Where a format that has files has the labels of its rows.
enum class LabelPlace { inside, in_a_file, either };

struct Format {
  std::string_view name;  // data.format
  std::string_view what;  // "a table of text with columns"
  // The keys of [data] for this format alone.
  std::vector<std::string_view> keys;
  // Whether a file that begins like this, unpacked, has the format; null: it has no files.
  bool (*sniff)(std::string_view head);
  Result<Opened> (*open)(const OpenRequest& request);
  Result<ModelRows> (*rows)(const RowsRequest& request);          // null: it has no files
  Result<std::string> (*inspect)(const InspectRequest& request);  // null: it has no files
  // Where what a format makes depends on all sources and takes long, so that it is worth keeping.
  // Null: each table is made of files of its own (TablePlace).
  SetSources (*sources)(const DataConfig& config) = nullptr;
  LabelPlace labels = LabelPlace::either;
  std::string_view labels_hint = {};  // what to do about a missing or superfluous file of them
  // Whether it takes any text, so that a file's name says more.
  bool takes_any_text = false;

  [[nodiscard]] bool has_files() const { return sniff != nullptr; }
};

// Those of the sets that are no shares.
[[nodiscard]] std::vector<const DataSource*> own_sources(const DataConfig& config);

[[nodiscard]] const std::vector<Format>& formats();
// Of a name that a config may have.
[[nodiscard]] const Format& format_of(std::string_view name);
// The format of a file by its first bytes, plain or gzip; a folder has pictures; "set.npz:x" names
// an array in a file. The Error lists the known formats.
[[nodiscard]] Result<const Format*> sniff_format(const std::string& path);

}  // namespace forknet::data
