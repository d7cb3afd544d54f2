// Formats numbers for display. Pure, independent of the locale.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forknet::report {

[[nodiscard]] std::string grouped(std::uint64_t number);  // "182,000"
[[nodiscard]] std::string percent(double share);          // "96.41 %"
// "0.0312"; "inf", "-inf" or, without a sign, "nan" if it is not finite.
[[nodiscard]] std::string figure(double value, int digits = 4);
// "12,345"; "?" for a negative or absurd number and for nan.
[[nodiscard]] std::string grouped_rate(double per_second);
[[nodiscard]] std::string duration(double seconds);    // "0.4 s", "8 s", "3 min 20 s", "2 h 5 min"
[[nodiscard]] std::string bytes(std::uint64_t count);  // "512 B", "1.2 MiB"

// Rows under a header, columns as wide as necessary, numbers right-aligned. Every row has as many
// cells as the header. Cells may hold any text; they are shown through printable().
[[nodiscard]] std::string table(const std::vector<std::string>& header,
                                const std::vector<std::vector<std::string>>& rows);

}  // namespace forknet::report
