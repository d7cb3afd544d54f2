#include "train/model/preparation_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace forknet::run {
namespace {

using data::InputColumn;
using nlohmann::json;

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMostPlaces = std::size_t{1} << 32;

// Names of columns and categories need not be UTF-8, but JSON must be. nlohmann would replace each
// invalid byte by U+FFFD, which merges names. Such names are stored as Latin-1 letters after
// U+F8FF, a private character that marks them.
constexpr const char* kRawMark = "\xEF\xA3\xBF";

bool is_utf8(const std::string& text) {
  try {
    (void)json(text).dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

json text_json(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string marked = kRawMark;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      marked += c;
    } else {
      marked += static_cast<char>(0xC0 | (byte >> 6));
      marked += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return marked;
}

std::string text_back(const std::string& text) {
  if (!text.starts_with(kRawMark)) return text;
  std::string raw;
  for (std::size_t i = std::string(kRawMark).size(); i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0xC0 && i + 1 < text.size()) {
      raw += static_cast<char>((byte << 6) | (static_cast<unsigned char>(text[++i]) & 0x3F));
    } else {
      raw += text[i];
    }
  }
  return raw;
}

json texts_json(const std::vector<std::string>& texts) {
  json list = json::array();
  for (const std::string& text : texts) list.push_back(text_json(text));
  return list;
}

json column_json(const InputColumn& column) {
  json object = {{"name", text_json(column.name)}, {"place", column.place}};
  if (column.indicator) object["indicator"] = true;
  if (column.kind == InputColumn::Kind::number) {
    object["fill"] = static_cast<double>(column.fill);
    for (const float edge : column.edges) object["edges"].push_back(static_cast<double>(edge));
    return object;
  }
  object["categories"] = texts_json(column.categories);
  object["usual"] = column.usual;
  if (column.other) object["other"] = true;
  if (column.coded) object["coded"] = true;
  return object;
}

json pictures_json(const data::PictureInputs& pictures) {
  json object = {{"width", pictures.width}, {"height", pictures.height}};
  if (pictures.color) object["color"] = true;
  if (pictures.border) object["border"] = *pictures.border;
  return object;
}

// Reads members one after the other. A member that is missing or of another type makes the whole
// text invalid.
class Reader {
 public:
  explicit Reader(const json& object) : object_(object), good_(object.is_object()) {}
  std::string text(const char* key) {
    const json* member = find(key, true);
    good_ = good_ && member != nullptr && member->is_string();
    return good_ ? text_back(member->get<std::string>()) : "";
  }
  std::size_t whole(const char* key) {
    const json* member = find(key, true);
    good_ = good_ && member != nullptr && member->is_number_unsigned();
    const std::uint64_t number = good_ ? member->get<std::uint64_t>() : 0;
    good_ = good_ && number < kMostPlaces;
    return static_cast<std::size_t>(number);
  }
  double wide_number(const char* key) {
    const json* member = find(key, true);
    good_ = good_ && member != nullptr && member->is_number();
    const double value = good_ ? member->get<double>() : 0.0;
    good_ = good_ && std::isfinite(value);
    return value;
  }
  float number(const char* key) {
    const auto value = static_cast<float>(wide_number(key));
    good_ = good_ && std::isfinite(value);
    return value;
  }
  bool flag(const char* key) {
    const json* member = find(key, false);
    if (member == nullptr) return false;
    good_ = good_ && member->is_boolean();
    return good_ && member->get<bool>();
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> list;
    for (const json& item : items(key)) {
      good_ = good_ && item.is_string();
      if (good_) list.push_back(text_back(item.get<std::string>()));
    }
    return list;
  }
  // The items of a list; empty if the member is not a list.
  const json& items(const char* key) {
    static const json kNone = json::array();
    const json* member = find(key, true);
    good_ = good_ && member != nullptr && member->is_array();
    return good_ ? *member : kNone;
  }
  [[nodiscard]] bool has(const char* key) { return find(key, false) != nullptr; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  const json* find(const char* key, bool required) {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(key);
    if (found == object_.end()) {
      good_ = good_ && !required;
      return nullptr;
    }
    return &*found;
  }
  const json& object_;
  bool good_;
};

// False: not at least three ascending numbers.
bool read_edges(Reader& reader, std::vector<float>& edges) {
  for (const json& item : reader.items("edges")) {
    if (!item.is_number()) return false;
    const auto edge = static_cast<float>(item.get<double>());
    if (!std::isfinite(edge) || (!edges.empty() && edge <= edges.back())) return false;
    edges.push_back(edge);
  }
  return edges.size() > 2;
}

std::optional<InputColumn> parse_column(const json& object) {
  Reader reader(object);
  InputColumn column;
  column.name = reader.text("name");
  column.place = reader.whole("place");
  column.indicator = reader.flag("indicator");
  if (reader.has("categories")) {
    column.kind = InputColumn::Kind::category;
    column.categories = reader.texts("categories");
    column.usual = reader.whole("usual");
    column.other = reader.flag("other");
    column.coded = reader.flag("coded");
    const bool ascending = std::is_sorted(column.categories.begin(), column.categories.end());
    const std::size_t last = std::max<std::size_t>(1, column.categories.size());
    if (!ascending || column.usual >= last) return std::nullopt;
  } else {
    column.fill = reader.number("fill");
    if (reader.has("edges") && !read_edges(reader, column.edges)) return std::nullopt;
  }
  return reader.good() ? std::optional(column) : std::nullopt;
}

std::optional<data::PictureInputs> parse_pictures(const json& object) {
  constexpr std::size_t kMostSide = 65'536;
  Reader reader(object);
  data::PictureInputs pictures;
  pictures.width = reader.whole("width");
  pictures.height = reader.whole("height");
  pictures.color = reader.flag("color");
  if (reader.has("border")) pictures.border = reader.wide_number("border");
  const bool sides = pictures.width > 0 && pictures.width <= kMostSide && pictures.height > 0 &&
                     pictures.height <= kMostSide;
  return reader.good() && sides ? std::optional(pictures) : std::nullopt;
}

}  // namespace

std::string to_json(const data::Preparation& preparation) {
  json columns = json::array();
  for (const InputColumn& column : preparation.columns) columns.push_back(column_json(column));
  json targets = json::array();
  for (const data::TargetColumn& target : preparation.targets) {
    json object = {{"name", text_json(target.name)}, {"place", target.place}};
    if (target.text) object["text"] = true;
    targets.push_back(std::move(object));
  }
  json object = {{"version", kVersion},
                 {"header", preparation.header},
                 {"file_columns", preparation.file_columns},
                 {"missing", texts_json(preparation.missing)},
                 {"columns", std::move(columns)},
                 {"targets", std::move(targets)},
                 {"classes", texts_json(preparation.classes)}};
  if (preparation.weight) {
    object["weight"] = {{"name", text_json(preparation.weight->name)},
                        {"place", preparation.weight->place}};
  }
  if (preparation.pictures) object["pictures"] = pictures_json(*preparation.pictures);
  return object.dump();
}

std::optional<data::Preparation> parse_preparation(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  Reader reader(object);
  if (reader.whole("version") != kVersion) return std::nullopt;
  data::Preparation preparation;
  preparation.header = reader.flag("header");
  preparation.file_columns = reader.whole("file_columns");
  preparation.missing = reader.texts("missing");
  preparation.classes = reader.texts("classes");
  for (const json& item : reader.items("columns")) {
    auto column = parse_column(item);
    if (!column) return std::nullopt;
    preparation.columns.push_back(std::move(*column));
  }
  for (const json& item : reader.items("targets")) {
    Reader target(item);
    preparation.targets.push_back(
        {target.text("name"), target.whole("place"), target.flag("text")});
    if (!target.good()) return std::nullopt;
  }
  if (const auto found = object.find("weight"); found != object.end()) {
    Reader weight(*found);
    preparation.weight = data::WeightColumn{weight.text("name"), weight.whole("place")};
    if (!weight.good()) return std::nullopt;
  }
  if (const auto pictures = object.find("pictures"); pictures != object.end()) {
    preparation.pictures = parse_pictures(*pictures);
    if (!preparation.pictures || !preparation.columns.empty()) return std::nullopt;
  }
  const bool whole = preparation.of_columns() ? !preparation.targets.empty()
                                              : preparation.pictures || preparation.weight;
  return reader.good() && whole ? std::optional(std::move(preparation)) : std::nullopt;
}

}  // namespace forknet::run
