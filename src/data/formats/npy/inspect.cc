#include "data/formats/npy/inspect.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/npy/archive.h"
#include "data/formats/npy/header.h"
#include "data/formats/npy/numbers.h"
#include "data/formats/npy/source.h"
#include "data/formats/npy/summary.h"
#include "data/idx_header.h"

namespace forknet::data {
namespace {

Result<ArraySummary> summarize(const NpySource& source, const NpyHeader& header) {
  const bool count = header.shape.size() == 1 && header.type.kind != NpyKind::real;
  ArraySummary summary(header.rows(), header.features, count);
  FORKNET_TRY(read_npy_pieces(
      source, header, [&](std::size_t first, std::span<const double> numbers) -> Status {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          const std::size_t place = npy_place(header, first + i);
          summary.add(place / header.features, place % header.features, numbers[i]);
        }
        return {};
      }));
  return summary;
}

Result<std::string> array_text(const NpySource& source, const NpyHeader& header, bool json) {
  FORKNET_ASSIGN(const ArraySummary summary, summarize(source, header));
  const std::string type = npy_type_name(header.type);
  if (json) {
    return fmt::format("\"type\":\"{}\",\"big_endian\":{},\"fortran_order\":{},\"shape\":[{}],{}",
                       type, header.big_endian, header.fortran, fmt::join(header.shape, ","),
                       summary.json());
  }
  std::string text = fmt::format("type     {}{}{}\n", type, header.big_endian ? ", big endian" : "",
                                 header.fortran ? ", Fortran order" : "");
  text += fmt::format("shape    {} ({} rows of {} {})\n", shape_text(header.shape), header.rows(),
                      header.features, header.features == 1 ? "number" : "numbers");
  return text + summary.text();
}

// A JSON string; control characters in array names are replaced.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return result + '"';
}

std::string indented(const std::string& text) {
  std::string result = "  ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) result += "  ";
  }
  return result;
}

Result<std::string> member_text(const std::string& path, const std::string& member, bool json,
                                const ReadingProgress& progress) {
  FORKNET_ASSIGN(NpySource source, open_npz_member(path, member));
  source.progress = progress;
  const Result<NpyHeader> header = read_npy_header(source);
  std::string text = header.ok() ? "" : header.error().message + "\n";
  if (header.ok()) {
    FORKNET_ASSIGN(text, array_text(source, *header, json));
  } else if (json) {
    text = "\"error\":" + quoted(header.error().message);
  }
  if (json) return fmt::format("{{\"name\":{},{}}}", quoted(member), text);
  return member + "\n" + indented(text);
}

Result<std::string> archive_text(const std::string& path, bool json,
                                 const ReadingProgress& progress) {
  FORKNET_ASSIGN(const std::vector<std::string> members, npz_members(path));
  std::string arrays;
  for (const std::string& member : members) {
    FORKNET_ASSIGN(const std::string text, member_text(path, member, json, progress));
    arrays += (json && !arrays.empty() ? "," : "") + text;
  }
  if (json) return fmt::format("\"arrays\":[{}]", arrays);
  return fmt::format("arrays   {}\n{}", members.size(), arrays);
}

}  // namespace

Result<std::string> inspect_npy(const std::string& path, bool json,
                                const ReadingProgress& progress) {
  FORKNET_ASSIGN(const NpyFile kind, npy_file_kind(path));
  const bool archive = kind == NpyFile::archive;
  std::string inside;
  if (archive) {
    FORKNET_ASSIGN(inside, archive_text(path, json, progress));
  } else {
    FORKNET_ASSIGN(NpySource source, open_npy_file(path));
    source.progress = progress;
    FORKNET_ASSIGN(const NpyHeader header, read_npy_header(source));
    FORKNET_ASSIGN(inside, array_text(source, header, json));
  }
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(path, ignored);
  const char* format = archive ? "npz" : "npy";
  if (json) {
    return fmt::format("{{\"file\":{},\"format\":\"{}\",\"bytes\":{},{}}}\n", quoted(path), format,
                       bytes, inside);
  }
  return fmt::format("{}\nformat   {}, {} bytes\n{}", path, archive ? "NPZ" : "NPY", bytes, inside);
}

}  // namespace forknet::data
