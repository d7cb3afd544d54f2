#include "data/formats/csv/read.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/nearest.h"
#include "base/try.h"
#include "data/error.h"
#include "data/formats/csv/rows_reader.h"
#include "data/formats/csv/text_blocks.h"
#include "math/float_state.h"

namespace forknet::data::csv {
namespace {

constexpr std::size_t kNowhere = ~std::size_t{0};

std::vector<std::string> names_of(const Sample& sample) {
  std::vector<std::string> names;
  for (const SampleColumn& column : sample.columns) names.push_back(column.name);
  return names;
}

std::size_t place_of(const Sample& sample, std::string_view name) {
  for (std::size_t c = 0; c < sample.columns.size(); ++c) {
    if (sample.columns[c].name == name) return c;
  }
  return kNowhere;
}

// The column that a setting names; `setting` is "data.target".
Result<std::size_t> resolve_column(const std::string& path, const Sample& sample,
                                   const ColumnName& wanted, std::string_view setting) {
  const auto count = static_cast<std::int64_t>(sample.columns.size());
  if (const auto* index = std::get_if<std::int64_t>(&wanted)) {
    const std::int64_t place = *index < 0 ? count + *index : *index;
    if (place >= 0 && place < count) return static_cast<std::size_t>(place);
    return data_error(
        "{}: {} names column {}, but there are only {} columns (0 to {}; -1 is the last)", path,
        setting, *index, count, count - 1);
  }
  const auto& name = std::get<std::string>(wanted);
  const std::size_t place = place_of(sample, name);
  if (place != kNowhere) return place;
  const std::vector<std::string> names = names_of(sample);
  const auto meant = nearest(name, names);
  return data_error("{}: {} names a column {} that is not there{}\n  the columns are {}", path,
                    setting, shown(name),
                    meant ? fmt::format("; did you mean {}?", shown(*meant)) : "", shown(names));
}

Result<std::vector<bool>> resolve_columns(const std::string& path, const Sample& sample,
                                          const std::vector<ColumnName>& wanted,
                                          std::string_view setting) {
  std::vector<bool> chosen(sample.columns.size(), false);
  for (const ColumnName& name : wanted) {
    FORKNET_ASSIGN(const std::size_t place, resolve_column(path, sample, name, setting));
    chosen[place] = true;
  }
  return chosen;
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == y;
         });
}

RawColumn raw_column(const Sample& sample, std::size_t place, const ColumnUse& use) {
  return {sample.columns[place].name, place, use.index, use.text};
}

// Numbers inputs and targets in the order of the file.
void number_in_order(std::vector<ColumnUse>& uses) {
  std::size_t inputs = 0;
  std::size_t targets = 0;
  for (ColumnUse& use : uses) {
    if (use.as == ColumnUse::As::input) use.index = inputs++;
    if (use.as == ColumnUse::As::target) use.index = targets++;
  }
}

// Reads the rows of a file with its columns used as in `uses`.
Result<RawTable> read_rows(TextBlocks blocks, const Sample& sample,
                           const std::vector<ColumnUse>& uses,
                           const std::vector<std::string>& missing, const Reading& reading,
                           bool keeps_lines = false) {
  RawTable table;
  table.path = blocks.path();
  table.dialect = sample.dialect;
  table.file_columns = sample.columns.size();
  table.keeps_lines = keeps_lines;
  for (std::size_t c = 0; c < uses.size(); ++c) {
    const RawColumn column = raw_column(sample, c, uses[c]);
    if (uses[c].as == ColumnUse::As::input) table.inputs.push_back(column);
    if (uses[c].as == ColumnUse::As::target) table.targets.push_back(column);
    if (uses[c].as == ColumnUse::As::weight) table.weight = column;
    if (uses[c].kept) table.kept.push_back(column);
  }
  const math::FloatStateScope float_state;  // so that conversions round as defined
  blocks.set_delimiter(sample.dialect.delimiter);
  RowsReader reader(table, blocks, sample, uses, missing);
  FORKNET_TRY(reader.read(reading));
  if (table.rows > 0) return table;
  if (table.weightless > 0) {
    return data_error(
        "{}: column {} ({}): the weight of every row{} is 0: there is nothing to learn\n"
        "  data.weight names the column of weights",
        table.path, table.weight->place, shown(table.weight->name),
        table.without_target > 0 ? " with a value in the target column" : "");
  }
  if (sample.dialect.header && table.without_target == 0) {
    return csv_error(table.path, 1,
                     "a header and no rows below it\n  header = false takes the line for data");
  }
  return data_error("{}: no rows{}", table.path,
                    table.without_target > 0 ? " with a value in the target column" : "");
}

