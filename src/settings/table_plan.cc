#include "settings/table_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "settings/value.h"

namespace forknet::run {
namespace {

using data::csv::ColumnProfile;
using data::csv::Profile;

struct Plan {
  std::vector<int> widths{128, 128, 128};
  const char* activation = "silu";
  const char* dropout = "0.3";
  const char* scale = "robust";
  const char* bins = "8";
  std::int64_t batch = 32;
  std::int64_t steps = 16500;
  std::int64_t most_epochs = 75;
  const char* rate = "0.003";  // learning rate
  // For more than two classes the last weights are the best, and validation rows are lost for
  // training.
  const char* validation = "0.0";
  const char* best = "off";
};

// The largest value if the columns are of one kind, such as pixels of pictures: at least `fewest`
// columns of whole numbers from 0 up, at least half with the same largest value; else 0.
float shared_range(const Profile& profile, std::size_t target, std::size_t fewest) {
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
  if (columns < fewest) return 0;
  const auto [high, count] =
      *std::max_element(counts.begin(), counts.end(),
                        [](const auto& a, const auto& b) { return a.second < b.second; });
  // Columns of 0 and 1 need no common scale.
  return 2 * count >= columns && high > 1 && high == counts.rbegin()->first ? high : 0;
}

// Columns of one kind say little each: a wide net mixes them, and bins of each only cost.
void plan_one_kind(Plan& plan, const Profile& profile, std::size_t target, bool classes) {
  constexpr std::size_t kFewest = 8, kFewestWithOneScale = 32;
  if (shared_range(profile, target, kFewest) == 0) return;
  plan.bins = "0";
  plan.scale = "standard";
  if (classes) {
    plan.widths = {256, 256};
    plan.dropout = "0.2";
  }
  // Standardised, a pixel that is rarely lit would outweigh all others.
  if (const float high = shared_range(profile, target, kFewestWithOneScale); high > 0) {
    plan.scale = high == 255 ? "unit" : "minmax";
    plan.rate = "0.001";
  }
}

Plan plan_of_numbers() {
  Plan plan;
  plan.widths = {128, 64};
  plan.activation = "relu";
  plan.scale = "standard";
  plan.steps = 33000;
  plan.most_epochs = 200;
  plan.rate = "0.001";
  plan.validation = "0.1";
  plan.best = "validation/loss";
  return plan;
}

Plan plan_of_classes(std::size_t classes) {
  Plan plan;
  if (classes == 2) {  // often not to be told apart by the columns: the log loss says when to end
    plan.validation = "0.1";
    plan.best = "validation/log_loss";
  }
  return plan;
}

std::int64_t epochs_of(const Plan& plan, std::size_t rows) {
  const auto trained = static_cast<std::int64_t>(rows) * 7 / 10;
  const std::int64_t steps_of_an_epoch = std::max<std::int64_t>(1, trained / plan.batch);
  return std::clamp<std::int64_t>(plan.steps / steps_of_an_epoch, 5, plan.most_epochs);
}

// Every column of numbers would become nine inputs.
bool too_wide_for_bins(const Profile& profile) {
  constexpr std::size_t kMostColumns = 100;
  return profile.columns.size() > kMostColumns + 1;
}

Plan plan_for(const Profile& profile, std::size_t target, bool classes) {
  Plan plan = classes ? plan_of_classes(profile.columns[target].distinct) : plan_of_numbers();
  const std::size_t rows = profile.rows;
  plan.batch = rows < 500 ? 16 : rows < 10000 ? 32 : rows < 100000 ? 64 : 128;
  if (too_wide_for_bins(profile)) plan.bins = "0";
  plan_one_kind(plan, profile, target, classes);
  return plan;
}

std::string layers_text(const Plan& plan, std::size_t units) {
  std::string text = "[";
  for (const int width : plan.widths) {
    text += fmt::format(
        "{{ type = \"dense\", units = {}, activation = \"{}\" }}, "
        "{{ type = \"dropout\", rate = {} }}, ",
        width, plan.activation, plan.dropout);
  }
  return text + fmt::format("{{ type = \"dense\", units = {} }}]", units);
}

}  // namespace

std::vector<Setting> planned_settings(const Profile& profile, std::size_t target, bool classes) {
  const Plan plan = plan_for(profile, target, classes);
  const std::size_t units = classes ? profile.columns[target].distinct : 1;
  std::vector<Setting> settings = {
      {"data.validation", plan.validation, ""},
      {"data.scale", toml_text_of(plan.scale), ""},
      {"data.bins", plan.bins, ""},
      {"model.layers", layers_text(plan, units), ""},
      {"train.epochs", fmt::format("{}", epochs_of(plan, profile.rows)), ""},
      {"train.batch", fmt::format("{}", plan.batch), ""},
      {"optimizer.lr", plan.rate, ""},
      {"optimizer.type", "\"adamw\"", ""},
      {"optimizer.weight_decay", "0.01", ""},
      {"optimizer.schedule", "\"one_cycle\"", ""},
      {"checkpoint.best", toml_text_of(plan.best), ""},
  };
  settings.push_back(classes ? Setting{"model.label_smoothing", "0.1", ""}
                             : Setting{"model.loss", "\"mse\"", ""});
  return settings;
}

}  // namespace forknet::run
