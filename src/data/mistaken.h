// What is saved under the name of a data file by mistake, by how it begins.
#pragma once

#include <string_view>

namespace forknet::data {

// "this is a web page: the download failed" of a file that begins so (64 bytes tell), for messages;
// "": nothing that is known.
[[nodiscard]] std::string_view mistaken_for(std::string_view head);

}  // namespace forknet::data
