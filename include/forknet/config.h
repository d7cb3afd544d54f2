// A run described: every setting of CONFIG files with its default, as plain values. The program
// fills this from TOML; a C++ program sets members directly. The names are those of docs/cli.md.
#pragma once

#include <forknet/result.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace forknet {

enum class Activation { linear, relu, sigmoid, tanh };
enum class LayerType { dense, dropout };
enum class Loss { softmax_cross_entropy, mse };
// How first weights are drawn; automatic: he_normal for classes, glorot_uniform for numbers.
enum class Init {
  automatic,
  he_normal,
  he_uniform,
  glorot_normal,
  glorot_uniform,
  lecun_normal,
  lecun_uniform,
  zeros
};
enum class OptimizerType { sgd, momentum, adam };
enum class LearningRateSchedule { constant, cosine };
enum class Precision { fp32, fp64 };
enum class KernelChoice { fast, reference };
enum class DataFormat { idx, arrays, csv, npy, images };
// What the targets of a table are: found by a rule (docs/your-own-data.md), classes or numbers.
enum class Task { automatic, classify, regress };
enum class Choice { automatic, no, yes };
// What takes the place of a missing number; error: a missing value is refused.
enum class Impute { median, mean, error };
// Which rows of a table a share takes: drawn ones, or the last ones of the file.
enum class ShareOf { random, time };
// Targets as they are, or with mean 0 and deviation 1; automatic: standard for numbers of tables.
enum class TargetScale { automatic, none, standard };
enum class Scale { none, unit, minmax, standard };

// One layer of the model, in order from input to output.
struct LayerConfig {
  LayerType type = LayerType::dense;
  std::int64_t units = 0;                      // dense: outputs; 0 in the last layer: as many as
                                               // the data has classes or targets
  Activation activation = Activation::linear;  // dense
  double rate = 0.0;                           // dropout: the share of units dropped, [0, 1)
};

// dense(128, Activation::relu): a fully connected layer with bias.
[[nodiscard]] inline LayerConfig dense(std::int64_t units,
                                       Activation activation = Activation::linear) {
  return {LayerType::dense, units, activation, 0.0};
}
// dropout(0.1): zeroes each unit with that probability while training, scales the rest up.
[[nodiscard]] inline LayerConfig dropout(double rate) {
  return {LayerType::dropout, 0, Activation::linear, rate};
}

// Where the state of the last step lies, that a killed run goes on from: in memory (/dev/shm) or in
// the run folder. Automatic: in memory where that is seen after this container, and has room.
enum class StateIn { automatic, memory, folder };

struct RunConfig {
  std::string name = "run";
  std::string dir = "runs";
  std::uint64_t seed = 1;
  StateIn state = StateIn::automatic;
};

// A column of a table: its place from 0 (negative: from the end), or its name.
using ColumnName = std::variant<std::int64_t, std::string>;

// How a file of columns (format csv) is read. What is left open is found in the file.
struct TableConfig {
  std::string delimiter = "auto";  // or one character, or "tab"
  Choice header = Choice::automatic;
  std::string decimal = "auto";         // or "." or ","
  std::vector<ColumnName> target = {};  // several: numbers; none: found by a rule
  Task task = Task::automatic;
  std::vector<std::string> missing = {"", "NA", "NaN", "?", "null"};
  Impute impute = Impute::median;
  std::vector<ColumnName> drop = {};         // columns that the model does not take
  std::vector<ColumnName> keep = {};         // none: all but the dropped ones
  std::vector<ColumnName> categorical = {};  // besides columns of texts, which are found
  ShareOf split = ShareOf::random;
  // A column of numbers of at least 0, or none: what each row counts in losses, means and what is
  // fitted. Rows of weight 0 are left out.
  std::vector<ColumnName> weight = {};
};

// What pictures (format images) become.
enum class PictureColor { grey, rgb };
struct PictureConfig {
  std::int64_t size = 0;  // pixels a side; 0: as they are, all of one size
  PictureColor color = PictureColor::grey;
};

// A file (format csv), a pair of files (format idx) or of inline arrays (format arrays), or a share
// of the training rows. Exactly one of the three is set; none set means "absent".
struct DataSource {
  std::string inputs;
  std::string labels;
  double share = 0.0;                            // 0 < share < 1
  std::vector<std::vector<double>> input_rows;   // arrays: one inner vector a row
  std::vector<std::vector<double>> target_rows;  // arrays: targets; one number a row for classes
  [[nodiscard]] bool absent() const {
    return inputs.empty() && labels.empty() && share == 0.0 && input_rows.empty();
  }
};

// Where the rows lie while a run trains: in memory, or in a file that is mapped, for sets larger
// than memory. Automatic: in memory as far as that has room.
enum class DataCache { automatic, memory, mapped };

struct DataConfig {
  DataFormat format = DataFormat::idx;
  DataSource train;
  DataSource test;
  DataSource validation;
  Scale scale = Scale::unit;
  bool shuffle = true;
  std::int64_t loader_threads = 1;  // 0: batches are prepared by the training thread itself
  DataCache cache = DataCache::automatic;
  TargetScale target_scale = TargetScale::automatic;
  TableConfig table = {};
  PictureConfig pictures = {};
};

struct ModelConfig {
  std::vector<LayerConfig> layers;
  Init init = Init::automatic;
  Loss loss = Loss::softmax_cross_entropy;
};

