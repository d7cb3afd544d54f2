#include "train/model/tensors.h"

#include "base/try.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"

namespace forknet::run {
namespace {

template <class T>
constexpr store::DType kDType = sizeof(T) == 4 ? store::DType::f32 : store::DType::f64;

// "optimizer.first_moment."
std::string state_prefix(const std::string& name) { return "optimizer." + name + '.'; }

std::string parameter_name(const std::string& prefix, const nn::LayerPlan& layer,
                           const nn::ParameterPlan& parameter) {
  return prefix + "layers." + layer.path + "." + parameter.name;
}

// each(layer, parameter) for all of them, in order.
template <class Each>
Status each_parameter(const nn::ModelPlan& plan, Each each) {
  for (const nn::LayerPlan& layer : plan.layers) {
    for (const nn::ParameterPlan& parameter : layer.parameters) {
      FORKNET_TRY(each(layer, parameter));
    }
  }
  return {};
}

// Checks, before memory is allocated, that the file has the tensor in a readable type. So a tensor
// is no larger than its file.
Status check_shape(const store::SafetensorsFile& file, const std::string& name,
                   const store::Shape& shape) {
  const store::TensorInfo* tensor = file.find(name);
  if (tensor != nullptr && tensor->shape == shape) {
    if (tensor->dtype == store::DType::f32 || tensor->dtype == store::DType::f64) return {};
    return Error{ErrorKind::data, file.path() + ": tensor " + name + " has dtype " +
                                      std::string(store::name_of(tensor->dtype)) +
                                      "\n  expected F32 or F64"};
  }
  return Error{
      ErrorKind::data,
      file.path() + ": tensor " + name +
          (tensor == nullptr ? " is missing" : " has shape " + store::to_text(tensor->shape)) +
          "\n  expected shape " + store::to_text(shape)};
}

template <class T>
Status read_numbers(const store::SafetensorsFile& file, const std::string& name,
                    const store::Shape& shape, std::span<T> out) {
  if constexpr (sizeof(T) == 4) {
    return file.read_f32(name, shape, out);
  } else {
    return file.read_f64(name, shape, out);
  }
}

// A parameter in canonical form, built on demand, so that a large model is never in memory twice.
template <class T>
store::NamedTensor parameter_tensor(const nn::LayerPlan& layer, const nn::ParameterPlan& parameter,
                                    std::span<const T> region, const std::string& prefix) {
  store::NamedTensor tensor;
  tensor.name = parameter_name(prefix, layer, parameter);
  tensor.dtype = kDType<T>;
  tensor.shape = parameter.shape;
  tensor.produce = [&layer, &parameter, region](const store::ByteSink& sink) {
    std::vector<T> numbers(parameter.numbers());
    nn::unpack_parameter<T>(layer, parameter, region, numbers);
    return sink(std::as_bytes(std::span<const T>(numbers)));
  };
  return tensor;
}

// The numbers outlive the tensor.
store::NamedTensor numbers_tensor(const char* name, const std::vector<float>& numbers) {
  store::NamedTensor tensor;
  tensor.name = name;
  tensor.shape = {numbers.size()};
  tensor.bytes = std::as_bytes(std::span(numbers));
  return tensor;
}

// Reads two lists of equal length; the first must be present.
Status read_list_pair(const store::SafetensorsFile& file, const char* first,
                      std::vector<float>& first_numbers, const char* second,
                      std::vector<float>& second_numbers) {
  const store::Shape shape = file.find(first)->shape;
  if (shape.size() != 1) {
    return Error{ErrorKind::data, file.path() + ": tensor " + first + " has shape " +
                                      store::to_text(shape) + "\n  expected a list"};
  }
  first_numbers.resize(shape[0]);
  second_numbers.resize(shape[0]);
  FORKNET_TRY(file.read_f32(first, shape, first_numbers));
  return file.read_f32(second, shape, second_numbers);
}

}  // namespace

template <class T>
void add_parameters(const nn::ModelPlan& plan, std::span<const T> region, const std::string& prefix,
                    std::vector<store::NamedTensor>& tensors) {
  for (const nn::LayerPlan& layer : plan.layers) {
    for (const nn::ParameterPlan& parameter : layer.parameters) {
      tensors.push_back(parameter_tensor(layer, parameter, region, prefix));
    }
  }
}

template <class T>
void add_moments(const nn::ModelPlan& plan, const OptimizerConfig& optimizer,
                 const store::Weights<T>& weights, const std::string& prefix,
                 std::vector<store::NamedTensor>& tensors) {
  const std::vector<std::string> names = nn::Optimizer(optimizer).state_names();
  for (std::size_t i = 0; i < weights.moments(); ++i) {
    add_parameters<T>(plan, weights.moment(i), prefix + state_prefix(names[i]), tensors);
  }
}

void add_scaling(const data::Scaling& scaling, std::vector<store::NamedTensor>& tensors) {
  tensors.push_back(numbers_tensor("input.offset", scaling.offset));
  tensors.push_back(numbers_tensor("input.factor", scaling.factor));
  if (!scaling.bend.empty()) tensors.push_back(numbers_tensor("input.bend", scaling.bend));
}

void add_targets(const data::Scaling& targets, std::vector<store::NamedTensor>& tensors) {
  if (targets.is_none()) return;
  tensors.push_back(numbers_tensor("target.offset", targets.offset));
  tensors.push_back(numbers_tensor("target.factor", targets.factor));
}

void add_range(const data::InputRange& inputs, std::vector<store::NamedTensor>& tensors) {
  if (!inputs.known()) return;
  tensors.push_back(numbers_tensor("input.low", inputs.low));
  tensors.push_back(numbers_tensor("input.high", inputs.high));
}

Status check_parameters(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                        const std::string& prefix) {
  return each_parameter(plan, [&](const auto& layer, const auto& parameter) {
    return check_shape(file, parameter_name(prefix, layer, parameter), parameter.shape);
  });
}

template <class T>
Status read_parameters(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                       const std::string& prefix, std::span<T> region) {
  FORKNET_TRY(check_parameters(file, plan, prefix));
  return each_parameter(plan, [&](const auto& layer, const auto& parameter) -> Status {
    std::vector<T> numbers(parameter.numbers());
    FORKNET_TRY(
        read_numbers<T>(file, parameter_name(prefix, layer, parameter), parameter.shape, numbers));
    nn::pack_parameter<T>(layer, parameter, numbers, region);
    return {};
  });
}

template <class T>
Status read_moments(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                    const OptimizerConfig& optimizer, const std::string& prefix,
                    store::Weights<T>& weights) {
  const std::vector<std::string> names = nn::Optimizer(optimizer).state_names();
  for (std::size_t i = 0; i < weights.moments(); ++i) {
    FORKNET_TRY(read_parameters<T>(file, plan, prefix + state_prefix(names[i]), weights.moment(i)));
  }
  return {};
}

template <class T>
Status read_all(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                const OptimizerConfig& optimizer, const std::string& prefix,
                store::Weights<T>& weights) {
  FORKNET_TRY(read_parameters<T>(file, plan, prefix, weights.parameters()));
  return read_moments(file, plan, optimizer, prefix, weights);
}

Result<data::Scaling> read_scaling(const store::SafetensorsFile& file) {
  data::Scaling scaling;
  const store::TensorInfo* offset = file.find("input.offset");
  if (offset == nullptr || offset->shape.size() != 1 || offset->shape[0] == 0) {
    return Error{ErrorKind::data, file.path() +
                                      ": has no tensor input.offset, so it is not a forknet model "
                                      "(weights of other programs: train --init-from)"};
  }
  scaling.offset.resize(offset->shape[0]);
  scaling.factor.resize(offset->shape[0]);
  FORKNET_TRY(file.read_f32("input.offset", offset->shape, scaling.offset));
  FORKNET_TRY(file.read_f32("input.factor", offset->shape, scaling.factor));
  if (file.find("input.bend") == nullptr) return scaling;
  scaling.bend.resize(offset->shape[0]);
  FORKNET_TRY(file.read_f32("input.bend", offset->shape, scaling.bend));
  return scaling;
}

Result<data::Scaling> read_targets(const store::SafetensorsFile& file) {
  data::Scaling targets;
  if (file.find("target.offset") == nullptr) return targets;
  FORKNET_TRY(
      read_list_pair(file, "target.offset", targets.offset, "target.factor", targets.factor));
  return targets;
}

Result<data::InputRange> read_range(const store::SafetensorsFile& file) {
  data::InputRange inputs;
  if (file.find("input.low") == nullptr) return inputs;
  FORKNET_TRY(read_list_pair(file, "input.low", inputs.low, "input.high", inputs.high));
  return inputs;
}

#define FORKNET_TENSORS(T)                                                                         \
  template void add_parameters<T>(const nn::ModelPlan&, std::span<const T>, const std::string&,    \
                                  std::vector<store::NamedTensor>&);                               \
  template void add_moments<T>(const nn::ModelPlan&, const OptimizerConfig&,                       \
                               const store::Weights<T>&, const std::string&,                       \
                               std::vector<store::NamedTensor>&);                                  \
  template Status read_moments<T>(const store::SafetensorsFile&, const nn::ModelPlan&,             \
                                  const OptimizerConfig&, const std::string&, store::Weights<T>&); \
  template Status read_parameters<T>(const store::SafetensorsFile&, const nn::ModelPlan&,          \
                                     const std::string&, std::span<T>);                            \
  template Status read_all<T>(const store::SafetensorsFile&, const nn::ModelPlan&,                 \
                              const OptimizerConfig&, const std::string&, store::Weights<T>&);
FORKNET_TENSORS(float)
FORKNET_TENSORS(double)
#undef FORKNET_TENSORS

}  // namespace forknet::run
