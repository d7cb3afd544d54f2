#include "settings/write.h"

#include <algorithm>

#include "data/formats/format.h"
#include "settings/presets.h"
#include "settings/schema.h"
#include "settings/toml_text.h"

namespace forknet::run {
namespace {

constexpr std::size_t kCommentColumn = 34;  // of comments behind short values
constexpr std::size_t kLineColumns = 110;   // of the longest line with a comment behind

struct Line {
  const Key* key;
  std::string value;    // TOML on one line
  std::string comment;  // without "# "
  bool aside = false;   // written as a comment, for users to enable
};

// A list of tables, one per line; any other value on one line.
std::string spread(const std::string& value) {
  auto outcome = parse_word(value);
  const Value* parsed = std::get_if<Value>(&outcome);
  const List* list = parsed ? parsed->as<List>() : nullptr;
  if (list == nullptr || list->empty() || !list->front().is<Table>()) return value;
  std::string text = "[\n";
  for (const Value& item : *list) text += "  " + to_toml(item) + ",\n";
  return text + "]";
}

std::string line_text(const Line& line) {
  const std::string name(line.key->name());
  const std::string value = line.key->allowed.layers ? spread(line.value) : line.value;
  std::string text = (line.aside ? "# " : "") + name + " = " + value;
  const bool short_enough =
      text.size() <= kCommentColumn - 2 && kCommentColumn + 2 + line.comment.size() <= kLineColumns;
  if (!short_enough || text.find('\n') != std::string::npos) {
    return "# " + line.comment + "\n" + text + "\n";
  }
  text.resize(kCommentColumn, ' ');
  return text + "# " + line.comment + "\n";
}

std::string section_text(const Section& section, const std::vector<Line>& lines) {
  std::string text = "\n[" + std::string(section.name) + "]\n";
  for (const Line& line : lines) {
    if (line.key->section() == section.name) text += line_text(line);
  }
  return text;
}

std::string config_text(std::string_view header, const std::vector<Line>& lines) {
  std::string text = "# ";
  for (const char c : header) text += c == '\n' ? "\n# " : std::string(1, c);
  text += "\n";
  for (const Section& section : sections()) text += section_text(section, lines);
  return text;
}

// "description (a | b | c)"; without the words if the help explains each of them.
std::string help_comment(const Key& key) {
  std::string list;
  std::size_t count = 0;
  bool explained = true;
  for (const Word& word : key.allowed.words) {
    if (!word.built) continue;
    list += (count++ == 0 ? "" : " | ") + std::string(word.name);
    explained = explained && key.help.find(word.name) != std::string_view::npos;
  }
  const std::string help(key.help);
  return count < 2 || explained ? help : help + " (" + list + ")";
}

const Setting* given_in(const Template& chosen, const Key& key) {
  const auto found = std::find_if(chosen.given.begin(), chosen.given.end(),
                                  [&](const Setting& one) { return one.path == key.path; });
  return found == chosen.given.end() ? nullptr : &*found;
}

// Settings of other data formats are left out.
bool belongs(const Template& chosen, const Key& key) {
  const Key& formats_key = *find_key("data.format");
  const Setting* given = given_in(chosen, formats_key);
  const std::string format = given ? given->value : to_toml(*default_of(formats_key));
  bool of_others = false;
  for (const data::Format& one : data::formats()) {
    const auto is = [&](std::string_view name) {
      return key.section() == "data" && key.name() == name;
    };
    const bool has = std::any_of(one.keys.begin(), one.keys.end(), is);
    if (has && to_toml({std::string(one.name), {}}) == format) return true;
    of_others = of_others || has;
  }
  return !of_others;
}

}  // namespace

std::string resolved_text(const Resolved& resolved) {
  std::vector<Line> lines;
  for (const Setting& setting : resolved.settings) {
    lines.push_back({find_key(setting.path), setting.value, setting.source});
  }
  return config_text("Every setting of this run, and where its value came from.", lines);
}

std::string template_text(const Template& chosen) {
  std::vector<Line> lines;
  for (const Key& key : schema()) {
    if (!key.built() || !belongs(chosen, key)) continue;
    const Setting* given = given_in(chosen, key);
    const bool aside = given == nullptr && set_by_presets(key.path);
    lines.push_back(
        {&key, given ? given->value : to_toml(*default_of(key)), help_comment(key), aside});
  }
  return config_text(chosen.header, lines);
}

}  // namespace forknet::run