// The columns of the training file that a narrower file without names lacks, ascending: the
// targets, the weights, or both; wanted columns are tried last. Empty: no such columns explain the
// width.
std::vector<std::size_t> lacking(const Preparation& preparation, const Sample& sample,
                                 bool with_targets) {
  std::vector<std::size_t> targets;
  for (const TargetColumn& target : preparation.targets) targets.push_back(target.place);
  std::vector<std::vector<std::size_t>> ways = {targets};
  if (preparation.weight) {
    const std::size_t weight = preparation.weight->place;
    ways.insert(with_targets ? ways.begin() : ways.end(), std::vector{weight});
    targets.push_back(weight);
    ways.push_back(targets);
  }
  for (std::vector<std::size_t>& way : ways) {
    if (sample.columns.size() + way.size() != preparation.file_columns) continue;
    std::sort(way.begin(), way.end());
    return way;
  }
  return {};
}

// The column of this file for a column of the model: by name, or by place without a header.
std::size_t find_column(const Preparation& preparation, const Sample& sample,
                        const std::string& name, std::size_t place, bool with_targets) {
  if (preparation.header || sample.dialect.header) return place_of(sample, name);
  if (sample.columns.size() == preparation.file_columns) return place;
  const std::vector<std::size_t> absent = lacking(preparation, sample, with_targets);
  const auto at = std::lower_bound(absent.begin(), absent.end(), place);
  if (absent.empty() || (at != absent.end() && *at == place)) return kNowhere;
  return place - static_cast<std::size_t>(at - absent.begin());
}

Error missing_columns(const std::string& path, const Sample& sample,
                      const std::vector<std::string>& names) {
  return data_error(
      "{}: the model needs {} {}, which the file does not have\n  its columns are {}{}", path,
      names.size() == 1 ? "a column" : "columns", shown(names), shown(names_of(sample)),
      sample.dialect.header ? "" : "\n  they have no names: is the header missing?");
}

Status use_weights(const std::string& path, const Sample& sample, const TableConfig& config,
                   std::vector<ColumnUse>& uses) {
  if (config.weight.empty()) return {};
  if (config.weight.size() > 1) {
    return Error{ErrorKind::config, "data.weight names several columns; a row has one weight"};
  }
  FORKNET_ASSIGN(const std::size_t place,
                 resolve_column(path, sample, config.weight[0], "data.weight"));
  if (uses[place].as == ColumnUse::As::target) {
    return data_error(
        "{}: column {} ({}) is both the target and the weights\n"
        "  data.target names the column to predict, data.weight that of the weights",
        path, place, shown(sample.columns[place].name));
  }
  uses[place] = {ColumnUse::As::weight};
  return {};
}

}  // namespace

Result<FoundTarget> find_target(const std::string& path, const Sample& sample,
                                const TableConfig& config) {
  FoundTarget found;
  for (const ColumnName& name : config.target) {
    FORKNET_ASSIGN(const std::size_t place, resolve_column(path, sample, name, "data.target"));
    found.places.push_back(place);
  }
  found.why = "given";
  if (!found.places.empty()) return found;
  std::size_t weight = kNowhere;
  if (!config.weight.empty()) {
    FORKNET_ASSIGN(weight, resolve_column(path, sample, config.weight[0], "data.weight"));
  }
  for (const std::string_view word : {"target", "label", "class", "y"}) {
    for (std::size_t c = 0; c < sample.columns.size(); ++c) {
      if (c != weight && same_word(sample.columns[c].name, word))
        return FoundTarget{{c}, "by its name"};
    }
  }
  std::vector<std::size_t> texts;
  for (std::size_t c = 0; c < sample.columns.size(); ++c) {
    if (c != weight && sample.columns[c].is_text()) texts.push_back(c);
  }
  if (texts.size() == 1) return FoundTarget{texts, "the only column of texts"};
  const std::size_t last = sample.columns.size() - 1;
  if (last != weight || last == 0) return FoundTarget{{last}, "the last column"};
  return FoundTarget{{last - 1}, "the last column but that of weights"};
}

