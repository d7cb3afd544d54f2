// libcurl and libcrypto, which downloads alone need. They are loaded for them: linked, these two
// and thirty libraries below them would be loaded whenever the program starts, and each cell starts
// it.
#pragma once

#include <curl/curl.h>
#include <forknet/result.h>
#include <openssl/evp.h>

namespace forknet::apps {

// Their functions, named as there but for curl_ and EVP_.
struct FetchLibraries {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_global_cleanup) global_cleanup = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_header) easy_header = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::EVP_MD_CTX_new) new_digest = nullptr;
  decltype(&::EVP_MD_CTX_free) free_digest = nullptr;
  decltype(&::EVP_sha256) sha256 = nullptr;
  decltype(&::EVP_DigestInit_ex) digest_init = nullptr;
  decltype(&::EVP_DigestUpdate) digest_update = nullptr;
  decltype(&::EVP_DigestFinal_ex) digest_final = nullptr;
};

// Errors (internal): a library is missing; the message names its package.
[[nodiscard]] Result<FetchLibraries> load_fetch_libraries();

}  // namespace forknet::apps
