#include "settings/given.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/nearest.h"
#include "base/try.h"
#include "settings/presets.h"
#include "settings/toml_text.h"

namespace forknet::run {
namespace {

constexpr std::string_view kVariablePrefix = "FORKNET_";

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string variable_of(const Key& key) { return std::string(kVariablePrefix) + upper(key.path); }

// The section that has a key of that name, for hints about a key in the wrong section.
std::string_view section_of(std::string_view name) {
  for (const Key& key : schema()) {
    if (key.name() == name) return key.section();
  }
  return "";
}

Problem unknown_section(const Entry& entry) {
  if (const auto section = section_of(entry.key); !section.empty()) {
    return {in_quotes(entry.key) + " is outside of its section",
            "it belongs under [" + std::string(section) + "]", entry.place};
  }
  return {"unknown section " + in_quotes(entry.key), did_you_mean(entry.key, section_names()),
          entry.place};
}

Problem unknown_key(const Entry& entry, std::string_view section) {
  std::string hint = did_you_mean(entry.key, key_names(section));
  if (const auto owner = section_of(entry.key); !owner.empty()) {
    hint = "it belongs under [" + std::string(owner) + "]";
  }
  return {"unknown key " + in_quotes(entry.key) + " in [" + std::string(section) + "]", hint,
          entry.place};
}

Problem unknown_setting(std::string_view path) {
  std::string hint = did_you_mean(path, key_paths());
  if (const auto section = section_of(path); !section.empty()) {
    hint = "did you mean \"" + std::string(section) + "." + std::string(path) + "\"?";
  }
  if (hint.empty()) hint = "settings have a section and a name, as in train.batch";
  return {"unknown setting " + in_quotes(path), hint, {}};
}

// The value at "[1].units" inside a setting's value; the last one that exists on the way.
const Value& follow(const Value& value, std::string_view rest) {
  const Value* at = &value;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(".[", 1), rest.size());
    const std::string_view step = rest.substr(0, end);
    rest.remove_prefix(end);
    if (step.front() == '[') {
      const List* list = at->as<List>();
      const auto index = static_cast<std::size_t>(std::stoull(std::string(step.substr(1))));
      if (list == nullptr || index >= list->size()) return *at;
      at = &(*list)[index];
    } else {
      const Table* table = at->as<Table>();
      const Entry* entry = table ? run::find(*table, step.substr(1)) : nullptr;
      if (entry == nullptr) return *at;
      at = &entry->value;
    }
  }
  return *at;
}

}  // namespace

void GivenSettings::put(std::string path, Value value, std::string source) {
  if (path == "grid.preset") replace_grid();
  given_.insert_or_assign(std::move(path),
                          Given{std::move(value), std::move(source), count_++, layer_});
}

// A preset replaces the settings of earlier sources that presets set; --grid replaces all of
// [grid]. Keys of the preset's own source stay, in any order.
void GivenSettings::replace_grid() {
  const bool whole = layer_ == Given::Layer::flags;
  for (auto one = given_.begin(); one != given_.end();) {
    const bool replaced = whole || one->first == "grid.preset" || set_by_presets(one->first);
    const bool earlier = one->first.starts_with("grid.") && replaced && one->second.layer < layer_;
    if (earlier) replaced_.insert_or_assign(one->first, std::move(one->second));
    one = earlier ? given_.erase(one) : std::next(one);
  }
}

void GivenSettings::keep_fixed() {
  for (auto& [path, setting] : replaced_) {
    if (find_key(path)->may_change || given_.contains(path)) continue;
    setting.layer = Given::Layer::kept;
    given_.emplace(path, setting);
  }
}

Status GivenSettings::add_file() {
  auto outcome = parse_toml(text_);
  if (const auto* problem = std::get_if<Problem>(&outcome)) return point_at(name_, text_, *problem);
  for (const Entry& section : std::get<Table>(outcome)) FORKNET_TRY(add_section(section));
  return {};
}

Status GivenSettings::add_section(const Entry& section) {
  const auto known = section_names();
  if (std::find(known.begin(), known.end(), section.key) == known.end()) {
    return point_at(name_, text_, unknown_section(section));
  }
  const Table* table = section.value.as<Table>();
  if (table == nullptr) {
    return point_at(
        name_, text_,
        {section.key + " is " + std::string(describe_type(section.value)) + "; expected a section",
         "a section is a line [" + section.key + "] with key = value lines under it",
         section.place});
  }
  for (const Entry& entry : *table) {
    const std::string path = section.key + "." + entry.key;
    if (find_key(path) == nullptr) return point_at(name_, text_, unknown_key(entry, section.key));
    put(path, entry.value, name_);
  }
  return {};
}

