// One file from a web server to the disk, whole and verified, or not at all. Not for two threads at
// once.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>
#include <string>

namespace forknet::apps {

struct Download {
  std::string url;     // http or https, also of what it redirects to
  std::string path;    // where the file goes
  std::string sha256;  // in hex, of the content, unpacked where it is gzip
};

// Bytes that are there, and bytes in all; 0: the server does not say.
using DownloadProgress = std::function<void(std::uint64_t, std::uint64_t)>;

// Fills PATH.part and goes on with what an earlier call left in it, where the server can send parts
// (RFC 9110, 14); a connection that is cut is taken up again as long as that brings bytes. When the
// digest is right the content takes its place under PATH, durably; when it is wrong, nothing stays.
// Errors (data): the server, the network, more bytes than a data set may have, another content.
[[nodiscard]] Status download(const Download& what, const DownloadProgress& progress);

// sha256 of the content of a file, unpacked where it is gzip, in hex.
[[nodiscard]] Result<std::string> content_sha256(const std::string& path);

}  // namespace forknet::apps
