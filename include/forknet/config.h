// The description of a run: every setting of CONFIG files with its default, as plain values. The
// program fills it from TOML; a C++ program sets members directly. Names as in docs/cli.md.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace forknet {

enum class Precision { fp32, fp64 };
enum class KernelChoice { fast, reference };
// The kind of a table's targets: classes or numbers; automatic: by a rule (docs/your-own-data.md).
enum class Task { automatic, classify, regress };
enum class Choice { automatic, no, yes };
// What replaces a missing number; error: a missing value is refused.
enum class Impute { median, mean, error };
// How a table's categories become inputs: one input for each, or one with their codes.
enum class Categories { flags, codes };
// Which rows of a table a share takes: random ones, or the last ones of the file.
enum class ShareOf { random, time };
// Scaling of targets; standard: to mean 0 and deviation 1, automatic for numbers of tables.
enum class TargetScale { automatic, none, standard };
enum class Scale { none, unit, minmax, standard, robust };

// One layer of the model, in order from input to output: a type and its settings (docs/cli.md).
struct LayerConfig {
  std::string type = "dense";
  Settings settings = {};
  std::vector<LayerConfig> layers = {};  // of a layer that holds a list of layers
};

// dense(128, "relu"): a fully connected layer with bias. 0 units, in the last layer: the number of
// classes or targets.
[[nodiscard]] inline LayerConfig dense(std::int64_t units, std::string_view activation = "linear") {
  return {"dense", {{"units", units}, {"activation", activation}}};
}
// dropout(0.1): zeroes each unit with that probability in training and scales the others up.
[[nodiscard]] inline LayerConfig dropout(double rate) { return {"dropout", {{"rate", rate}}}; }
// layer_norm(): each row to mean 0 and variance 1, then a learned scale and shift of each feature.
// `eps` is added to the variance. Source: Ba, Kiros and Hinton, arXiv:1607.06450.
[[nodiscard]] inline LayerConfig layer_norm(double eps = 1e-5) {
  return {"layer_norm", {{"eps", eps}}};
}
// residual({dense(64, "relu"), dense(64)}): what these layers make of an input is added to that
// input, so they have as many outputs as inputs. Source: He, Zhang, Ren and Sun, arXiv:1512.03385.
[[nodiscard]] inline LayerConfig residual(std::vector<LayerConfig> layers) {
  return {"residual", {}, std::move(layers)};
}

// embedding(8): inputs that are whole-number codes, such as categories or tokens, become learned
// vectors of 8 numbers. The first layer only. `columns`: the inputs that are codes, from 0; none:
// all. `codes`: how many codes each has, with a table for each; one number: a table for all
// columns; none: what the data of the run has.
[[nodiscard]] inline LayerConfig embedding(std::int64_t size, std::vector<std::int64_t> codes = {},
                                           std::vector<std::int64_t> columns = {}) {
  return {"embedding",
          {{"size", size}, {"columns", std::move(columns)}, {"codes", std::move(codes)}}};
}

// Where the state of the last step is stored, from which a killed run continues: in memory
// (/dev/shm) or in the run folder. Automatic: in memory if it outlives this container and has room.
enum class StateIn { automatic, memory, folder };

struct RunConfig {
  std::string name = "run";
  std::string dir = "runs";
  std::uint64_t seed = 1;
  StateIn state = StateIn::automatic;
};

// A column of a table: its position from 0 (negative: from the end), or its name.
using ColumnName = std::variant<std::int64_t, std::string>;

// How a file of columns (format csv) is read. "auto" and empty values are determined from the file.
struct TableConfig {
  std::string delimiter = "auto";  // or one character, or "tab"
  Choice header = Choice::automatic;
  std::string decimal = "auto";         // or "." or ","
  std::vector<ColumnName> target = {};  // several: numbers; none: by a rule
  Task task = Task::automatic;
  std::vector<std::string> missing = {"", "NA", "NaN", "?", "null"};
  Impute impute = Impute::median;
  std::vector<ColumnName> drop = {};          // columns that the model does not use
  std::vector<ColumnName> keep = {};          // none: all but the dropped ones
  std::vector<ColumnName> categorical = {};   // besides columns of texts
  Categories categories = Categories::flags;  // codes: for a model that begins with an embedding
  // Inputs that each column of numbers has besides its value: input i rises from 0 to 1 between the
  // quantiles i / bins and (i + 1) / bins of the training rows (arXiv:2203.05556). 0: none.
  std::int64_t bins = 0;
  ShareOf split = ShareOf::random;
  // A column (npy: an array, by its name) of numbers of at least 0, or none: the weight of each row
  // in losses, means and fitted preparation. Rows of weight 0 are left out.
  std::vector<ColumnName> weight = {};
};

// The color channels of pictures (format images).
enum class PictureColor { grey, rgb };
struct PictureConfig {
  std::int64_t size = 0;  // pixels per side; 0: as they are, all of one size
  PictureColor color = PictureColor::grey;
};

