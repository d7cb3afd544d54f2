#include "session/kept_sets.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/try.h"
#include "base/version.h"
#include "data/error.h"
#include "data/open.h"
#include "data/split.h"
#include "os/durable_file.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "session/set_file.h"
#include "settings/schema.h"

namespace forknet::run {
namespace {

using data::SourceFile;
using data::TablePointer;

constexpr std::size_t kMostSetBytes = std::size_t{256} << 20;

// Settings of [data] that do not affect how the sources are read.
constexpr std::array<std::string_view, 5> kOther = {
    "data.scale", "data.shuffle", "data.loader_threads", "data.cache", "data.augment"};

void make_absolute(std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error);
  if (!path.empty() && !error) path = whole.string();
}

// The digest of all that affects reading the sources; another version may read them differently.
std::string settings_digest(Config config, bool classes) {
  for (DataSource* source : {&config.data.train, &config.data.validation, &config.data.test}) {
    make_absolute(source->inputs);  // the run may be resumed from another folder
    make_absolute(source->labels);
  }
  std::string text = fmt::format("{}\n{}\n{}\n", kVersion, config.run.seed, classes);
  for (const Key& key : schema()) {
    if (key.section() != "data" || !key.built()) continue;
    if (std::find(kOther.begin(), kOther.end(), key.path) != kOther.end()) continue;
    text += fmt::format("{} = {}\n", key.path, to_toml(key.accessor.get(config)));
  }
  return digest_hex(std::as_bytes(std::span(text)));
}

// The digest of the settings, and of what folders hold.
std::string key_text(const std::string& settings, const data::SetSources& sources) {
  if (sources.listing.empty()) return settings;
  const std::string text = settings + sources.listing;
  return digest_hex(std::as_bytes(std::span(text)));
}

// The stored set if it was made from the same sources.
Result<std::optional<SetFile>> find_set(const os::FilePath& file, data::TableCache& cache) {
  const auto text = os::read_file(file, kMostSetBytes);
  if (!text.ok()) return std::optional<SetFile>();
  std::optional<SetFile> set = parse_set_file(*text);
  if (!set) {
    cache.note(fmt::format("note: {}: is damaged and is made again", file.text()));
    return set;
  }
  const auto bytes = data::table_bytes(set->tables[0]->table.shape);
  if (!bytes || !cache.wants_file(*bytes)) return std::optional<SetFile>();
  FORKNET_ASSIGN(const std::string key, cache.set_key());
  if (set->key != key) return std::optional<SetFile>();
  return set;
}

// Opens the set with its rows; nothing: some are missing or damaged.
Result<std::optional<data::Opened>> tables_of(SetFile set, const Config& config,
                                              data::TableCache& cache) {
  std::array<TablePointer, 3> tables = {};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (!set.tables[i]) continue;
    FORKNET_ASSIGN(auto found,
                   data::find_table(std::move(set.tables[i]->table), cache, set.tables[i]->key));
    if (!found) return std::optional<data::Opened>();
    tables[i] = std::move(*found);
  }
  data::Opened opened;
  opened.train = tables[0];
  opened.validation = tables[1];
  opened.test = tables[2];
  opened.targets = std::move(set.targets);
  opened.warnings = std::move(set.warnings);
  if (set.preparation) {
    opened.preparation = std::make_shared<const data::Preparation>(std::move(*set.preparation));
  }
  FORKNET_ASSIGN(opened.split,
                 data::split_shares(config.data, config.run.seed, opened.train->shape.rows,
                                    opened.train->labels()));
  return std::optional(std::move(opened));
}