struct TrainConfig {
  std::int64_t epochs = 5;
  std::int64_t batch = 128;  // samples a step, over the whole grid
  std::int64_t leaf = 0;     // rows a leaf; 0 is "auto"
  std::int64_t max_steps = 0;
  std::int64_t eval_every = 1;  // epochs
  std::int64_t early_stop_patience = 0;
};

struct OptimizerConfig {
  OptimizerType type = OptimizerType::adam;
  double lr = 0.001;
  double momentum = 0.9;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0.0;
  LearningRateSchedule schedule = LearningRateSchedule::constant;
  std::int64_t warmup_steps = 0;
  std::int64_t decay_steps = 0;  // cosine: 0 = the whole run
  double final_lr = 0.0;
};

struct NumericsConfig {
  Precision precision = Precision::fp32;
  KernelChoice kernels = KernelChoice::fast;
};

// Where a cell lives.
enum class Host { process, thread };

// What carries activations, errors, gradients and weights between cells.
enum class ChannelKind { shm, pipe };
// The order in which a stage takes microbatches: one forward one backward, all forward first, or
// further ahead with the first stage's weight gradients begun while it would wait.
enum class Schedule { one_f_one_b, gpipe, zero_bubble };
// Gradients are summed every step, or models train apart and are averaged now and then.
enum class Sync { step, average };
// What an average does with the models' moments of the optimizer: all go on from their mean, each
// from its own, or all from zero.
enum class AverageMoments { mean, keep, reset };
// What train.batch counts for models that train apart: the rows of a step of all models together,
// of which each takes its share and adam's learning rate grows by the square root of the models; or
// the rows of each model.
enum class AverageBatch { shared, each };
// What becomes of a model whose loss is no number: the mean of its round does without it, or the
// run ends.
enum class Diverged { leave_out, fail };

// CPUs that the threads which compute are bound to: automatic binds one thread to each CPU when
// there are just as many of both, else none; a list is dealt out in turn, cell by cell.
struct Pinning {
  enum class Kind { automatic, none, list } kind = Kind::automatic;
  std::vector<std::int64_t> cpus = {};  // of a list
};

// The grid of cells, stages x replicas: how the work is laid out. Never changes the answer, but for
// sync, average_every and models, which are another way of training.
struct GridConfig {
  static constexpr std::int64_t kLayers = 0;    // stages: one a dense layer
  static constexpr std::int64_t kNeurons = -1;  // threads: one for every neuron
  static constexpr std::int64_t kEpoch = 0;     // average_every: at every epoch's end
  static constexpr std::int64_t kEnd = -1;      // average_every: once, at the end of the run
  static constexpr std::int64_t kAuto = -2;     // average_every: by rate, batch and models
  // A named layout (docs/cli.md). train() gives those fields below that have their defaults the
  // preset's values; others count as given besides, and stay.
  std::string preset = "serial";
  // The preset whose values the fields below hold already: load_config() has laid it out.
  std::string laid_out = "serial";
  // The paths of those fields, and of data.loader_threads, whose values the preset or the layout
  // chose: of grid.threads and grid.replicas train() takes fewer where more are slower.
  std::vector<std::string> chosen = {};
  std::int64_t stages = 1;        // segments of the layers, at most the dense ones; or kLayers
  std::int64_t replicas = 1;      // shares of every batch, at most as many as it has leaves; of
                                  // sync = average: workers, at most as many as there are models
  std::int64_t threads = 1;       // of each cell; 0: a fair share of the CPUs; or kNeurons
  std::int64_t microbatches = 0;  // pieces of a cell's share; 0: chosen
  Host host = Host::process;      // a grid of one cell lives in this process either way
  ChannelKind channel = ChannelKind::shm;
  Schedule schedule = Schedule::one_f_one_b;
  Sync sync = Sync::step;
  // Of sync = average: steps of each model from one average to the next, or kAuto, kEpoch, kEnd.
  std::int64_t average_every = kAuto;
  std::int64_t models = 0;  // of sync = average: models that train apart; 0: as many as replicas
  Pinning pin = {};
  double step_budget = 0;  // seconds without a step after which hanging cells are replaced; 0: auto
  double stopped_budget = 60;   // the same for stopped ones
  std::int64_t restarts = 100;  // deaths without a step in between that a run goes on after
};

// How models that train apart are brought together (docs/averaging.md). Parts of the answer.
struct AverageConfig {
  AverageBatch batch = AverageBatch::shared;
  AverageMoments moments = AverageMoments::mean;
  // The step that the run takes along the mean change of a round, with Nesterov's momentum; 1 and
  // 0: the models' mean itself.
  double outer_lr = 1.0;
  // kAuto: none; with AverageBatch::each 0.5 where the models are eight or more.
  static constexpr double kAuto = -1.0;
  double outer_momentum = kAuto;
  Diverged diverged = Diverged::leave_out;
};

// How often something happens: off, at every epoch's end, or every so many steps.
struct Interval {
  enum class Unit { off, epoch, steps } unit = Unit::epoch;
  std::int64_t steps = 0;
};

struct CheckpointConfig {
  Interval every;
  std::int64_t keep = 3;
  std::string best = "off";  // or "validation/accuracy", "validation/loss"
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

// Reads a TOML file and checks every key, type and value. Errors name file, line, what is wrong,
// what was expected and the nearest known name; kind config.
[[nodiscard]] Result<Config> load_config(const std::string& path);

// The same checks of values for a Config that a program has filled by hand. data.train may be
// absent: a program can hand its rows to train() instead.
[[nodiscard]] Status validate(const Config& config);

}  // namespace forknet
