#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "nn/inits/list.h"
#include "nn/losses/list.h"
#include "nn/members/members.h"
#include "nn/optimizers/list.h"
#include "nn/schedules/list.h"
#include "settings/part_keys.h"
#include "settings/schema_parts.h"

namespace forknet::run {
namespace {

// Steps and epochs are counted in 32 bits where random numbers are keyed by them.
constexpr std::int64_t kMostSteps = std::numeric_limits<std::uint32_t>::max();

constexpr Fraction kAboveZero{0.0, true};
constexpr Fraction kNotNegative{0.0, false};

// What the parts of a list declare.
template <class Part>
std::vector<PartSettings> declared(nn::PartList<Part>& list) {
  std::vector<PartSettings> parts;
  for (const Part& part : list.all()) parts.push_back({part.kind->name(), part.kind->settings()});
  return parts;
}

// The names of the parts, then those of later versions.
Allowed names_of(const std::vector<PartSettings>& parts,
                 const std::vector<std::string_view>& not_built) {
  std::vector<Word> names;
  for (const PartSettings& part : parts) names.push_back({std::string(part.part)});
  for (const std::string_view name : not_built) names.push_back({std::string(name), false});
  return words(std::move(names));
}

// Settings of single optimizers come before those that all have.
std::vector<Key> keys_of_optimizers(const std::vector<PartSettings>& optimizers) {
  std::vector<Key> keys = part_keys("optimizer", optimizers, [](Config& config) -> Settings& {
    return config.optimizer.settings;
  });
  const auto of_all = [&](const Key& key) {
    return std::all_of(optimizers.begin(), optimizers.end(), [&](const PartSettings& part) {
      return std::any_of(part.settings.begin(), part.settings.end(),
                         [&](const SettingSpec& setting) { return setting.name == key.name(); });
    });
  };
  std::stable_partition(keys.begin(), keys.end(), [&](const Key& key) { return !of_all(key); });
  return keys;
}

Allowed words_of_losses() {
  std::vector<Word> list;
  for (const nn::LossEntry& entry : nn::losses()) list.push_back({entry.name});
  return words(std::move(list));
}

// What losses declare follows the other keys of the section.
void add_loss_keys(std::vector<Key>& keys) {
  std::vector<PartSettings> parts;
  for (const nn::LossEntry& entry : nn::losses()) parts.push_back({entry.name, entry.settings});
  std::vector<Key> own =
      part_keys("model", parts, [](Config& c) -> Settings& { return c.model.settings; });
  const auto end = std::find_if(keys.begin(), keys.end(),
                                [](const Key& key) { return key.section() != "model"; });
  keys.insert(end, std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
}

std::vector<Key> optimizer_keys() {
  const std::vector<PartSettings> optimizers = declared(nn::optimizers());
  const std::vector<PartSettings> schedules = declared(nn::schedules());
  std::vector<Key> keys = {
      {"optimizer.type", names_of(optimizers, {}), "the update rule",
       field([](auto& c) -> auto& { return c.optimizer.type; })},
      {.path = "optimizer.lr",
       .allowed = fractions(kAboveZero),
       .help = "learning rate",
       .accessor = field([](auto& c) -> auto& { return c.optimizer.lr; }),
       .live = true},
  };
  for (Key& key : keys_of_optimizers(optimizers)) keys.push_back(std::move(key));
  keys.push_back({"optimizer.decay_biases", booleans(), "weight decay on biases, too",
                  field([](auto& c) -> auto& { return c.optimizer.decay_biases; })});
  keys.push_back({"optimizer.decay_norms", booleans(),
                  "weight decay on scale and shift of layer_norm, too",
                  field([](auto& c) -> auto& { return c.optimizer.decay_norms; })});
  keys.push_back({"optimizer.schedule", names_of(schedules, {}),
                  "how the learning rate changes after the warm-up",
                  field([](auto& c) -> auto& { return c.optimizer.schedule; })});
  keys.push_back({"optimizer.warmup_steps", wholes(0, kMostSteps),
                  "steps in which the learning rate rises from 0",
                  field([](auto& c) -> auto& { return c.optimizer.warmup_steps; })});
  const auto of_schedules = part_keys("optimizer", schedules, [](Config& config) -> Settings& {
    return config.optimizer.settings;
  });
  keys.insert(keys.end(), of_schedules.begin(), of_schedules.end());
  return keys;
}

std::vector<Key> numerics_keys() {
  return {
      {"numerics.precision", words_for<Precision>({"bf16"}), "type of weights and sums",
       field([](auto& c) -> auto& { return c.numerics.precision; })},
      {"numerics.kernels", words_for<KernelChoice>(), "reference: plain loops, the same bits",
       field([](auto& c) -> auto& { return c.numerics.kernels; })},
  };
}

Allowed init_words() {
  Allowed allowed;
  allowed.words.push_back({std::string(nn::kChosenInit)});
  for (const nn::Init* known : nn::all_inits()) {
    allowed.words.push_back({std::string(known->name)});
  }
  return allowed;
}

}  // namespace

std::vector<Key> model_and_training_keys() {
  std::vector<Key> keys = {
      {.path = "model.layers",
       .allowed = {.layers = true},
       .help = "from input to output",
       .accessor = field([](auto& c) -> auto& { return c.model.layers; }),
       .required = true},
      {"model.init", init_words(),
       "distribution of the first weights; auto: he_normal for classes, glorot_uniform for "
       "numbers",
       field([](auto& c) -> auto& { return c.model.init; })},
      {"model.loss", words_of_losses(), "the loss to minimise",
       field([](auto& c) -> auto& { return c.model.loss; })},
      {"model.class_weight",
       {.table = kAboveZero, .words = {{"none"}, {"balanced"}}},
       "weights of the classes in training; balanced: all classes count the same; a table: by name",
       field([](auto& c) -> auto& { return c.model.class_weight; })},
      {"model.members", wholes(1, static_cast<std::int64_t>(nn::kMostMembers)),
       "nets that share most weights, averaged",
       field([](auto& c) -> auto& { return c.model.members; })},

      {.path = "train.epochs",
       .allowed = wholes(1),
       .help = "passes over the training rows",
       .accessor = field([](auto& c) -> auto& { return c.train.epochs; }),
       .may_change = true},
      {"train.batch", wholes(1), "samples per step, over the whole grid",
       field([](auto& c) -> auto& { return c.train.batch; })},
      {"train.leaf", whole_or({1}, {{"auto"}}),
       "rows per leaf; changes the last bits; \"auto\": from batch",
       field_or_auto([](auto& c) -> auto& { return c.train.leaf; })},
      {.path = "train.max_steps",
       .allowed = wholes(0, kMostSteps),
       .help = "largest number of steps; 0: no limit",
       .accessor = field([](auto& c) -> auto& { return c.train.max_steps; }),
       .may_change = true},
      {"train.eval_every", wholes(1), "epochs between evaluations",
       field([](auto& c) -> auto& { return c.train.eval_every; })},
      {"train.early_stop_patience", wholes(0),
       "end the run after this many evaluations without a better validation loss; 0: off",
       field([](auto& c) -> auto& { return c.train.early_stop_patience; })},
      {"train.clip_norm", fractions(kNotNegative), "largest norm of the gradient; 0.0: off",
       field([](auto& c) -> auto& { return c.train.clip_norm; })},
      {"train.clip_value", fractions(kNotNegative), "largest element of the gradient; 0.0: off",
       field([](auto& c) -> auto& { return c.train.clip_value; })},
      {.path = "train.max_seconds",
       .allowed = wholes(0),
       .help = "end at the step after this many seconds of one call; 0: no limit",
       .accessor = field([](auto& c) -> auto& { return c.train.max_seconds; }),
       .may_change = true},
  };
  add_loss_keys(keys);
  for (auto* more : {optimizer_keys, numerics_keys}) {
    for (Key& key : more()) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace forknet::run