// Nothing: not all of its rows are in named files.
Result<std::optional<SetFile>> describe(const data::Opened& opened, data::TableCache& cache) {
  SetFile set;
  std::size_t next = 0;
  const std::array<TablePointer, 3> tables = {opened.train, opened.validation, opened.test};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (!tables[i]) continue;
    if (next >= cache.set_tables().size() || cache.set_tables()[next].empty()) {
      return std::optional<SetFile>();
    }
    data::Table table;
    table.inputs_name = tables[i]->inputs_name;
    table.labels_name = tables[i]->labels_name;
    table.shape = tables[i]->shape;
    set.tables[i] = SetFile::Entry{cache.set_tables()[next++], std::move(table)};
  }
  FORKNET_ASSIGN(set.key, cache.set_key());
  if (opened.preparation) set.preparation = *opened.preparation;
  set.targets = opened.targets;
  set.warnings = opened.warnings;
  return std::optional(std::move(set));
}

// Files that were added while a folder was read may be among the rows, but are not in the key.
Status check_listing(const Config& config, const data::Format& format,
                     const data::SetSources& sources) {
  if (sources.listing.empty() || format.sources(config.data).listing == sources.listing) return {};
  return data::data_error("{}: the folder has changed while it was read", config.data.train.inputs);
}

Status keep(const data::Opened& opened, const std::string& name, data::TableCache& cache,
            const std::function<Status()>& check) {
  FORKNET_ASSIGN(const auto set, describe(opened, cache));
  const auto folder = cache.existing_folder();
  if (!set || !folder) return {};
  FORKNET_TRY(check());
  FORKNET_FAILPOINT("cache/set");
  return os::write_durably(*folder / name, to_text(*set));
}

Result<std::optional<data::Opened>> find(const Config& config, const std::string& name,
                                         const std::vector<SourceFile>& files,
                                         data::TableCache& cache) {
  const auto folder = cache.existing_folder();
  if (!folder) return std::optional<data::Opened>();
  FORKNET_ASSIGN(auto set, find_set(*folder / name, cache));
  if (!set) return std::optional<data::Opened>();
  FORKNET_ASSIGN(auto opened, tables_of(std::move(*set), config, cache));
  if (opened) FORKNET_TRY(data::check_unchanged(files));
  return opened;
}

bool all_there(const std::vector<SourceFile>& files) {
  return !files.empty() && std::all_of(files.begin(), files.end(), [](const SourceFile& file) {
    return file.stamp.has_value();
  });
}

}  // namespace

Result<data::Opened> open_kept(const Config& config, bool classes, const data::Reading& reading) {
  const data::OpenRequest request = {config.data, config.run.seed, classes, reading,
                                     config.model.loss};
  const data::Format& format = data::format_of(config.data.format);
  data::TableCache& cache = *reading.cache;
  const bool wanted = format.sources != nullptr && cache.may_take();
  const data::SetSources sources = wanted ? format.sources(config.data) : data::SetSources();
  if (!all_there(sources.files)) return data::read_data(request);
  const std::string settings = settings_digest(config, classes);
  const std::string name = settings + std::string(kSetEnding);
  cache.begin_set(sources.files, key_text(settings, sources));
  FORKNET_ASSIGN(auto found, find(config, name, sources.files, cache));
  if (found) return std::move(*found);
  FORKNET_ASSIGN(data::Opened opened, data::read_data(request));
  const auto check = [&] { return check_listing(config, format, sources); };
  if (const Status kept = keep(opened, name, cache, check); !kept.ok()) {
    cache.note(fmt::format("note: the next start reads the data again: {}", kept.error().message));
  }
  return opened;
}

void remove_broken_sets(const os::FilePath& folder) {
  const auto names = os::list_folder(folder);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!name.ends_with(kSetEnding)) continue;
    const auto text = os::read_file(folder / name, kMostSetBytes);
    const auto set = text.ok() ? parse_set_file(*text) : std::nullopt;
    const auto there = [&](const std::optional<SetFile::Entry>& entry) {
      return !entry || os::exists(folder / (entry->key + std::string(data::kTableEnding)));
    };
    if (set && std::all_of(set->tables.begin(), set->tables.end(), there)) continue;
    (void)os::remove_file(folder / name);
  }
}

}  // namespace forknet::run
