#include "apps/fetch_libraries.h"

#include "base/try.h"
#include "os/shared_library.h"

namespace forknet::apps {
namespace {

// Those whose headers the program is compiled with.
constexpr const char* kCurl = "libcurl.so.4";
constexpr const char* kCrypto = "libcrypto.so.3";

Status find_curl(const os::SharedLibrary& curl, FetchLibraries& to) {
  FORKNET_TRY(curl.find("curl_global_init", to.global_init));
  FORKNET_TRY(curl.find("curl_global_cleanup", to.global_cleanup));
  FORKNET_TRY(curl.find("curl_easy_init", to.easy_init));
  FORKNET_TRY(curl.find("curl_easy_cleanup", to.easy_cleanup));
  FORKNET_TRY(curl.find("curl_easy_setopt", to.easy_setopt));
  FORKNET_TRY(curl.find("curl_easy_perform", to.easy_perform));
  FORKNET_TRY(curl.find("curl_easy_getinfo", to.easy_getinfo));
  FORKNET_TRY(curl.find("curl_easy_header", to.easy_header));
  return curl.find("curl_easy_strerror", to.easy_strerror);
}

Status find_digests(const os::SharedLibrary& crypto, FetchLibraries& to) {
  FORKNET_TRY(crypto.find("EVP_MD_CTX_new", to.new_digest));
  FORKNET_TRY(crypto.find("EVP_MD_CTX_free", to.free_digest));
  FORKNET_TRY(crypto.find("EVP_sha256", to.sha256));
  FORKNET_TRY(crypto.find("EVP_DigestInit_ex", to.digest_init));
  FORKNET_TRY(crypto.find("EVP_DigestUpdate", to.digest_update));
  return crypto.find("EVP_DigestFinal_ex", to.digest_final);
}

Result<os::SharedLibrary> library(const char* name, const char* package) {
  auto opened = os::SharedLibrary::open(name);
  if (opened.ok()) return opened;
  return Error{ErrorKind::internal,
               opened.error().message + "\ndata fetch needs it: apt-get install " + package};
}

}  // namespace

Result<FetchLibraries> load_fetch_libraries() {
  FORKNET_ASSIGN(const auto curl, library(kCurl, "libcurl4"));
  FORKNET_ASSIGN(const auto crypto, library(kCrypto, "libssl3"));
  FetchLibraries found;
  FORKNET_TRY(find_curl(curl, found));
  FORKNET_TRY(find_digests(crypto, found));
  return found;
}

}  // namespace forknet::apps
