// Pictures (read.h) as a format.
#include "data/formats/format.h"

#include <cmath>
#include <optional>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/inspect.h"
#include "data/formats/images/read.h"
#include "data/packed_files.h"
#include "data/picture_inputs.h"

namespace forknet::data {
namespace {

// A tar cannot be another format; for zips see sniff_format().
bool looks_like_picture(std::string_view head) {
  return picture_kind(head).has_value() || begins_as_tar(head);
}

void take_notes(const PictureFiles& files, const PictureTable& read, bool color,
                std::vector<std::string>& warnings) {
  for (const std::string& note : files.notes) warnings.push_back("note: " + note);
  if (color || read.in_color == 0) return;
  warnings.push_back(
      fmt::format("note: {}: {} of {} pictures have colors and are taken as grey; "
                  "data.color = \"rgb\" keeps them",
                  files.folder, read.in_color, files.files.size()));
}

// A set other than the training set, with its classes and its form.
Result<TablePointer> read_other(const DataSource& source, const PictureForm& form,
                                const std::vector<std::string>& classes, const Reading& reading,
                                std::vector<std::string>& warnings) {
  if (source.absent() || source.share != 0) return TablePointer();
  FORKNET_ASSIGN(const PictureFiles files, find_classes(source.inputs, classes));
  FORKNET_ASSIGN(PictureTable read, read_pictures(files, {form}, reading));
  take_notes(files, read, form.color, warnings);
  return std::move(read.table);
}

Result<Opened> open_picture_sets(const OpenRequest& request) {
  const DataConfig& config = request.config;
  if (config.train.inputs.empty()) return Opened{};
  const auto side = static_cast<std::size_t>(config.pictures.size);
  const PictureForm form{side, side, config.pictures.color == PictureColor::rgb};
  FORKNET_ASSIGN(PictureFiles files, find_classes(config.train.inputs, {}));
  if (files.classes.size() == 1) {
    return data_error("{}: one class only, \"{}\", with {} pictures\nexpected two folders or more",
                      files.folder, files.classes.front(), files.files.size());
  }
  FORKNET_ASSIGN(PictureTable read, read_pictures(files, {form}, request.reading));
  Opened opened;
  opened.train = std::move(read.table);
  take_notes(files, read, form.color, opened.warnings);
  FORKNET_ASSIGN(opened.split, split_shares(config, request.seed, opened.train->shape.rows,
                                            opened.train->labels()));
  FORKNET_ASSIGN(opened.validation, read_other(config.validation, form, files.classes,
                                               request.reading, opened.warnings));
  FORKNET_ASSIGN(opened.test,
                 read_other(config.test, form, files.classes, request.reading, opened.warnings));
  auto preparation = std::make_shared<Preparation>();
  preparation->pictures = picture_inputs(*opened.train);
  preparation->classes = std::move(files.classes);
  opened.preparation = std::move(preparation);
  return opened;
}

// --- rows for a model ---

// The form of a model's pictures, if only their number of pixels is known.
std::optional<PictureInputs> guessed(std::size_t inputs) {
  for (const std::size_t channels : {std::size_t{1}, std::size_t{3}}) {
    const auto side = static_cast<std::size_t>(
        std::lround(std::sqrt(static_cast<double>(inputs) / static_cast<double>(channels))));
    if (side * side * channels == inputs) return PictureInputs{side, side, channels == 3, {}};
  }
  return std::nullopt;
}

Result<PictureInputs> inputs_of(const RowsRequest& request) {
  if (request.preparation != nullptr && request.preparation->of_columns()) {
    return data_error("{}: the model takes a table with columns, such as {}, not pictures",
                      request.inputs, request.preparation->columns.front().name);
  }
  if (request.preparation != nullptr && request.preparation->pictures) {
    return *request.preparation->pictures;
  }
  const std::optional<PictureInputs> square = guessed(request.model_inputs);
  if (square) return *square;
  return data_error("{}: the model takes {} numbers a row, which are no square pictures",
                    request.inputs, request.model_inputs);
}

// Names of the folders of classes: those of training, or else their numbers.
std::vector<std::string> class_names(const RowsRequest& request) {
  if (request.preparation != nullptr && !request.preparation->classes.empty()) {
    return request.preparation->classes;
  }
  std::vector<std::string> names;
  for (std::size_t c = 0; c < request.model_outputs; ++c) names.push_back(std::to_string(c));
  return names;
}

Invert invert_of(const RowsRequest& request, const PictureInputs& pictures) {
  if (request.invert != Choice::automatic) {
    return request.invert == Choice::yes ? Invert::always : Invert::never;
  }
  return pictures.border ? Invert::by_border : Invert::never;
}

Status check_options(const RowsRequest& request) {
  if (!request.labels.empty()) {
    return Error{ErrorKind::usage,
                 "--labels: the labels of pictures are the names of their folders"};
  }
  if (request.keep.empty()) return {};
  return Error{
      ErrorKind::usage,
      "--keep passes columns of tables through; of pictures the name of the file is always "
      "there"};
}

Result<ModelRows> picture_rows(const RowsRequest& request) {
  FORKNET_TRY(check_options(request));
  FORKNET_ASSIGN(const PictureInputs pictures, inputs_of(request));
  FORKNET_ASSIGN(const PictureFiles files, request.targets
                                               ? find_classes(request.inputs, class_names(request))
                                               : find_pictures(request.inputs));
  const PictureRequest wanted = {{pictures.width, pictures.height, pictures.color},
                                 invert_of(request, pictures),
                                 pictures.border.value_or(0)};
  FORKNET_ASSIGN(PictureTable read, read_pictures(files, wanted, request.reading));
  ModelRows rows;
  rows.table = std::move(read.table);
  for (const std::string& note : files.notes) rows.warnings.push_back("note: " + note);
  if (read.inverted > 0 && wanted.invert == Invert::by_border) {
    rows.warnings.push_back(fmt::format(
        "note: {}: {} of {} pictures are taken as negatives: their borders are {} where those of "
        "the training were not; --invert no takes them as they are",
        files.folder, read.inverted, files.files.size(),
        *pictures.border < 127.5 ? "light" : "dark"));
  }
  rows.kept_names = {"file"};
  for (const PictureFile& file : files.files) rows.kept.push_back(file.path);
  return rows;
}

Result<std::string> picture_text(const InspectRequest& request) {
  return inspect_pictures(request.path, request.json, request.reading.progress);
}

// The files of a folder, whose names are classes and say which row is which.
void add_folder(const PictureFiles& files, SetSources& sources) {
  for (const PictureFile& file : files.files) {
    sources.files.push_back(source_file(file.path));
    sources.files.back().folder = files.folder;
    sources.listing += file.path.substr(files.folder.size()) + '\0';
  }
  for (const std::string& note : files.notes) sources.listing += note + '\0';
  sources.listing += '\0';
}

SetSources picture_sources(const DataConfig& config) {
  SetSources sources;
  std::vector<std::string> classes;  // of training; none while it is packed
  for (const DataSource* source : own_sources(config)) {
    if (packs_files(source->inputs)) {
      sources.files.push_back(source_file(source->inputs));
      continue;
    }
    Result<PictureFiles> files = find_classes(source->inputs, classes);
    if (!files.ok()) return {};  // reading reports it
    add_folder(*files, sources);
    if (source == &config.train) classes = std::move(files->classes);
  }
  return sources;
}

}  // namespace

Format images_format() {
  return {.name = "images",
          .what = "pictures: PNG, JPEG, PGM, PPM, or a folder of them, plain or packed",
          .keys = {"size", "color", "augment"},
          .sniff = looks_like_picture,
          .open = open_picture_sets,
          .rows = picture_rows,
          .inspect = picture_text,
          .sources = picture_sources,
          .labels = LabelPlace::inside,
          .labels_hint = "the labels of pictures are the names of their folders"};
}

}  // namespace forknet::data
