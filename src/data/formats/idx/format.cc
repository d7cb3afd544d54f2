// The files of MNIST (idx.h) as a format.
#include "data/formats/format.h"

#include "base/try.h"
#include "data/error.h"
#include "data/idx.h"
#include "data/inspect.h"
#include "os/file.h"

namespace forknet::data {
namespace {

// Advice for a missing file: drawn digits can have MNIST's names.
std::string advice_for_missing(const DataSource& source) {
  const std::string name = os::name_of(os::exists(source.inputs) ? source.labels : source.inputs);
  if (name.find("-idx") == std::string::npos) {
    return "\n  paths are relative to the folder that forknet is started in";
  }
  const std::string folder = os::folder_of(source.inputs);
  return fmt::format(
      "\n  \"forknet data digits {}\" draws digits under the names of MNIST's files; "
      "or put MNIST's own there\n  (paths are relative to the folder that forknet is "
      "started in)",
      folder);
}

Result<TablePointer> read_pair(const DataSource& source, const char* place,
                               const Reading& reading) {
  if (source.absent() || source.share != 0) return TablePointer();
  if (source.inputs.empty() || source.labels.empty()) {
    return Error{ErrorKind::config,
                 fmt::format("{}: format \"idx\" needs both inputs and labels, the "
                             "paths of two files",
                             place)};
  }
  Result<TablePointer> table = read_idx(source.inputs, source.labels, reading);
  if (table.ok() || (os::exists(source.inputs) && os::exists(source.labels))) return table;
  return Error{table.error().kind, table.error().message + advice_for_missing(source)};
}

Result<Opened> open_idx_sets(const OpenRequest& request) {
  Opened opened;
  FORKNET_ASSIGN(opened.train, read_pair(request.config.train, "data.train", request.reading));
  FORKNET_ASSIGN(opened.validation,
                 read_pair(request.config.validation, "data.validation", request.reading));
  FORKNET_ASSIGN(opened.test, read_pair(request.config.test, "data.test", request.reading));
  return opened;
}

bool looks_like_idx(std::string_view head) {
  return head.size() >= 4 && head[0] == '\0' && head[1] == '\0' && head[2] >= '\x08' &&
         head[2] <= '\x0e';
}

// images.gz beside labels: the names MNIST uses.
Result<std::string> labels_beside(const std::string& inputs) {
  std::string labels = inputs;
  for (const auto& [from, to] : {std::pair{"images", "labels"}, std::pair{"idx3", "idx1"}}) {
    const std::size_t at = labels.rfind(from);
    if (at != std::string::npos) labels.replace(at, std::string(from).size(), to);
  }
  if (labels != inputs) return labels;
  return Error{ErrorKind::usage, inputs + ": which labels belong to it? Give --labels FILE"};
}

Result<ModelRows> idx_rows(const RowsRequest& request) {
  if (request.preparation != nullptr && request.preparation->of_columns()) {
    return data_error(
        "{}: the model takes a table with columns, such as {}, but this is an IDX file",
        request.inputs, request.preparation->columns.front().name);
  }
  if (!request.keep.empty()) {
    return Error{ErrorKind::usage, "--keep passes columns of tables through; IDX files have none"};
  }
  ModelRows rows;
  if (!request.targets) {
    FORKNET_ASSIGN(rows.table, read_idx_inputs(request.inputs, request.reading.progress,
                                               request.reading.cache));
    return rows;
  }
  std::string labels = request.labels;
  if (labels.empty()) {
    FORKNET_ASSIGN(labels, labels_beside(request.inputs));
  }
  FORKNET_ASSIGN(rows.table, read_idx(request.inputs, labels, request.reading));
  return rows;
}

Result<std::string> idx_text(const InspectRequest& request) {
  return inspect_idx(request.path, request.json, request.reading.progress);
}

}  // namespace

Format idx_format() {
  return {.name = "idx",
          .what = "files of MNIST's kind",
          .keys = {"augment"},
          .sniff = looks_like_idx,
          .open = open_idx_sets,
          .rows = idx_rows,
          .inspect = idx_text,
          .labels = LabelPlace::in_a_file,
          .labels_hint =
              "such as { inputs = \"images.gz\", labels = \"labels.gz\" }; a table of "
              "text needs data.format = \"csv\""};
}

}  // namespace forknet::data