Result<RawTable> read_training(const std::string& path, const TableConfig& config,
                               const Reading& reading) {
  FORKNET_ASSIGN(TextBlocks blocks, TextBlocks::open(path));
  FORKNET_ASSIGN(const Sample sample, read_sample(path, blocks.head(), config));
  FORKNET_ASSIGN(const FoundTarget target, find_target(path, sample, config));
  FORKNET_ASSIGN(const auto drop, resolve_columns(path, sample, config.drop, "data.drop"));
  FORKNET_ASSIGN(const auto keep, resolve_columns(path, sample, config.keep, "data.keep"));
  FORKNET_ASSIGN(const auto texts,
                 resolve_columns(path, sample, config.categorical, "data.categorical"));
  std::vector<ColumnUse> uses(sample.columns.size());
  for (std::size_t c = 0; c < uses.size(); ++c) {
    uses[c].text = texts[c] || sample.columns[c].is_text();
    const bool wanted = config.keep.empty() ? !drop[c] : keep[c] && !drop[c];
    if (wanted) uses[c].as = ColumnUse::As::input;
  }
  for (const std::size_t place : target.places) uses[place].as = ColumnUse::As::target;
  FORKNET_TRY(use_weights(path, sample, config, uses));
  const bool any = std::any_of(uses.begin(), uses.end(),
                               [](const ColumnUse& use) { return use.as == ColumnUse::As::input; });
  if (!any) {
    return data_error("{}: no column is left beside the target {}\n  the columns are {}", path,
                      shown(sample.columns[target.places[0]].name), shown(names_of(sample)));
  }
  number_in_order(uses);
  return read_rows(std::move(blocks), sample, uses, config.missing, reading,
                   config.impute == Impute::error);
}

Result<RawTable> read_all_columns(const std::string& path, const TableConfig& config,
                                  const Reading& reading) {
  FORKNET_ASSIGN(TextBlocks blocks, TextBlocks::open(path));
  FORKNET_ASSIGN(const Sample sample, read_sample(path, blocks.head(), config));
  std::vector<ColumnUse> uses(sample.columns.size());
  for (std::size_t c = 0; c < uses.size(); ++c) {
    uses[c] = {ColumnUse::As::input, sample.columns[c].is_text(), c};
  }
  return read_rows(std::move(blocks), sample, uses, config.missing, reading);
}

Result<RawTable> read_for(const std::string& path, const Preparation& preparation,
                          const RowsWanted& wanted, const Reading& reading) {
  FORKNET_ASSIGN(TextBlocks blocks, TextBlocks::open(path));
  TableConfig config;
  config.missing = preparation.missing;
  if (!preparation.header) config.header = Choice::no;
  FORKNET_ASSIGN(const Sample sample, read_sample(path, blocks.head(), config));
  std::vector<ColumnUse> uses(sample.columns.size());
  std::vector<std::string> absent;
  for (std::size_t i = 0; i < preparation.columns.size(); ++i) {
    const InputColumn& column = preparation.columns[i];
    const std::size_t place =
        find_column(preparation, sample, column.name, column.place, wanted.targets);
    if (place == kNowhere) {
      absent.push_back(column.name);
    } else {
      uses[place] = {ColumnUse::As::input, column.kind == InputColumn::Kind::category, i};
    }
  }
  for (std::size_t i = 0; wanted.targets && i < preparation.targets.size(); ++i) {
    const TargetColumn& target = preparation.targets[i];
    const std::size_t place =
        find_column(preparation, sample, target.name, target.place, wanted.targets);
    if (place == kNowhere) {
      absent.push_back(target.name);
    } else {
      uses[place] = {ColumnUse::As::target, target.text, i};
    }
  }
  if (!absent.empty()) return missing_columns(path, sample, absent);
  if (wanted.targets && preparation.weight) {
    const auto& [name, at] = *preparation.weight;
    const std::size_t place = find_column(preparation, sample, name, at, true);
    if (place != kNowhere) uses[place].as = ColumnUse::As::weight;
  }
  for (const std::string& name : wanted.keep) {
    FORKNET_ASSIGN(const std::size_t place, resolve_column(path, sample, name, "--keep"));
    uses[place].kept = true;
  }
  return read_rows(std::move(blocks), sample, uses, preparation.missing, reading);
}

}  // namespace forknet::data::csv
