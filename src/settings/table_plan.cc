#include "settings/table_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "settings/value.h"

namespace forknet::run {
namespace {

using data::csv::ColumnProfile;
using data::csv::Profile;

struct Plan {
  const char* dropout = "0.1";
  const char* scale = "standard";
  std::int64_t batch = 32;
  std::int64_t epochs = 0;
  std::int64_t most_epochs = 150;
  const char* rate = "0.003";  // learning rate
  // For classes the last weights are the best: the validation loss rises long before the accuracy
  // falls, and validation rows are lost for training.
  const char* validation = "0.0";
  const char* best = "off";
};

// The largest value if the columns are of one kind, such as pixels of pictures: many columns of
// whole numbers from 0 up, at least half with the same largest value; else 0. Standardised, a pixel
// that is rarely lit would outweigh all others.
float shared_range(const Profile& profile, std::size_t target) {
  constexpr std::size_t kFewest = 32;
  std::map<float, std::size_t> counts;  // of columns, by their largest value
  std::size_t columns = 0;
  for (std::size_t c = 0; c < profile.columns.size(); ++c) {
    const ColumnProfile& column = profile.columns[c];
    if (c == target || !column.useless.empty()) continue;
    const bool fits = !column.text && column.missing == 0 && column.whole && column.low >= 0;
    if (!fits) return 0;
    ++counts[column.high];
    ++columns;
  }
  if (columns < kFewest) return 0;
  const auto [high, count] =
      *std::max_element(counts.begin(), counts.end(),
                        [](const auto& a, const auto& b) { return a.second < b.second; });
  // Columns of 0 and 1 need no common scale.
  return 2 * count >= columns && high > 1 && high == counts.rbegin()->first ? high : 0;
}

constexpr std::int64_t kSteps = 33000;

Plan plan_for(std::size_t rows, bool classes) {
  Plan plan;
  plan.batch = rows < 500 ? 16 : rows < 10000 ? 32 : rows < 100000 ? 64 : 128;
  const auto trained = static_cast<std::int64_t>(rows) * 7 / 10;
  const std::int64_t steps_of_an_epoch = std::max<std::int64_t>(1, trained / plan.batch);
  if (!classes) {
    plan.most_epochs = 200;
    plan.rate = "0.001";
    plan.dropout = "0.3";
    plan.validation = "0.1";
    plan.best = "validation/loss";
  }
  plan.epochs = std::clamp<std::int64_t>(kSteps / steps_of_an_epoch, 5, plan.most_epochs);
  return plan;
}

std::string layers_text(const Plan& plan, std::size_t units) {
  std::string text = "[";
  for (const int width : {128, 64}) {
    text += fmt::format(
        "{{ type = \"dense\", units = {}, activation = \"relu\" }}, "
        "{{ type = \"dropout\", rate = {} }}, ",
        width, plan.dropout);
  }
  return text + fmt::format("{{ type = \"dense\", units = {} }}]", units);
}

}  // namespace

std::vector<Setting> planned_settings(const Profile& profile, std::size_t target, bool classes) {
  Plan plan = plan_for(profile.rows, classes);
  if (const float high = shared_range(profile, target); high > 0) {
    plan.scale = high == 255 ? "unit" : "minmax";
    plan.rate = "0.001";
  }
  const std::size_t units = classes ? profile.columns[target].distinct : 1;
  std::vector<Setting> settings = {
      {"data.validation", plan.validation, ""},
      {"data.scale", toml_text_of(plan.scale), ""},
      {"model.layers", layers_text(plan, units), ""},
      {"train.epochs", fmt::format("{}", plan.epochs), ""},
      {"train.batch", fmt::format("{}", plan.batch), ""},
      {"optimizer.lr", plan.rate, ""},
      {"optimizer.schedule", "\"cosine\"", ""},
      {"checkpoint.best", toml_text_of(plan.best), ""},
  };
  if (!classes) settings.push_back({"model.loss", "\"mse\"", ""});
  return settings;
}

}  // namespace forknet::run
