// "did you mean": the known word that is closest to a mistyped one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forknet {

// The candidate with the fewest edits (a letter added, lost or changed, or two swapped), if they
// are few for the word's length; otherwise nothing.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

// `did you mean "units"?`, or "" when nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string>& candidates);

}  // namespace forknet
