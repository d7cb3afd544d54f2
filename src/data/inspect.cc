#include "data/inspect.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>

#include "base/try.h"
#include "data/error.h"
#include "data/idx_header.h"
#include "data/json_text.h"

namespace forknet::data {
namespace {

constexpr std::size_t kMostCounted = 100;  // distinct values counted

struct Summary {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  double sum = 0;
  std::size_t not_finite = 0;
  std::map<double, std::size_t> counts;  // of the first kMostCounted + 1 values

  void add(double number, bool count) {
    if (!std::isfinite(number)) {
      ++not_finite;
      return;
    }
    low = std::min(low, number);
    high = std::max(high, number);
    sum += number;
    if (count && counts.size() <= kMostCounted) ++counts[number];
  }
};

std::string counts_text(const Summary& summary) {
  if (summary.counts.empty()) return {};
  if (summary.counts.size() > kMostCounted) {
    return fmt::format("values   more than {} different ones\n", kMostCounted);
  }
  std::string text = fmt::format("values   {} different ones\n", summary.counts.size());
  for (const auto& [value, count] : summary.counts) {
    text += fmt::format("  {:>5}  {}\n", value, count);
  }
  return text;
}

std::string range_text(const Summary& summary, std::size_t numbers) {
  std::string text;
  const std::size_t finite = numbers - summary.not_finite;
  if (finite > 0) {
    text = fmt::format("range    {} .. {}, mean {:.6g}\n", summary.low, summary.high,
                       summary.sum / static_cast<double>(finite));
  }
  if (summary.not_finite > 0) {
    text += fmt::format("         {} numbers are NaN or infinite: no model can train on them\n",
                        summary.not_finite);
  }
  return text;
}

std::string json_of(const std::string& path, const IdxHeader& header, const Summary& summary) {
  const std::size_t finite = header.rows() * header.features - summary.not_finite;
  std::string text = fmt::format(
      "{{\"file\":{},\"format\":\"idx\",\"type\":\"{}\",\"shape\":[{}],\"rows\":{},"
      "\"features\":{},\"not_finite\":{}",
      json_text(path), idx_type_name(header.type), fmt::join(header.shape, ","), header.rows(),
      header.features, summary.not_finite);
  if (finite > 0) {
    text += fmt::format(",\"low\":{},\"high\":{},\"mean\":{}", summary.low, summary.high,
                        summary.sum / static_cast<double>(finite));
  }
  if (!summary.counts.empty() && summary.counts.size() <= kMostCounted) {
    std::string counts;
    for (const auto& [value, count] : summary.counts) {
      counts += fmt::format("{}[{},{}]", counts.empty() ? "" : ",", value, count);
    }
    text += fmt::format(",\"values\":[{}]", counts);
  }
  return text + "}\n";
}

}  // namespace

Result<std::string> inspect_idx(const std::string& path, bool json,
                                const ReadingProgress& progress) {
  FORKNET_ASSIGN(ByteSource source, ByteSource::open(path));
  FORKNET_ASSIGN(const IdxHeader header, read_idx_header(source));
  const bool count = header.shape.size() == 1 && idx_is_integer(header.type);
  Summary summary;
  FORKNET_TRY(read_idx_numbers(
      source, header,
      [&](std::size_t, std::span<const double> numbers) -> Status {
        for (const double number : numbers) summary.add(number, count);
        return {};
      },
      progress));
  if (json) return json_of(path, header, summary);
  std::string text = fmt::format("{}\n", path);
  text += fmt::format("format   IDX{}, {} bytes\n", source.compressed() ? " in gzip" : "",
                      source.file_bytes());
  text += fmt::format("type     {}\n", idx_type_name(header.type));
  text += fmt::format("shape    {} ({} rows of {} {})\n", shape_text(header.shape), header.rows(),
                      header.features, header.features == 1 ? "number" : "numbers");
  text += range_text(summary, header.rows() * header.features);
  text += counts_text(summary);
  return text;
}

}  // namespace forknet::data
