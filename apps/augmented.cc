#include "apps/augmented.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "apps/output.h"
#include "apps/shown_reading.h"
#include "base/printable.h"
#include "base/try.h"
#include "data/augment/sheet.h"
#include "data/formats/format.h"
#include "data/formats/images/folder.h"
#include "data/formats/images/png_writer.h"
#include "data/formats/images/read.h"
#include "data/json_text.h"
#include "os/durable_file.h"
#include "session/prepare.h"
#include "settings/resolve.h"
#include "settings/value.h"

namespace forknet::apps {
namespace {

constexpr std::string_view kExample =
    "{ shift = 2, rotate = 10, scale = 0.1, shear = 0.1, elastic = 4, noise = 0.05 }";

bool is_config(const std::string& path) { return path.ends_with(".toml"); }

// The training pictures that the config names.
Result<data::View> view_of_config(const Config& config, const data::Reading& reading) {
  FORKNET_ASSIGN(auto prepared, run::prepare(config, reading.progress));
  return std::move(prepared.data.train);
}

// A config for a file of pictures, so that --set and its checks are those of any other.
std::string config_text(const InspectOptions& options, const data::Format& format) {
  const std::string file = run::to_toml(run::Value{options.file, {}});
  const std::string labels =
      format.labels == data::LabelPlace::in_a_file ? ", labels = " + file : "";
  return fmt::format(
      "[data]\nformat = \"{}\"\ntrain = {{ inputs = {}{} }}\naugment = {}\n"
      "[model]\nlayers = [{{ type = \"dense\", units = 2 }}]\n",
      format.name, file, labels, kExample);
}

// Rows of a file, without labels where it has none.
Result<data::TablePointer> table_of(const data::Format& format, const Config& config,
                                    const InspectOptions& options, const data::Reading& reading) {
  if (format.name == "images") {  // a picture, or a folder with or without classes
    FORKNET_ASSIGN(const data::PictureFiles files, data::find_all(options.file));
    const auto side = static_cast<std::size_t>(config.data.pictures.size);
    const data::PictureForm form = {side, side, config.data.pictures.color == PictureColor::rgb};
    FORKNET_ASSIGN(auto read, data::read_pictures(files, {form}, reading));
    return std::move(read.table);
  }
  data::RowsRequest request;
  request.inputs = options.file;
  request.reading = reading;
  FORKNET_ASSIGN(auto rows, format.rows(request));
  return rows.table;
}

Result<data::View> view_of_file(const InspectOptions& options, const data::Reading& reading) {
  FORKNET_ASSIGN(const data::Format* const format, data::sniff_format(options.file));
  if (std::find(format->keys.begin(), format->keys.end(), "augment") == format->keys.end()) {
    return Error{ErrorKind::config,
                 fmt::format("{}: no pictures that could be varied: {}\n"
                             "  expected a config (.toml), IDX, NPY or a folder of pictures",
                             options.file, format->what)};
  }
  FORKNET_ASSIGN(const auto settings,
                 run::resolve_text(config_text(options, *format), options.file, options.overrides));
  const Config& config = settings.config;
  FORKNET_ASSIGN(auto table, table_of(*format, config, options, reading));
  FORKNET_ASSIGN(auto augment, data::augmentation_of(config.data.augment, *table, config.run.seed));
  data::Scaling scaling = data::fit_scaling(*table, {}, config.data.scale, reading.threads);
  return data::View{std::move(table), {}, std::move(scaling), {}, {}, augment};
}

Result<data::View> view_of(const InspectOptions& options, const data::Reading& reading) {
  if (!is_config(options.file)) return view_of_file(options, reading);
  FORKNET_ASSIGN(const auto settings, run::resolve_file(options.file, options.overrides));
  return view_of_config(settings.config, reading);
}

Result<std::string> augmented(const InspectOptions& options) {
  ShownReading shown;
  const auto view = view_of(options, shown.reading());
  shown.finish();
  if (!view.ok()) return view.error();
  if (!view->augment.any()) {
    return Error{ErrorKind::config,
                 options.file + ": data.augment is not set, so there is nothing to show\n" +
                     "  such as --set data.augment='" + std::string(kExample) + "'"};
  }
  const data::Sheet sheet = data::augmented_sheet(*view);
  FORKNET_ASSIGN(const std::string png, data::encode_png(sheet.picture));
  FORKNET_TRY(os::write_durably(options.augment, png, 0644));
  const std::string what = data::describe(view->augment.by);
  if (options.json) {
    return fmt::format(
        "{{\"file\":{},\"augment\":\"{}\",\"pictures\":{},\"epochs\":{},\"picture\":{}}}\n",
        data::json_text(options.file), what, sheet.shown, sheet.epochs,
        data::json_text(options.augment));
  }
  return fmt::format("{}: {} training {} as it is and in epochs 0 to {}\naugment  {}\n",
                     options.augment, sheet.shown, sheet.shown == 1 ? "picture," : "pictures, each",
                     sheet.epochs - 1, what);
}

}  // namespace

int show_augmented(const InspectOptions& options) {
  const auto text = augmented(options);
  if (!text.ok()) return fail(text.error());
  print(*text);
  return 0;
}

}  // namespace forknet::apps
