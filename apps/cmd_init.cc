// forknet init: a commented config to start from.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "apps/commands.h"
#include "apps/output.h"
#include "apps/shown_reading.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "settings/table_template.h"
#include "settings/write.h"

namespace forknet::apps {
namespace {

int write(const std::string& kind, const std::string& text, const std::string& file) {
  if (os::exists(file)) {
    return fail({ErrorKind::usage,
                 file + " exists already and is not replaced\n  give another name: forknet init " +
                     kind + " FILE"});
  }
  const Status written = os::write_durably(file, text, 0644);
  if (!written.ok()) return fail(written.error());
  print(fmt::format("wrote {}; train with: forknet train {}\n", file, file));
  if (kind.starts_with("csv")) return 0;  // the table was read
  const auto settings = run::resolve_text(text, file, {});
  const std::string inputs = settings.ok() ? settings->config.data.train.inputs : "";
  if (!inputs.empty() && !os::exists(inputs)) {
    print(fmt::format("its data files are not there yet: \"forknet data digits {}\" draws some\n",
                      os::folder_of(inputs)));
  }
  return 0;
}

// data/wine.csv.gz: wine.toml, in this folder.
std::string file_for(const std::string& data) {
  std::string stem = std::filesystem::path(data).filename().string();
  stem = stem.substr(0, stem.find('.', 1));
  return (stem.empty() ? "table" : stem) + ".toml";
}

int init_table(const InitOptions& options) {
  run::TableTemplateOptions table{options.data, options.target, Task::automatic, {}};
  if (options.task) table.task = *options.task == "classify" ? Task::classify : Task::regress;
  const std::string file = options.file.value_or(file_for(options.data));
  ShownReading shown;
  table.reading = shown.reading();
  const auto text = run::table_template(table);
  shown.finish();
  if (!text.ok()) return fail(text.error());
  return write("csv DATA", *text, file);
}

}  // namespace

int run_init(const InitOptions& options) {
  if (options.kind == "csv") return init_table(options);
  const run::Template* chosen = &run::templates().front();
  for (const run::Template& known : run::templates()) {
    if (known.kind == options.kind) chosen = &known;
  }
  return write(options.kind, run::template_text(*chosen),
               options.file.value_or(std::string(chosen->file)));
}

}  // namespace forknet::apps
