// Downloads one file from a web server, complete and verified, or not at all. One thread at a time.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>
#include <string>

#include "apps/fetch_libraries.h"

namespace forknet::apps {

struct Download {
  std::string url;     // http or https, also after redirects
  std::string path;    // of the file
  std::string sha256;  // in hex, of the content, unpacked if it is gzip
};

// Bytes so far, and bytes in all (0: not known).
using DownloadProgress = std::function<void(std::uint64_t, std::uint64_t)>;

// Fills PATH.part, continues what an earlier call left in it if the server can send parts (RFC
// 9110, 14), and reconnects after an interruption as long as that brings bytes. If the digest
// matches, the content is moved to PATH, durably; if not, nothing stays. Errors (data): the server,
// the network, more bytes than a data set may have, other content.
[[nodiscard]] Status download(const FetchLibraries& libraries, const Download& what,
                              const DownloadProgress& progress);

// The sha256 of the content of a file, unpacked if it is gzip, in hex.
[[nodiscard]] Result<std::string> content_sha256(const FetchLibraries& libraries,
                                                 const std::string& path);

}  // namespace forknet::apps
