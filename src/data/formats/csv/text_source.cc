#include "data/formats/csv/text_source.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/byte_source.h"
#include "data/error.h"
#include "data/expansion.h"
#include "data/unpacker.h"
#include "data/zip_file.h"
#include "os/file.h"

namespace forknet::data::csv {
namespace {

using namespace std::string_view_literals;

constexpr auto kZipMagic = "PK\x03\x04"sv;
constexpr auto kEmptyZipMagic = "PK\x05\x06"sv;
constexpr std::size_t kShownMembers = 12;
constexpr std::size_t kMostMembers = 10'000;

bool is_zip(std::string_view head) {
  return head.starts_with(kZipMagic) || head.starts_with(kEmptyZipMagic);
}

// True: a file of the user, not a folder or a file added by macOS.
bool is_file(const std::string& member) {
  const std::string name = os::name_of(member);
  return !member.ends_with('/') && !member.starts_with("__MACOSX/") && name != ".DS_Store";
}

Result<std::vector<std::string>> files_in(const std::string& path) {
  FORKNET_ASSIGN(ZipFile zip, ZipFile::open(path));
  std::vector<std::string> files;
  while (true) {
    FORKNET_ASSIGN(const bool found, zip.next());
    if (!found) return files;
    if (!is_file(zip.member())) continue;
    if (files.size() == kMostMembers) {
      return data_error("{}: more than {} files in the zip; unpack it", path, kMostMembers);
    }
    files.push_back(zip.member());
  }
}

std::string shown(const std::vector<std::string>& files) {
  const auto some = std::span(files).first(std::min(files.size(), kShownMembers));
  return fmt::format("{}{}", fmt::join(some, ", "), some.size() < files.size() ? ", ..." : "");
}

// The name of the file to read in the zip.
Result<std::string> member_of(const TextPath& path) {
  FORKNET_ASSIGN(const std::vector<std::string> files, files_in(path.file));
  if (files.empty()) return data_error("{}: there is no file in the zip", path.file);
  if (std::find(files.begin(), files.end(), "[Content_Types].xml") != files.end()) {
    return data_error("{}: this is a file of Excel or Word: save the table as CSV", path.file);
  }
  if (path.member.empty() && files.size() == 1) return files.front();
  if (path.member.empty()) {
    return data_error("{}: {} files in the zip; name one, such as {}:{}\n  it holds {}", path.file,
                      files.size(), path.file, files.front(), shown(files));
  }
  if (std::find(files.begin(), files.end(), path.member) != files.end()) return path.member;
  return data_error("{}: no file \"{}\" in the zip\n  it holds {}", path.file, path.member,
                    shown(files));
}

Result<TextSource> open_zip(const TextPath& path) {
  FORKNET_ASSIGN(const std::string member, member_of(path));
  FORKNET_ASSIGN(ZipFile opened, ZipFile::open(path.file));
  auto zip = std::make_shared<ZipFile>(std::move(opened));
  while (zip->member() != member) {
    FORKNET_ASSIGN(const bool found, zip->next());
    if (!found) return data_error("{}: the file changes while it is read", path.file);
  }
  FORKNET_TRY(zip->check_packing());
  return TextSource{path.file + ":" + member,
                    [zip](std::span<std::byte> bytes) { return zip->read(bytes); }, 0};
}

// Limits a decompression bomb: reads at most `most` bytes.
TextSource bounded(TextSource source, std::uint64_t most) {
  auto read = [name = source.name, inner = std::move(source.read), most,
               done = std::uint64_t{0}](std::span<std::byte> bytes) mutable -> Result<std::size_t> {
    FORKNET_ASSIGN(const std::size_t got, inner(bytes));
    done += got;
    if (done <= most) return got;
    return data_error(
        "{}: unpacks to more than {} MiB, {} times the file: no table was expected to be so large\n"
        "  unpack it yourself if it is one",
        name, most >> 20, kMostExpansion);
  };
  return {source.name, std::move(read), 0};
}

Result<TextSource> open_stream(const std::string& path, Packing packing, std::uint64_t file_bytes) {
  FORKNET_ASSIGN(Unpacker unpacker, open_unpacker(path, packing));
  return bounded({path, std::move(unpacker), 0}, most_unpacked(file_bytes));
}

}  // namespace

bool is_packed_text(std::string_view head) {
  return is_zip(head) || packing_of(head) != Packing::none;
}

std::string packed_otherwise(std::string_view head) {
  struct Packer {
    std::string_view begins;
    std::string_view name;
    std::string_view tool;
  };
  // The fourth byte of bzip2 is a digit.
  constexpr std::array<Packer, 6> kPackers = {{
      {"BZh"sv, "bzip2", "bunzip2"},
      {"]\0\0"sv, "lzma", "unlzma"},
      {"\x1f\x9d"sv, "compress", "uncompress"},
      {"\x04\x22\x4d\x18"sv, "lz4", "unlz4"},
      {"7z\xbc\xaf"sv, "7z", "7z x"},
      {"Rar!\x1a"sv, "rar", "unrar x"},
  }};
  for (const Packer& packer : kPackers) {
    if (!head.starts_with(packer.begins)) continue;
    if (packer.name == "bzip2" &&
        !head.substr(std::min<std::size_t>(4, head.size())).starts_with("1AY&SY")) {
      continue;
    }
    return fmt::format(
        "packed with {}, which is not read here\n"
        "  unpack it first ({}), or pack it as gz, zip, xz or zst",
        packer.name, packer.tool);
  }
  return {};
}

TextPath text_path(const std::string& text) {
  if (os::exists(text)) return {text, {}};
  std::error_code ignored;
  for (auto colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1)) {
    const std::string file = text.substr(0, colon);
    if (std::filesystem::is_regular_file(file, ignored)) return {file, text.substr(colon + 1)};
  }
  return {text, {}};
}

Result<TextSource> open_text(const std::string& text) {
  const TextPath path = text_path(text);
  FORKNET_ASSIGN(ByteSource opened, ByteSource::open(path.file));
  if (!opened.compressed()) {
    std::array<std::byte, 8> bytes{};
    FORKNET_ASSIGN(const std::size_t got, opened.read(bytes));
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()), got);
    if (is_zip(head)) return open_zip(path);
    if (!path.member.empty()) {
      return data_error("{}: not a zip, so no file \"{}\" of it can be read", path.file,
                        path.member);
    }
    const Packing packing = packing_of(head);
    if (packing != Packing::none) return open_stream(path.file, packing, opened.file_bytes());
    FORKNET_ASSIGN(opened, ByteSource::open(path.file));
  } else if (!path.member.empty()) {
    return data_error("{}: gzip, not a zip, so no file \"{}\" of it can be read", path.file,
                      path.member);
  }
  auto source = std::make_shared<ByteSource>(std::move(opened));
  return TextSource{path.file, [source](std::span<std::byte> bytes) { return source->read(bytes); },
                    source->compressed() ? 0 : source->file_bytes()};
}

}  // namespace forknet::data::csv
