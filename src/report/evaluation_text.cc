#include "report/evaluation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nn/metrics/list.h"
#include "report/confusion.h"
#include "report/result_text.h"
#include "report/text.h"

namespace forknet::report {
namespace {

constexpr std::size_t kMostShownClasses = 20;  // that fit on a screen, as of the matrix
constexpr std::size_t kWorstClasses = 10;

std::uint64_t rows_of(const nn::ClassTable& table, std::size_t of_class) {
  const auto& counts = table.counts()[of_class];
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

// In their order, or the worst first.
std::vector<std::size_t> shown_classes(const nn::ClassTable& table) {
  std::vector<std::size_t> shown(table.counts().size());
  std::iota(shown.begin(), shown.end(), 0);
  if (shown.size() <= kMostShownClasses) return shown;
  const auto without_rows =
      std::remove_if(shown.begin(), shown.end(), [&](auto c) { return rows_of(table, c) == 0; });
  shown.erase(without_rows, shown.end());
  std::stable_sort(shown.begin(), shown.end(),
                   [&](auto a, auto b) { return table.sums().f1(a) < table.sums().f1(b); });
  shown.resize(std::min(shown.size(), kWorstClasses));
  return shown;
}

}  // namespace

std::string whole_evaluation_text(const Evaluation& evaluation) {
  std::string first;
  std::string second;
  for (const nn::MetricEntry& metric : nn::metrics()) {
    const auto value = evaluation.value(metric.name);
    if (!value) continue;
    std::string& line = metric.in_training ? first : second;
    line += metric_text(metric, *value) + "  ";
  }
  if (!second.empty()) second.replace(second.size() - 2, 2, "\n");
  return fmt::format("{}rows {}\n{}", first, evaluation.rows, second);
}

std::string by_class_text(const nn::ClassTable& table_of, const std::vector<std::string>& names) {
  const nn::ClassSums& sums = table_of.sums();
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t c : shown_classes(table_of)) {
    rows.push_back({class_name(names, c), std::to_string(rows_of(table_of, c)),
                    percent(sums.precision(c)), percent(sums.recall(c)), percent(sums.f1(c))});
  }
  return table({"class", "rows", "precision", "recall", "f1"}, rows);
}

nlohmann::json by_class_json(const nn::ClassTable& table) {
  nlohmann::json object = {{"rows", nlohmann::json::array()},
                           {"precision", nlohmann::json::array()},
                           {"recall", nlohmann::json::array()},
                           {"f1", nlohmann::json::array()}};
  const nn::ClassSums& sums = table.sums();
  for (std::size_t c = 0; c < table.counts().size(); ++c) {
    object["rows"].push_back(rows_of(table, c));
    object["precision"].push_back(sums.precision(c));
    object["recall"].push_back(sums.recall(c));
    object["f1"].push_back(sums.f1(c));
  }
  return object;
}

}  // namespace forknet::report
