// The subcommands of the program, one file each. Each takes its parsed options, does its work and
// returns the program's exit code (docs/cli.md). Results go to stdout, all else to stderr.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "os/file_path.h"
#include "session/run_folder.h"
#include "settings/resolve.h"
#include "sweep/result/ranking.h"

namespace forknet::apps {

enum class Json { off, result, lines };  // --json, --json=lines

struct InitOptions {
  std::string kind = "mnist";
  std::string data = {};  // csv: the table
  std::optional<std::string> file = {};
  std::optional<std::string> target = {};  // csv: a column by name or position
  std::optional<std::string> task = {};    // csv: "classify" or "regress"
};

struct TrainCommand {
  std::string config;                    // CONFIG; empty with --resume
  std::optional<std::string> resume;     // RUN
  std::string runs = "runs";             // the folder in which RUN is searched
  std::optional<std::string> run;        // --run NAME
  std::optional<std::string> init_from;  // --init-from RUN or FILE
  std::optional<double> until_accuracy;  // --until accuracy=0.97
  run::Overrides overrides;              // --set, --grid, --epochs, the environment
  bool dry_run = false;
  bool quiet = false;
  bool trace = false;
  Json json = Json::off;
};

struct CompareOptions {
  std::vector<std::string> configs;      // with --grids one
  std::vector<std::string> grids;        // --grids a,b,c: layouts; empty: runs are compared
  std::vector<sweep::Axis> axes;         // --vary optimizer.lr=0.1,0.01
  std::uint64_t seeds = 1;               // --seeds 5
  std::optional<sweep::By> by;           // --by test/accuracy
  std::optional<std::string> run;        // --run NAME, of the comparison
  std::optional<double> until_accuracy;  // --until accuracy=0.97
  run::Overrides overrides;              // --set, --epochs, the environment
  bool json = false;
};

struct EvalOptions {
  std::string model;  // RUN or a file
  std::string data;
  std::optional<std::string> labels;
  std::string runs = "runs";  // the folder in which RUN is searched
  bool json = false;
  Choice invert = Choice::automatic;  // invert pictures
};

struct PredictOptions {
  std::string model;
  std::string in;
  std::string out;  // .csv, .jsonl or .npy
  std::string runs = "runs";
  std::vector<std::string> keep = {};  // columns of a table to copy
  Choice invert = Choice::automatic;   // invert pictures
};

struct DigitsCommand {
  std::string folder = "data/digits";
  std::uint64_t seed = 1;
  std::size_t train = 60000;
  std::size_t test = 10000;
};

struct FetchOptions {
  std::string set = "mnist";        // or fashion
  std::string folder;               // for its four files
  std::optional<std::string> from;  // a mirror instead of the public ones
};

struct InspectOptions {
  std::string file;
  bool json = false;
  std::string augment = {};       // the PNG file of --augment; empty: not asked for
  run::Overrides overrides = {};  // --set, the environment; with --augment
};

struct RunsOptions {
  enum class Action { ls, show, compare, clean } action = Action::ls;
  std::vector<std::string> names;  // show: one; compare: two or more; clean: any
  std::string runs = "runs";
  bool json = false;
  std::int64_t keep = 10;  // clean without names: runs to keep
  bool dry_run = false;    // clean
  bool orphans = false;    // clean: also states in memory whose run folder is not found
};

struct StatusOptions {
  std::string run;
  std::string runs = "runs";
  bool json = false;
};

struct ControlOptions {
  std::string order;  // "pause", "scale" …
  std::string run;
  std::int64_t replicas = 0;  // scale
  std::string runs = "runs";
  bool json = false;
};

struct PsOptions {
  std::string runs = "runs";
  bool json = false;
};

struct LogsOptions {
  std::string run;
  std::string runs = "runs";
  bool follow = false;
};

struct WaitOptions {
  std::string run;
  std::string runs = "runs";
  std::optional<std::int64_t> epoch;
};

struct BenchOptions {
  enum class What { kernels, steps } what = What::kernels;
  bool json = false;
};

[[nodiscard]] int run_init(const InitOptions& options);
[[nodiscard]] int run_train(const TrainCommand& options);
[[nodiscard]] int run_eval(const EvalOptions& options);
[[nodiscard]] int run_predict(const PredictOptions& options);
[[nodiscard]] int run_digits(const DigitsCommand& options);
[[nodiscard]] int run_fetch(const FetchOptions& options);
[[nodiscard]] int run_inspect(const InspectOptions& options);
[[nodiscard]] int run_runs(const RunsOptions& options);
[[nodiscard]] int run_status(const StatusOptions& options);
[[nodiscard]] int run_top(const StatusOptions& options);
[[nodiscard]] int run_control(const ControlOptions& options);
[[nodiscard]] int run_ps(const PsOptions& options);
[[nodiscard]] int run_logs(const LogsOptions& options);
[[nodiscard]] int run_wait(const WaitOptions& options);
[[nodiscard]] int run_compare(const CompareOptions& options);  // layouts
[[nodiscard]] int run_sweep(const CompareOptions& options);    // runs
[[nodiscard]] int run_bench(const BenchOptions& options);

// Prints "forknet: MESSAGE" on stderr and returns the exit code of the error's kind.
[[nodiscard]] int fail(const Error& error);

// Whether a process owns the run: it trains, starts or ends.
[[nodiscard]] bool is_running(const run::RunPaths& paths);

// The path of the model of RUN (model.safetensors, else its newest checkpoint), or the file itself.
[[nodiscard]] Result<os::FilePath> model_path(const std::string& model, const std::string& runs);

}  // namespace forknet::apps
