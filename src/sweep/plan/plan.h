// The runs of a comparison, each with the name of its folder. A name is a function of what is
// trained: started again with the same words, a comparison finds its runs by their names, and
// needs no file of its own.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "settings/resolve.h"
#include "sweep/plan/variants.h"

namespace forknet::sweep {

struct Request {
  std::vector<std::string> configs;
  std::vector<Axis> axes;
  std::uint64_t seeds = 1;          // runs of each variant, with run.seed, run.seed + 1, …
  std::optional<std::string> name;  // of the comparison; default: run.name of the first config
  std::optional<double> until_accuracy;
  run::Overrides overrides;  // on top of every config, below the axes
};

// One run of a variant.
struct Trial {
  std::size_t variant = 0;
  std::uint64_t seed = 0;
  std::string digest;  // of what it trains
  std::string folder;  // "runs/NAME-lr0.1-batch64-seed2-1f3c9a2b", with its first digits
  // What the program is started with, "train" first, to begin it in a folder of that name.
  std::vector<std::string> words;
  std::int64_t threads = 1;        // that compute, as far as the settings say
  std::vector<std::string> files;  // of its data
  std::optional<Error> fault;      // the settings of the variant are refused; the rest is not set
};

struct Plan {
  std::string name;
  std::vector<std::string> configs;
  std::vector<Axis> axes;
  std::uint64_t seeds = 1;
  std::optional<double> until_accuracy;
  std::vector<Variant> variants;
  std::vector<Trial> trials;       // by variant, then by seed
  std::vector<std::string> notes;  // lines for the user about the settings

  [[nodiscard]] std::string label(std::size_t variant) const {
    return label_of(variants[variant], configs.size() > 1);
  }
};

// Resolves the settings of every variant. A variant whose settings are refused has a fault; Error:
// all are refused, or the words contradict each other (usage).
[[nodiscard]] Result<Plan> plan_of(const Request& request);

// The digest of what a run trains: its settings, without those that a preset chose for this
// machine, and where it ends. 32 digits.
[[nodiscard]] std::string trial_digest(const run::Resolved& settings,
                                       const std::optional<double>& until_accuracy);

}  // namespace forknet::sweep
