// Tensors to header text (store/safetensors_header.h).
#include <nlohmann/json.hpp>
#include <set>

#include "base/check.h"
#include "base/try.h"
#include "store/safetensors_header.h"

namespace forknet::store {
namespace {

using nlohmann::json;

constexpr std::string_view kChecksumStart = R"("forknet.checksum":")";

// A JSON string; an Error if the text is not UTF-8, which readers reject.
Result<std::string> quoted(const std::string& text) {
  std::string json_text = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  if (json::parse(json_text) != json(text)) {
    return Error{ErrorKind::internal, "write safetensors: " + printable(text) + " is not UTF-8"};
  }
  return json_text;
}

Result<std::string> entry(const TensorInfo& tensor) {
  FORKNET_ASSIGN(std::string text, quoted(tensor.name));
  text += R"(:{"dtype":")" + std::string(name_of(tensor.dtype)) + R"(","shape":)";
  text += json(tensor.shape).dump() + R"(,"data_offsets":)";
  text += json({tensor.begin, tensor.end}).dump() + "}";
  return text;
}

std::string little_endian(std::uint64_t value) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>((value >> shift) & 0xFF);
  return bytes;
}

}  // namespace

Result<HeaderText> format_header(std::span<const TensorInfo> tensors, const Metadata& metadata) {
  FORKNET_CHECK(!metadata.contains(std::string(kChecksumKey)));
  std::string json_text = R"({"__metadata__":{)";
  json_text += kChecksumStart;
  const std::size_t checksum_at = kLengthBytes + json_text.size();
  json_text += std::string(kChecksumDigits, '0') + '"';
  for (const auto& [key, value] : metadata) {
    FORKNET_ASSIGN(const std::string key_text, quoted(key));
    FORKNET_ASSIGN(const std::string value_text, quoted(value));
    json_text.append(",").append(key_text).append(":").append(value_text);
  }
  json_text += '}';
  std::set<std::string_view> names = {kMetadataName};
  for (const TensorInfo& tensor : tensors) {
    FORKNET_CHECK(names.insert(tensor.name).second);
    FORKNET_ASSIGN(const std::string tensor_text, entry(tensor));
    json_text.append(",").append(tensor_text);
  }
  json_text += '}';
  while ((kLengthBytes + json_text.size()) % kDataAlignment != 0) json_text += ' ';
  if (json_text.size() > kMostHeader) {
    return Error{ErrorKind::internal,
                 "write safetensors: the header would have " + std::to_string(json_text.size()) +
                     " bytes; readers accept at most " + std::to_string(kMostHeader)};
  }
  return HeaderText{.text = little_endian(json_text.size()) + json_text,
                    .checksum_at = checksum_at};
}

std::size_t find_checksum(std::string_view header) {
  const std::size_t start = header.find(kChecksumStart);
  if (start == std::string_view::npos) return start;
  const std::size_t digits = start + kChecksumStart.size();
  return header.size() - digits < kChecksumDigits ? std::string_view::npos : digits;
}

std::string printable(std::string_view name) {
  constexpr std::size_t kMostShown = 80;
  std::string text =
      json(name.substr(0, kMostShown)).dump(-1, ' ', true, json::error_handler_t::replace);
  if (name.size() > kMostShown) text += "...";
  return text;
}

}  // namespace forknet::store
