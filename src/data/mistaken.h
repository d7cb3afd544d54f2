// Recognises, by their first bytes, files often saved by mistake in place of data files.
#pragma once

#include <string_view>

namespace forknet::data {

// "this is a web page: the download failed" for a file that begins so (64 bytes suffice), for
// messages; "": unknown.
[[nodiscard]] std::string_view mistaken_for(std::string_view head);

}  // namespace forknet::data
