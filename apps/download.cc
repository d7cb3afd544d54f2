#include "apps/download.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/try.h"
#include "base/version.h"
#include "data/byte_source.h"
#include "os/file.h"

namespace forknet::apps {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 26;
constexpr std::size_t kPieceBytes = std::size_t{1} << 18;
constexpr int kMostAttempts = 100;
constexpr int kMostIdle = 2;  // attempts in a row without new bytes
constexpr long kMostRedirects = 5;
constexpr long kConnectSeconds = 30;
constexpr long kSilentSeconds = 60;
constexpr long kPartial = 206;
constexpr long kRangeRefused = 416;

Error data_error(std::string message) { return Error{ErrorKind::data, std::move(message)}; }

struct FreeCurl {
  const FetchLibraries* libraries;
  void operator()(CURL* curl) const { libraries->easy_cleanup(curl); }
};
struct FreeDigest {
  const FetchLibraries* libraries;
  void operator()(EVP_MD_CTX* digest) const { libraries->free_digest(digest); }
};

std::uint64_t size_of(const std::string& path) {
  std::error_code absent;
  const auto size = std::filesystem::file_size(path, absent);
  return absent ? 0 : size;
}

// One request and its result.
struct Transfer {
  const FetchLibraries* libraries = nullptr;
  CURL* curl = nullptr;
  const DownloadProgress* progress = nullptr;
  std::string part;
  os::Fd file;
  std::uint64_t held = 0;      // bytes in the file
  std::uint64_t total = 0;     // bytes in all, if the server says so
  bool begun = false;          // the first bytes have come
  std::optional<Error> error;  // of forknet, in a callback

  Status begin();
  Status take(std::span<const std::byte> bytes);
};

// The first byte that the server sends: "bytes 100-199/200".
std::optional<std::uint64_t> range_begin(const FetchLibraries& libraries, CURL* curl) {
  curl_header* header = nullptr;
  if (libraries.easy_header(curl, "Content-Range", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
    return std::nullopt;
  }
  std::string_view text(header->value);
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  std::uint64_t begin = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), begin);
  return failed == std::errc() ? std::optional(begin) : std::nullopt;
}

// Before the first bytes: if the server does not send parts, the file starts again.
Status Transfer::begin() {
  begun = true;
  long code = 0;
  libraries->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
  if (code != kPartial && held > 0) {
    FORKNET_TRY(os::truncate_file(part, 0));
    held = 0;
  } else if (code == kPartial && range_begin(*libraries, curl) != held) {
    return data_error("the server sent another part than requested");
  }
  curl_off_t length = -1;
  libraries->easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  total = length > 0 ? held + static_cast<std::uint64_t>(length) : 0;
  return {};
}

Status Transfer::take(std::span<const std::byte> bytes) {
  if (!begun) FORKNET_TRY(begin());
  if (held + bytes.size() > kMostBytes) {
    return data_error(fmt::format("more than {} bytes come: this is not the data set", kMostBytes));
  }
  FORKNET_TRY(os::write_all(file, bytes));
  held += bytes.size();
  (*progress)(held, total);
  return {};
}

std::size_t on_bytes(char* bytes, std::size_t, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const Status taken = transfer->take(std::as_bytes(std::span(bytes, count)));
  if (taken.ok()) return count;
  transfer->error = taken.error();
  return 0;
}

void set_options(const std::string& url, Transfer& transfer, std::string& problem) {
  const auto set = [&transfer](CURLoption option, auto value) {
    transfer.libraries->easy_setopt(transfer.curl, option, value);
  };
  problem.assign(CURL_ERROR_SIZE, '\0');
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_ERRORBUFFER, problem.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kMostRedirects);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
  set(CURLOPT_USERAGENT, (std::string("forknet/") + kVersion).c_str());
  set(CURLOPT_WRITEFUNCTION, on_bytes);
  set(CURLOPT_WRITEDATA, &transfer);
  if (transfer.held > 0) {
    set(CURLOPT_RANGE, fmt::format("{}-", transfer.held).c_str());
  }
}

struct Attempt {
  bool complete = false;
  bool again = false;          // another attempt may bring more
  std::optional<Error> error;  // if it is not complete
};

