#include "report/confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "report/text.h"
#include "settings/problem.h"

namespace forknet::report {
namespace {
using run::printable;

constexpr std::size_t kWidestMatrix = 20;  // classes that fit on a screen
constexpr std::size_t kWorst = 10;         // pairs

}  // namespace

std::string class_name(const std::vector<std::string>& names, std::size_t label) {
  return label < names.size() ? printable(names[label], 20) : std::to_string(label);
}

std::size_t predicted_class(std::span<const float> outputs) {
  return static_cast<std::size_t>(std::max_element(outputs.begin(), outputs.end()) -
                                  outputs.begin());
}

std::string Confusion::text(const std::vector<std::string>& names) const {
  return counts_.size() <= kWidestMatrix ? matrix_text(names) : worst_text(names);
}

std::string Confusion::matrix_text(const std::vector<std::string>& names) const {
  std::vector<std::string> header = {"label \\ predicted"};
  std::vector<std::vector<std::string>> rows;
  for (std::size_t label = 0; label < counts_.size(); ++label) {
    header.push_back(class_name(names, label));
    std::vector<std::string> row = {class_name(names, label)};
    for (const std::uint64_t count : counts_[label]) row.push_back(std::to_string(count));
    rows.push_back(std::move(row));
  }
  return table(header, rows);
}

std::string Confusion::worst_text(const std::vector<std::string>& names) const {
  std::vector<std::tuple<std::uint64_t, std::size_t, std::size_t>> pairs;
  for (std::size_t label = 0; label < counts_.size(); ++label) {
    for (std::size_t other = 0; other < counts_.size(); ++other) {
      if (label != other && counts_[label][other] > 0) {
        pairs.emplace_back(counts_[label][other], label, other);
      }
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
    return std::get<0>(a) != std::get<0>(b) ? std::get<0>(a) > std::get<0>(b) : a < b;
  });
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < std::min(kWorst, pairs.size()); ++i) {
    const auto& [count, label, other] = pairs[i];
    rows.push_back({std::to_string(count), class_name(names, label), class_name(names, other)});
  }
  return table({"rows", "label", "predicted"}, rows);
}

}  // namespace forknet::report
