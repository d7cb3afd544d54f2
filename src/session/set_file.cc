#include "session/set_file.h"

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/digest.h"
#include "state/identity.h"
#include "train/model/preparation_json.h"

namespace forknet::run {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "fksets01";
constexpr std::size_t kChecksumBytes = sizeof(std::uint64_t);
constexpr std::uint64_t kMostClasses = std::uint64_t{1} << 32;

json shape_json(const data::TableShape& shape) {
  return {{"bytes", shape.element == data::Element::u8},
          {"rows", shape.rows},
          {"row_shape", shape.row_shape},
          {"features", shape.features},
          {"labelled", shape.labelled},
          {"classes", shape.classes},
          {"outputs", shape.outputs},
          {"weighted", shape.weighted}};
}

data::TableShape shape_of(const json& object) {
  data::TableShape shape;
  shape.element = object.at("bytes").get<bool>() ? data::Element::u8 : data::Element::f32;
  object.at("rows").get_to(shape.rows);
  object.at("row_shape").get_to(shape.row_shape);
  object.at("features").get_to(shape.features);
  object.at("labelled").get_to(shape.labelled);
  object.at("classes").get_to(shape.classes);
  object.at("outputs").get_to(shape.outputs);
  object.at("weighted").get_to(shape.weighted);
  return shape;
}

json entry_json(const std::optional<SetFile::Entry>& entry) {
  if (!entry) return nullptr;
  return {{"key", entry->key},
          {"inputs", entry->table.inputs_name},
          {"labels", entry->table.labels_name},
          {"shape", shape_json(entry->table.shape)}};
}

std::optional<SetFile::Entry> entry_of(const json& object) {
  if (object.is_null()) return std::nullopt;
  SetFile::Entry entry;
  object.at("key").get_to(entry.key);
  object.at("inputs").get_to(entry.table.inputs_name);
  object.at("labels").get_to(entry.table.labels_name);
  entry.table.shape = shape_of(object.at("shape"));
  return entry;
}

// Throws json::exception if values are missing or of another type.
SetFile set_of(const json& object) {
  SetFile set;
  object.at("key").get_to(set.key);
  object.at("warnings").get_to(set.warnings);
  object.at("target_offset").get_to(set.targets.offset);
  object.at("target_factor").get_to(set.targets.factor);
  for (std::size_t i = 0; i < set.tables.size(); ++i) {
    set.tables[i] = entry_of(object.at("tables").at(i));
  }
  if (const json& text = object.at("preparation"); !text.is_null()) {
    set.preparation = parse_preparation(text.get<std::string>());
    if (!set.preparation) throw json::other_error::create(501, "preparation", &text);
  }
  return set;
}

// Invariants that the rest of the program relies on.
bool fits(const SetFile& set) {
  for (const auto& entry : set.tables) {
    // It names a file of the folder: 32 digits, and no path out of it.
    if (entry && !is_identity(entry->key)) return false;
  }
  if (!set.tables[0] || set.targets.offset.size() != set.targets.factor.size()) return false;
  const data::TableShape& train = set.tables[0]->table.shape;
  if (set.targets.offset.size() != 1 && set.targets.offset.size() != train.outputs) return false;
  if (train.classes > kMostClasses) return false;
  return !set.preparation || set.preparation->inputs() == train.features;
}

}  // namespace

// Names and warnings may not be UTF-8; CBOR stores them unchanged.
std::string to_text(const SetFile& set) {
  json tables = json::array();
  for (const auto& entry : set.tables) tables.push_back(entry_json(entry));
  json object = {{"key", set.key},
                 {"tables", std::move(tables)},
                 {"target_offset", set.targets.offset},
                 {"target_factor", set.targets.factor},
                 {"warnings", set.warnings},
                 {"preparation", nullptr}};
  if (set.preparation) object["preparation"] = to_json(*set.preparation);
  std::string text(kMagic);
  json::to_cbor(object, text);
  const std::uint64_t checksum = checksum64(std::as_bytes(std::span(text)));
  text.append(reinterpret_cast<const char*>(&checksum), kChecksumBytes);
  return text;
}

std::optional<SetFile> parse_set_file(std::string_view text) {
  if (!text.starts_with(kMagic) || text.size() < kMagic.size() + kChecksumBytes) {
    return std::nullopt;
  }
  const std::string_view content = text.substr(0, text.size() - kChecksumBytes);
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, text.data() + content.size(), kChecksumBytes);
  if (checksum != checksum64(std::as_bytes(std::span(content)))) return std::nullopt;
  try {
    SetFile set = set_of(json::from_cbor(content.substr(kMagic.size())));
    return fits(set) ? std::optional(std::move(set)) : std::nullopt;
  } catch (const json::exception&) {
    return std::nullopt;  // of another version
  }
}

}  // namespace forknet::run
