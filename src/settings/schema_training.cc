#include <algorithm>
#include <iterator>
#include <limits>

#include "nn/losses/list.h"
#include "settings/part_keys.h"
#include "settings/schema_parts.h"

namespace forknet::run {
namespace {

// Steps and epochs are counted in 32 bits where random numbers are keyed by them.
constexpr std::int64_t kMostSteps = std::numeric_limits<std::uint32_t>::max();

constexpr Fraction kAboveZero{0.0, true};
constexpr Fraction kNotNegative{0.0, false};
constexpr Fraction kShare{0.0, false, 1.0};

// The names of the list, then those of later versions.
Allowed words_of_losses() {
  std::vector<Word> list;
  for (const nn::LossEntry& entry : nn::losses()) list.push_back({entry.name});
  for (const char* name : {"binary_cross_entropy", "mae", "huber", "quantile", "poisson"}) {
    if (nn::find_loss(name) == nullptr) list.push_back({name, false});
  }
  return words(std::move(list));
}

// What losses declare follows the other keys of the section, and takes the place of a key that is
// not built.
void add_loss_keys(std::vector<Key>& keys) {
  std::vector<PartSettings> parts;
  for (const nn::LossEntry& entry : nn::losses()) parts.push_back({entry.name, entry.settings});
  std::vector<Key> own =
      part_keys("model", parts, [](Config& c) -> Settings& { return c.model.settings; });
  for (const Key& key : own) {
    std::erase_if(keys, [&](const Key& other) { return other.path == key.path; });
  }
  const auto end = std::find_if(keys.begin(), keys.end(),
                                [](const Key& key) { return key.section() != "model"; });
  keys.insert(end, std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
}

std::vector<Key> optimizer_keys() {
  return {
      {"optimizer.type",
       words_for<OptimizerType>({"nesterov", "adamw", "rmsprop", "adagrad", "lion"}),
       "the update rule", field([](auto& c) -> auto& { return c.optimizer.type; })},
      {.path = "optimizer.lr",
       .allowed = fractions(kAboveZero),
       .help = "learning rate",
       .accessor = field([](auto& c) -> auto& { return c.optimizer.lr; }),
       .live = true},
      {"optimizer.momentum", fractions(kShare), "momentum: factor of the previous update",
       field([](auto& c) -> auto& { return c.optimizer.momentum; })},
      {"optimizer.betas", {.pair = kShare}, "adam: decay of the two averages", field([
       ](auto& c) -> auto& { return c.optimizer.betas; })},
      {"optimizer.eps", fractions(kAboveZero), "adam: added to the divisor",
       field([](auto& c) -> auto& { return c.optimizer.eps; })},
      {"optimizer.weight_decay", fractions(kNotNegative), "L2 penalty, added to the gradient",
       field([](auto& c) -> auto& { return c.optimizer.weight_decay; })},
      {"optimizer.schedule",
       words_for<LearningRateSchedule>({"step", "linear", "one_cycle", "polynomial", "plateau"}),
       "how the learning rate changes after the warm-up",
       field([](auto& c) -> auto& { return c.optimizer.schedule; })},
      {"optimizer.warmup_steps", wholes(0, kMostSteps),
       "steps in which the learning rate rises from 0",
       field([](auto& c) -> auto& { return c.optimizer.warmup_steps; })},
      {"optimizer.decay_steps", wholes(0, kMostSteps),
       "cosine: its length in steps; 0: the whole run",
       field([](auto& c) -> auto& { return c.optimizer.decay_steps; })},
      {"optimizer.decay_rate",
       fractions(kAboveZero),
       "step schedule: factor of each decay",
       {},
       "0.1"},
      {"optimizer.final_lr", fractions(kNotNegative), "cosine: the learning rate at its end",
       field([](auto& c) -> auto& { return c.optimizer.final_lr; })},
      {"numerics.precision", words_for<Precision>({"bf16"}), "type of weights and sums",
       field([](auto& c) -> auto& { return c.numerics.precision; })},
      {"numerics.kernels", words_for<KernelChoice>(), "reference: plain loops, the same bits",
       field([](auto& c) -> auto& { return c.numerics.kernels; })},
  };
}

}  // namespace

std::vector<Key> model_and_training_keys() {
  std::vector<Key> keys = {
      {.path = "model.layers",
       .allowed = {.layers = true},
       .help = "from input to output",
       .accessor = field([](auto& c) -> auto& { return c.model.layers; }),
       .required = true},
      {"model.init", words_for<Init>(),
       "distribution of the first weights; auto: he_normal for classes, glorot_uniform for "
       "numbers",
       field([](auto& c) -> auto& { return c.model.init; })},
      {"model.loss", words_of_losses(), "the loss to minimise",
       field([](auto& c) -> auto& { return c.model.loss; })},
      {"model.label_smoothing",
       fractions(kShare),
       "share of a label spread over all classes",
       {},
       "0.0"},
      {"model.class_weight",
       words({{"none"}, {"balanced", false}}),
       "weights of the classes",
       {},
       "\"none\""},
      {"model.members", wholes(1), "nets that share most weights, averaged", {}, "1"},

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
      {"train.clip_norm",
       fractions(kNotNegative),
       "largest norm of the gradient; 0.0: off",
       {},
       "0.0"},
      {"train.clip_value",
       fractions(kNotNegative),
       "largest element of the gradient; 0.0: off",
       {},
       "0.0"},
      {.path = "train.max_seconds",
       .allowed = wholes(0),
       .help = "end the run at the step after this many seconds; 0: no limit",
       .accessor = {},
       .only = "0",
       .may_change = true},
  };
  add_loss_keys(keys);
  for (Key& key : optimizer_keys()) keys.push_back(std::move(key));
  return keys;
}

}  // namespace forknet::run