Status GivenSettings::add_environment(const std::map<std::string, std::string>& environment,
                                      std::vector<std::string>& notes) {
  layer_ = Given::Layer::environment;
  std::vector<std::string> variables;
  for (const Key& key : schema()) variables.push_back(variable_of(key));
  const auto sections = section_names();
  for (const auto& [variable, word] : environment) {
    if (variable.rfind(kVariablePrefix, 0) != 0) continue;
    const auto known = std::find(variables.begin(), variables.end(), variable);
    if (known != variables.end()) {
      const Key& key = schema()[static_cast<std::size_t>(known - variables.begin())];
      if (!word.empty()) FORKNET_TRY(add_word(std::string(key.path), word, variable));
      continue;
    }
    const auto name = std::string_view(variable).substr(kVariablePrefix.size());
    const std::string section = lower(name.substr(0, name.find('_')));
    const std::string hint = did_you_mean(variable, variables);
    if (std::find(sections.begin(), sections.end(), section) != sections.end()) {
      return point_at(variable, "", {"no setting has this name", hint, {}});
    }
    // Other programs and tests have their own FORKNET_ variables: only near misses are reported.
    if (nearest(section, sections)) {
      notes.push_back(printable(variable) + " is not a setting and was ignored; " + hint);
    }
  }
  return {};
}

Status GivenSettings::add_flag(const FlagSetting& flag) {
  layer_ = Given::Layer::flags;
  return add_word(flag.path, flag.value, flag.flag);
}

Status GivenSettings::add_set(const std::string& set) {
  layer_ = Given::Layer::sets;
  const auto equals = set.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{ErrorKind::usage,
                 "--set " + printable(set) + ": expected KEY=VALUE, such as --set train.batch=64"};
  }
  auto key = set.substr(0, equals);
  while (!key.empty() && key.back() == ' ') key.pop_back();
  return add_word(key, std::string_view(set).substr(equals + 1), "--set");
}

Status GivenSettings::add_word(const std::string& path, std::string_view word,
                               const std::string& source) {
  auto outcome = parse_word(word);
  if (const auto* problem = std::get_if<Problem>(&outcome)) {
    return point_at(source, "", {printable(path) + " = " + problem->message, problem->hint, {}});
  }
  Value value = std::get<Value>(std::move(outcome));
  if (find_key(path) != nullptr) {
    put(path, std::move(value), source);
    return {};
  }
  // data.train.inputs: one entry of a setting that is a table.
  const auto dot = path.rfind('.');
  const std::string parent = path.substr(0, std::min(dot, path.size()));
  const Key* parent_key = find_key(parent);
  if (parent_key == nullptr || !parent_key->allowed.is_table()) {
    return point_at(source, "", unknown_setting(path));
  }
  const Given* before = find(parent);
  const Table* entries = before ? before->value.as<Table>() : nullptr;
  Table table = entries ? *entries : Table{};
  const std::string name = path.substr(dot + 1);
  if (Entry* entry = run::find(table, name)) {
    entry->value = std::move(value);
  } else {
    table.push_back({name, {}, std::move(value)});
  }
  put(parent, Value{std::move(table), {}}, source);
  return {};
}

bool GivenSettings::add_if_absent(std::string_view path, Value value, std::string source) {
  const Given* before = find(path);
  if (before != nullptr && before->layer != Given::Layer::kept) return false;
  put(std::string(path), std::move(value), std::move(source));
  return true;
}

const Given* GivenSettings::find(std::string_view path) const {
  const auto given = given_.find(path);
  return given == given_.end() ? nullptr : &given->second;
}

std::vector<std::pair<std::string, const Given*>> GivenSettings::in_order() const {
  std::vector<std::pair<std::string, const Given*>> settings;
  for (const auto& [path, given] : given_) settings.emplace_back(path, &given);
  std::sort(settings.begin(), settings.end(),
            [](const auto& a, const auto& b) { return a.second->order < b.second->order; });
  return settings;
}

Error GivenSettings::error(std::string_view path, Problem problem) const {
  const auto first = path.find('.');
  const auto end = std::min(path.find_first_of(".[", first + 1), path.size());
  const Given* given = find(path.substr(0, end));
  if (given == nullptr) return point_at(name_, text_, problem);
  if (!problem.place.known()) problem.place = follow(given->value, path.substr(end)).place;
  return point_at(problem.place.known() ? name_ : given->source, text_, problem);
}

}  // namespace forknet::run
