// A layer with parameters, a loss and an optimizer of this program's own, used by their names like
// forknet's: in a config, in every layout, in checkpoints and resumes.
//
//   example_own_parts CONFIG   trains in a new run and prints the digest of the weights
//   example_own_parts --resume RUN [KEY=VALUE...] continues a stopped or killed run
//   example_own_parts --check  holds the parts to what forknet asks of them
#include <forknet/forknet.h>
#include <forknet/testing.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

namespace {

using forknet::ParameterNumbers;
using forknet::Settings;

// outputs = inputs * scale + shift, number by number; scale and shift are learned.
struct Affine : forknet::RowLayerOf<Affine> {
  std::string name() const override { return "affine"; }
  forknet::Result<forknet::LayerShape> shape(const Settings&, std::size_t inputs) const override {
    using enum forknet::Parameter::First;
    using enum forknet::Parameter::Role;
    return forknet::LayerShape{inputs,
                               {{"scale", {inputs}, ones}, {"shift", {inputs}, zeros, bias}}};
  }
  template <class T>
  void row_forward(const Settings&, ParameterNumbers<T> parameters, std::span<const T> in,
                   std::span<T> out) const {
    for (std::size_t i = 0; i < in.size(); ++i)
      out[i] = in[i] * parameters[0][i] + parameters[1][i];
  }
  template <class T>
  void row_backward(const Settings&, ParameterNumbers<T> parameters, std::span<const T> /*in*/,
                    std::span<const T> by_outputs, std::span<T> by_inputs) const {
    for (std::size_t i = 0; i < by_inputs.size(); ++i)
      by_inputs[i] = by_outputs[i] * parameters[0][i];
  }
  template <class T>
  void row_gradient(const Settings&, std::size_t parameter, ParameterNumbers<T>,
                    std::span<const T> in, std::span<const T> by_outputs, std::span<T> sums) const {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += parameter == 0 ? by_outputs[i] * in[i] : by_outputs[i];
    }
  }
};

// log(cosh(difference)): squares near 0, distances far from it.
struct LogCosh : forknet::RowLossOf<LogCosh> {
  explicit LogCosh(const Settings& settings) : width_(settings.number("width")) {}
  template <class T>
  T loss(std::span<const T> outputs, const forknet::RowTarget<T>& target,
         std::span<T> errors) const {
    const T width = static_cast<T>(width_);
    T sum = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const T difference = (outputs[i] - target.numbers[i]) / width;
      sum += std::log(std::cosh(difference)) * width;
      errors[i] = std::tanh(difference);
    }
    return sum;
  }
  double width_;
};

// Moves each weight by the learning rate against the sign of an average of its gradients.
struct SignOfMean final : forknet::ElementwiseOptimizer<SignOfMean, 1> {
  std::string_view name() const override { return "sign_of_mean"; }
  std::vector<forknet::SettingSpec> settings() const override {
    return {{"memory", 0.9, "share of the average that a step keeps", {.below = 1}}};
  }
  std::vector<std::string> state() const override { return {"mean"}; }
  void constants(double lr, std::uint64_t /*step*/, const Settings& settings,
                 forknet::OptimizerConstants out) const override {
    out[0] = lr;
    out[1] = settings.number("memory");
  }
  bool normalises() const override { return true; }
  template <class T>
  static T next(T weight, T gradient, T* state, const T* c) {
    state[0] = forknet::normal_or_zero(c[1] * state[0] + (T{1} - c[1]) * gradient);
    return weight - (state[0] > 0 ? c[0] : state[0] < 0 ? -c[0] : T{0});
  }
};

bool register_parts() {
  return forknet::register_layer(std::make_unique<Affine>()).ok() &&
         forknet::register_loss<LogCosh>(
             {.name = "log_cosh", .settings = {{"width", 1.0, "where it bends", {.above = true}}}})
             .ok() &&
         forknet::register_optimizer(std::make_unique<SignOfMean>()).ok();
}

int fail(const forknet::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return static_cast<int>(error.kind);
}

int check_parts() {
  for (const auto& kept :
       {forknet::check_layer({"affine", {}}, 21), forknet::check_loss("log_cosh"),
        forknet::check_optimizer("sign_of_mean")}) {
    if (!kept.ok()) return fail(kept.error());
  }
  std::puts("affine, log_cosh and sign_of_mean keep their contracts");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (!register_parts()) return 1;  // before init(): cells in processes are this program, too
  forknet::init(argc, argv);
  const std::string word = argc > 1 ? argv[1] : "--check";
  if (word == "--check") return check_parts();
  forknet::RunOptions options;
  options.on_start = [](const std::string& folder) {
    std::printf("folder %s\n", folder.c_str());
    std::fflush(stdout);
  };
  const auto run = [&]() -> forknet::Result<forknet::RunResult> {
    if (word == "--resume") return forknet::resume_run(argv[2], {argv + 3, argv + argc}, options);
    const auto config = forknet::load_config(word);
    return config.ok() ? forknet::start_run(*config, options) : config.error();
  }();
  if (!run.ok()) return fail(run.error());
  std::printf("weights %s\n", run->result ? run->result->weights_digest.c_str() : "as before");
  return 0;
}