Result<Attempt> attempt(const FetchLibraries& libraries, const Download& what,
                        const DownloadProgress& progress) {
  const std::unique_ptr<CURL, FreeCurl> curl(libraries.easy_init(), FreeCurl{&libraries});
  if (!curl) return Error{ErrorKind::internal, what.url + ": no memory for a connection"};
  Transfer transfer;
  transfer.libraries = &libraries;
  transfer.curl = curl.get();
  transfer.progress = &progress;
  transfer.part = what.path + ".part";
  FORKNET_ASSIGN(transfer.file, os::open_append(transfer.part));
  transfer.held = size_of(transfer.part);
  std::string problem;
  set_options(what.url, transfer, problem);
  const CURLcode code = libraries.easy_perform(curl.get());
  if (transfer.error) {
    return Error{transfer.error->kind, what.url + ": " + transfer.error->message};
  }
  if (code == CURLE_OK) return Attempt{true, false, {}};
  long answer = 0;
  libraries.easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
  if (code == CURLE_HTTP_RETURNED_ERROR && answer == kRangeRefused) {
    FORKNET_TRY(os::remove_file(transfer.part));
  }
  const bool cut = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR ||
                   code == CURLE_GOT_NOTHING || code == CURLE_OPERATION_TIMEDOUT ||
                   answer == kRangeRefused;
  const char* text = problem[0] != '\0' ? problem.c_str() : libraries.easy_strerror(code);
  return Attempt{false, cut, data_error(fmt::format("{}: {}", what.url, text))};
}

// Repeats attempts until all bytes are there, or several in a row bring no new bytes.
Status fill_part(const FetchLibraries& libraries, const Download& what,
                 const DownloadProgress& progress) {
  const std::string part = what.path + ".part";
  std::uint64_t most = size_of(part);
  int idle = 0;
  for (int attempts = 0;; ++attempts) {
    FORKNET_ASSIGN(const Attempt result, attempt(libraries, what, progress));
    if (result.complete) return {};
    const std::uint64_t held = size_of(part);
    idle = held > most ? 0 : idle + 1;
    most = std::max(most, held);
    if (result.again && idle < kMostIdle && attempts < kMostAttempts) continue;
    const std::string kept =
        held == 0 ? ""
                  : fmt::format("\n{} bytes are kept in {}: the same command continues from there",
                                held, part);
    return data_error(result.error->message + kept);
  }
}

// What was downloaded instead of the data, by its first bytes.
std::string seems_to_be(const std::string& path) {
  auto source = data::ByteSource::open(path);
  std::array<std::byte, 64> head{};
  if (!source.ok()) return "";
  const auto got = source->read(head);
  if (!got.ok()) return ": the packed file is damaged";
  const std::string_view text(reinterpret_cast<const char*>(head.data()), *got);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (*got == 0) return ": an empty file";
  return first != std::string_view::npos && text[first] == '<' ? ": a web page" : "";
}

// Moves the finished part to its path.
Status publish(const std::string& part, const std::string& path) {
  FORKNET_ASSIGN(const os::Fd from, os::open_read(part));
  FORKNET_ASSIGN(auto to, os::DurableFile::create(path, 0644));
  std::vector<std::byte> piece(kPieceBytes);
  while (true) {
    FORKNET_ASSIGN(const std::size_t got, os::read_some(from, piece));
    if (got == 0) break;
    FORKNET_TRY(to.write(std::span<const std::byte>(piece).first(got)));
  }
  FORKNET_TRY(to.commit());
  return os::remove_file(part);
}

bool has_content(const FetchLibraries& libraries, const std::string& path,
                 const std::string& sha256) {
  if (size_of(path) == 0) return false;
  const Result<std::string> digest = content_sha256(libraries, path);
  return digest.ok() && *digest == sha256;
}

}  // namespace

Result<std::string> content_sha256(const FetchLibraries& libraries, const std::string& path) {
  FORKNET_ASSIGN(auto source, data::ByteSource::open(path));
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(libraries.new_digest(),
                                                       FreeDigest{&libraries});
  std::vector<std::byte> piece(kPieceBytes);
  bool good = digest && libraries.digest_init(digest.get(), libraries.sha256(), nullptr) == 1;
  while (good) {
    FORKNET_ASSIGN(const std::size_t got, source.read(piece));
    if (got == 0) break;
    good = libraries.digest_update(digest.get(), piece.data(), got) == 1;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  good = good && libraries.digest_final(digest.get(), bytes.data(), &size) == 1;
  if (!good) return Error{ErrorKind::internal, path + ": sha256 cannot be computed"};
  return fmt::format("{:02x}", fmt::join(std::span(bytes).first(size), ""));
}

Status download(const FetchLibraries& libraries, const Download& what,
                const DownloadProgress& progress) {
  const std::string part = what.path + ".part";
  // Downloads again from the start if an older part may be the fault.
  for (bool resumed = size_of(part) > 0;; resumed = false) {
    if (!has_content(libraries, part, what.sha256))
      FORKNET_TRY(fill_part(libraries, what, progress));
    if (has_content(libraries, part, what.sha256)) return publish(part, what.path);
    const Result<std::string> digest = content_sha256(libraries, part);
    const std::string seems = seems_to_be(part);
    FORKNET_TRY(os::remove_file(part));
    if (resumed) continue;
    return data_error(fmt::format(
        "{}: not the data set{}\nsha256 of the content: {}\nexpected:              {}\n"
        "nothing of it is kept",
        what.url, seems, digest.ok() ? *digest : "none, it cannot be unpacked", what.sha256));
  }
}

}  // namespace forknet::apps