// How training pictures are varied, anew in every epoch (docs/your-own-data.md). 0: not at all;
// each picture draws its own amount, evenly from minus to plus the given one.
struct AugmentConfig {
  double shift = 0;    // pixels, across and down
  double rotate = 0;   // degrees
  double scale = 0;    // share of the size
  double shear = 0;    // share of the distance from the middle row
  double elastic = 0;  // pixels, about the largest displacement
  double noise = 0;    // standard deviation, of scaled inputs

  bool operator==(const AugmentConfig&) const = default;
  [[nodiscard]] bool any() const { return !(*this == AugmentConfig()); }
};

// One file (format csv), two files (format idx), inline arrays (format arrays), or a share of the
// training rows. Exactly one of the three is set; none set means "absent".
struct DataSource {
  std::string inputs;
  std::string labels;
  double share = 0.0;                            // 0 < share < 1
  std::vector<std::vector<double>> input_rows;   // arrays: one inner vector per row
  std::vector<std::vector<double>> target_rows;  // arrays: targets; for classes one number per row
  [[nodiscard]] bool absent() const {
    return inputs.empty() && labels.empty() && share == 0.0 && input_rows.empty();
  }
};

// Where the rows are kept while a run trains: in memory, or in a mapped file, for sets larger than
// memory. Automatic: in memory if it has room.
enum class DataCache { automatic, memory, mapped };

struct DataConfig {
  std::string format = "idx";  // docs/cli.md, data.format
  DataSource train;
  DataSource test;
  DataSource validation;
  Scale scale = Scale::unit;
  bool shuffle = true;
  std::int64_t loader_threads = 1;  // 0: the training thread prepares batches
  DataCache cache = DataCache::automatic;
  TargetScale target_scale = TargetScale::automatic;
  TableConfig table = {};
  PictureConfig pictures = {};
  AugmentConfig augment = {};
};

// Weights of the classes in training, times those of the rows (docs/numerics.md).
struct ClassWeight {
  // Balanced: all classes weigh the same, rows / (classes * rows of the class) for each row.
  enum class Kind { none, balanced, table } kind = Kind::none;
  // With Kind::table: classes by their names, or their numbers where they have none; all others
  // weigh 1.
  std::vector<std::pair<std::string, double>> table = {};
};

struct ModelConfig {
  std::vector<LayerConfig> layers;
  // The name of the distribution of the first weights; "auto": he_normal for classes,
  // glorot_uniform for numbers.
  std::string init = "auto";
  std::string loss = "softmax_cross_entropy";  // a name: built in, or of register_loss (loss.h)
  Settings settings = {};                      // of the loss, by name; absent ones: defaults
  ClassWeight class_weight = {};
  // Nets that share most of their weights, at most 64: their mean loss is trained, and predictions
  // are the means of theirs (docs/numerics.md, "Members").
  std::int64_t members = 1;
};

struct TrainConfig {
  std::int64_t epochs = 5;
  std::int64_t batch = 128;  // samples per step, over the whole grid
  std::int64_t leaf = 0;     // rows per leaf; 0 is "auto"
  std::int64_t max_steps = 0;
  std::int64_t eval_every = 1;  // epochs
  std::int64_t early_stop_patience = 0;
  double clip_norm = 0.0;        // largest norm of the gradient; 0: no limit
  double clip_value = 0.0;       // largest element of the gradient; 0: no limit
  std::int64_t max_seconds = 0;  // of one call, resume or start; ends at a step; 0: no limit
};

// The optimizer and the course of its learning rate (docs/cli.md, [optimizer]).
struct OptimizerConfig {
  std::string type = "adam";  // or one of optimizer.h's
  double lr = 0.001;
  std::string schedule = "constant";  // or one of schedule.h's
  std::int64_t warmup_steps = 0;      // the rate rises from 0, before the schedule begins
  // Of the optimizer and the schedule, such as {"momentum", 0.95} or {"final_lr", 1e-5}; the others
  // have their defaults. Settings of other optimizers and schedules have no effect.
  Settings settings = {};
  // What weight decay applies to besides weights: biases; scale and shift of layer_norm.
  bool decay_biases = false;
  bool decay_norms = false;
};

// Stochastic gradient descent.
[[nodiscard]] inline OptimizerConfig sgd(double lr) { return {"sgd", lr}; }
// Gradient descent with momentum.
[[nodiscard]] inline OptimizerConfig momentum(double lr, double factor = 0.9) {
  return {"momentum", lr, "constant", 0, {{"momentum", factor}}};
}
[[nodiscard]] inline OptimizerConfig adam(double lr = 0.001) { return {"adam", lr}; }

struct NumericsConfig {
  Precision precision = Precision::fp32;
  KernelChoice kernels = KernelChoice::fast;
};

// What a cell is.
enum class Host { process, thread };

