// A layer of a program's own, row by row. Registered before forknet::init(), it is used by its name
// in configs, in every layout, in checkpoints and model files:
//
//   class Scale : public forknet::RowLayerOf<Scale> { ... };
//   forknet::register_layer(std::make_unique<Scale>());
//   { type = "scale", ... }
//
// The contract that keeps the layout out of the result: what a row gives depends on that row alone,
// on the parameters and the settings; no state, no random numbers, no clock. forknet adds the rows'
// gradients up in a tree of its own (docs/numerics.md). Compile with -ffp-contract=off, or the bits
// depend on the compiler. check_layer() (forknet/testing.h) checks a layer. docs/extending.md has a
// worked example.
//
// Cells in processes are the same program, so they register the same layers; a program without them
// cannot read the model. forknet's own layers work on tiles of many rows and are faster.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace forknet {

// A tensor of numbers that training changes: a list (n) or a matrix (rows, columns), row after row.
struct Parameter {
  // First numbers: of the model's initialisation, with columns as inputs and rows as outputs; or
  // the same everywhere.
  enum class First { zeros, ones, by_fan };
  // Weight decay applies to weights; to biases and to the scale and shift of a normalisation only
  // where a config asks for it (optimizer.decay_biases, optimizer.decay_norms).
  enum class Role { weight, bias, norm };
  std::string name;                // "scale": of its tensor in model files
  std::vector<std::size_t> shape;  // one or two sizes, none of them 0
  First first = First::zeros;
  Role role = Role::weight;
};

// What a layer makes of rows of `inputs` numbers.
struct LayerShape {
  std::size_t outputs = 0;
  std::vector<Parameter> parameters = {};
};

// The numbers of each parameter, in the order of LayerShape::parameters.
template <class T>
using ParameterNumbers = std::span<const std::span<const T>>;

// All sizes are those of the shape; memory is the caller's and does not overlap. Derivatives are
// those of the loss of the whole batch, unscaled.
class RowLayer {
 public:
  virtual ~RowLayer() = default;
  // A word without blanks, of no other layer.
  [[nodiscard]] virtual std::string name() const = 0;
  // The keys of the layer in a config.
  [[nodiscard]] virtual std::vector<SettingSpec> settings() const { return {}; }
  // Error (config): what does not fit, such as "needs an even number of inputs".
  [[nodiscard]] virtual Result<LayerShape> shape(const Settings& settings,
                                                 std::size_t inputs) const = 0;

  // One row: inputs -> outputs.
  virtual void forward(const Settings& settings, ParameterNumbers<float> parameters,
                       std::span<const float> inputs, std::span<float> outputs) const = 0;
  virtual void forward(const Settings& settings, ParameterNumbers<double> parameters,
                       std::span<const double> inputs, std::span<double> outputs) const = 0;
  // One row: the derivative by its outputs -> that by its inputs.
  virtual void backward(const Settings& settings, ParameterNumbers<float> parameters,
                        std::span<const float> inputs, std::span<const float> by_outputs,
                        std::span<float> by_inputs) const = 0;
  virtual void backward(const Settings& settings, ParameterNumbers<double> parameters,
                        std::span<const double> inputs, std::span<const double> by_outputs,
                        std::span<double> by_inputs) const = 0;
  // One row: adds its derivative by parameter number `parameter` to `sums`, which has the
  // parameter's shape.
  virtual void add_gradient(const Settings& settings, std::size_t parameter,
                            ParameterNumbers<float> parameters, std::span<const float> inputs,
                            std::span<const float> by_outputs, std::span<float> sums) const = 0;
  virtual void add_gradient(const Settings& settings, std::size_t parameter,
                            ParameterNumbers<double> parameters, std::span<const double> inputs,
                            std::span<const double> by_outputs, std::span<double> sums) const = 0;
};

// Writes both precisions once: Own has templates <class T> row_forward, row_backward and
// row_gradient with the parameters of forward, backward and add_gradient.
template <class Own>
class RowLayerOf : public RowLayer {
 public:
  void forward(const Settings& settings, ParameterNumbers<float> parameters,
               std::span<const float> inputs, std::span<float> outputs) const final {
    own().template row_forward<float>(settings, parameters, inputs, outputs);
  }
  void forward(const Settings& settings, ParameterNumbers<double> parameters,
               std::span<const double> inputs, std::span<double> outputs) const final {
    own().template row_forward<double>(settings, parameters, inputs, outputs);
  }
  void backward(const Settings& settings, ParameterNumbers<float> parameters,
                std::span<const float> inputs, std::span<const float> by_outputs,
                std::span<float> by_inputs) const final {
    own().template row_backward<float>(settings, parameters, inputs, by_outputs, by_inputs);
  }
  void backward(const Settings& settings, ParameterNumbers<double> parameters,
                std::span<const double> inputs, std::span<const double> by_outputs,
                std::span<double> by_inputs) const final {
    own().template row_backward<double>(settings, parameters, inputs, by_outputs, by_inputs);
  }
  void add_gradient(const Settings& settings, std::size_t parameter,
                    ParameterNumbers<float> parameters, std::span<const float> inputs,
                    std::span<const float> by_outputs, std::span<float> sums) const final {
    own().template row_gradient<float>(settings, parameter, parameters, inputs, by_outputs, sums);
  }
  void add_gradient(const Settings& settings, std::size_t parameter,
                    ParameterNumbers<double> parameters, std::span<const double> inputs,
                    std::span<const double> by_outputs, std::span<double> sums) const final {
    own().template row_gradient<double>(settings, parameter, parameters, inputs, by_outputs, sums);
  }

 private:
  [[nodiscard]] const Own& own() const { return static_cast<const Own&>(*this); }
};

// Adds a layer, at the top of main: before init() and before a config is read. Errors (config): its
// name is taken or is no name, it is too late.
[[nodiscard]] Status register_layer(std::unique_ptr<RowLayer> layer);

}  // namespace forknet