// The order in which a stage takes microbatches: one forward one backward; all forward first; or
// further ahead, with weight gradients of the first stage begun while it would wait.
enum class Schedule { one_f_one_b, gpipe, zero_bubble };
// Gradients are summed at every step, or models train apart and are averaged now and then.
enum class Sync { step, average };
// What an average does with the models' optimizer moments: every model continues with their mean,
// with its own, or with zeros.
enum class AverageMoments { mean, keep, reset };
// What train.batch counts when models train apart: the rows of a step of all models together, of
// which each takes its share and adam's learning rate grows by the square root of the models; or
// the rows of each model.
enum class AverageBatch { shared, each };
// The handling of a model whose loss is not finite: the mean of its round omits it, or the run
// ends.
enum class Diverged { leave_out, fail };

// CPUs to which computing threads are bound. Automatic: one thread to each CPU if there are equally
// many of both, else none; a list is assigned in turn, cell by cell.
struct Pinning {
  enum class Kind { automatic, none, list } kind = Kind::automatic;
  std::vector<std::int64_t> cpus = {};  // with Kind::list
};

// The grid of cells, stages x replicas: the layout of the work. Never changes the result, except
// for sync, average_every and models, which select another way of training.
struct GridConfig {
  static constexpr std::int64_t kLayers = 0;    // stages: one per dense layer
  static constexpr std::int64_t kNeurons = -1;  // threads: one per neuron
  static constexpr std::int64_t kEpoch = 0;     // average_every: at the end of every epoch
  static constexpr std::int64_t kEnd = -1;      // average_every: once, at the end of the run
  static constexpr std::int64_t kAuto = -2;     // average_every: by rate, batch and models
  // A named layout (docs/cli.md). train() gives fields below that have their defaults the preset's
  // values; other values take precedence.
  std::string preset = "serial";
  // The preset that load_config() has already applied to the fields below.
  std::string laid_out = "serial";
  // The paths of those fields, and of data.loader_threads, whose values the preset or the layout
  // chose: of grid.threads and grid.replicas train() takes fewer where more are slower.
  std::vector<std::string> chosen = {};
  std::int64_t stages = 1;        // segments of the layers, at most the dense ones; or kLayers
  std::int64_t replicas = 1;      // shares of every batch, at most as many as it has leaves; of
                                  // sync = average: workers, at most as many as there are models
  std::int64_t threads = 1;       // of each cell; 0: a fair share of the CPUs; or kNeurons
  std::int64_t microbatches = 0;  // parts of a cell's share; 0: automatic
  Host host = Host::process;      // a grid of one cell always runs in this process
  // What carries activations, errors, gradients and weights between cells: docs/cli.md,
  // grid.channel.
  std::string channel = "shm";
  Schedule schedule = Schedule::one_f_one_b;
  Sync sync = Sync::step;
  // For sync = average: steps of each model between two averages, or kAuto, kEpoch, kEnd.
  std::int64_t average_every = kAuto;
  std::int64_t models = 0;  // for sync = average; 0: as many as replicas
  Pinning pin = {};
  double step_budget = 0;  // seconds without a step after which hanging cells are replaced; 0: auto
  double stopped_budget = 60;   // the same for stopped ones
  std::int64_t restarts = 100;  // tolerated deaths without a step in between
};

// How models that train apart are averaged (docs/averaging.md). These settings change the result.
struct AverageConfig {
  AverageBatch batch = AverageBatch::shared;
  AverageMoments moments = AverageMoments::mean;
  // The step along the mean change of a round, with Nesterov's momentum; 1 and 0: the models' mean
  // itself.
  double outer_lr = 1.0;
  // kAuto: none; with AverageBatch::each 0.5 for eight or more models.
  static constexpr double kAuto = -1.0;
  double outer_momentum = kAuto;
  Diverged diverged = Diverged::leave_out;
};

// How often something happens: never, at the end of every epoch, or every so many steps.
struct Interval {
  enum class Unit { off, epoch, steps } unit = Unit::epoch;
  std::int64_t steps = 0;
};

struct CheckpointConfig {
  Interval every;
  std::int64_t keep = 3;
  // "validation/loss" or another metric, "off", or "auto": the loss where training stops early.
  std::string best = "auto";
};

struct LogConfig {
  std::int64_t every = 50;  // steps
};

struct Config {
  RunConfig run;
  DataConfig data;
  ModelConfig model;
  TrainConfig train;
  OptimizerConfig optimizer;
  NumericsConfig numerics;
  GridConfig grid;
  AverageConfig average;
  CheckpointConfig checkpoint;
  LogConfig log;
};

// Reads a TOML file and checks every key, type and value. Errors (config) name file, line, what is
// wrong, what was expected and the nearest known name.
[[nodiscard]] Result<Config> load_config(const std::string& path);

// The same checks for a Config that a program has filled. data.train may be absent: a program can
// pass its rows to train() instead.
[[nodiscard]] Status validate(const Config& config);

}  // namespace forknet
