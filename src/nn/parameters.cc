#include "nn/parameters.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/digest.h"
#include "base/philox.h"
#include "math/element_kernels.h"
#include "nn/inits/list.h"

namespace forknet::nn {
namespace {

using math::kLanes;

// The keys of a layer's random numbers: `rows` counts the rows of its parameters before this one.
struct FirstRows {
  std::uint64_t seed = 0;
  std::size_t layer = 0;
  std::size_t rows = 0;
};

template <class T>
void initialise_by_fan(const LayerPlan& layer, const ParameterPlan& parameter, const Init& init,
                       const FirstRows& keys, math::Target target, std::span<T> region) {
  const auto& kernels = math::element_kernels<T>(target);
  const auto fill = init.shape == Init::Shape::uniform ? kernels.uniforms : kernels.normals;
  const T factor = static_cast<T>(factor_of(init, parameter.columns(), parameter.fan_out()));
  const BlockPlan& block = layer.blocks[parameter.block];
  std::vector<T> numbers(parameter.columns());
  for (std::size_t row = 0; row < parameter.rows(); ++row) {
    fill(keys.seed, Purpose::weights, static_cast<std::uint32_t>(keys.layer),
         static_cast<std::uint32_t>(keys.rows + row), numbers);
    for (std::size_t column = 0; column < numbers.size(); ++column) {
      region[block.offset + parameter.place(block, row, column)] = numbers[column] * factor;
    }
  }
}

template <class T>
void fill_with_ones(const LayerPlan& layer, const ParameterPlan& parameter, std::span<T> region) {
  const std::vector<T> ones(parameter.numbers(), T{1});
  pack_parameter<T>(layer, parameter, ones, region);
}

// Number i is -1 where bit i mod 32 of word (i / 32) mod 4 of block (layer, i / 128) is set.
template <class T>
void fill_with_signs(const LayerPlan& layer, const ParameterPlan& parameter, std::uint64_t seed,
                     std::span<T> region) {
  std::vector<T> signs(parameter.numbers());
  for (std::size_t i = 0; i < signs.size(); ++i) {
    const PhiloxBlock block =
        random_block(seed, Purpose::signs, static_cast<std::uint32_t>(layer.number),
                     static_cast<std::uint32_t>(i / 128), 0);
    const std::uint32_t word = block[i / 32 % 4];
    signs[i] = (word >> (i % 32) & 1) != 0 ? T{-1} : T{1};
  }
  pack_parameter<T>(layer, parameter, signs, region);
}

}  // namespace

template <class T>
void pack_parameter(const LayerPlan& layer, const ParameterPlan& parameter,
                    std::span<const T> numbers, std::span<T> region) {
  FORKNET_CHECK(numbers.size() == parameter.numbers());
  const BlockPlan& block = layer.blocks[parameter.block];
  for (std::size_t panel = 0; panel < block.panels; ++panel) {
    const auto line =
        region.subspan(block.offset + panel * block.panel_stride() + parameter.first_line * kLanes);
    std::fill_n(line.begin(), parameter.lines() * kLanes, T{0});
  }
  const std::size_t columns = parameter.columns();
  for (std::size_t row = 0; row < parameter.rows(); ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      region[block.offset + parameter.place(block, row, column)] = numbers[row * columns + column];
    }
  }
}

template <class T>
void unpack_rows(const LayerPlan& layer, const ParameterPlan& parameter, std::span<const T> region,
                 std::size_t first, std::span<T> numbers) {
  const BlockPlan& block = layer.blocks[parameter.block];
  const std::size_t columns = parameter.columns();
  const std::size_t rows = numbers.size() / columns;
  FORKNET_CHECK(numbers.size() == rows * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      numbers[row * columns + column] =
          region[block.offset + parameter.place(block, first + row, column)];
    }
  }
}

template <class T>
void unpack_parameter(const LayerPlan& layer, const ParameterPlan& parameter,
                      std::span<const T> region, std::span<T> numbers) {
  FORKNET_CHECK(numbers.size() == parameter.numbers());
  unpack_rows(layer, parameter, region, 0, numbers);
}

template <class T>
void initialise(const ModelPlan& plan, std::string_view init, std::uint64_t seed,
                math::Target target, std::span<T> region) {
  const Init* const distribution = find_init(init);
  FORKNET_CHECK(region.size() >= plan.numbers && distribution != nullptr);
  std::fill_n(region.begin(), plan.numbers, T{0});
  for (const LayerPlan& layer : plan.layers) {
    FirstRows keys = {seed, layer.number, 0};
    for (const ParameterPlan& parameter : layer.parameters) {
      if (parameter.first == First::ones) fill_with_ones(layer, parameter, region);
      if (parameter.first == First::signs) fill_with_signs(layer, parameter, seed, region);
      const bool random = distribution->shape != Init::Shape::zeros;
      if (parameter.first != First::by_fan || !random) continue;
      initialise_by_fan(layer, parameter, *distribution, keys, target, region);
      keys.rows += parameter.rows();
    }
  }
}

template <class T>
std::string parameter_digest(const ModelPlan& plan, std::span<const T> region) {
  Digest digest;
  std::vector<T> numbers;
  for (const LayerPlan& layer : plan.layers) {
    for (const ParameterPlan& parameter : layer.parameters) {
      numbers.resize(parameter.columns());
      for (std::size_t row = 0; row < parameter.rows(); ++row) {
        unpack_rows<T>(layer, parameter, region, row, numbers);
        digest.update(std::as_bytes(std::span<const T>(numbers)));
      }
    }
  }
  return digest.hex();
}

#define FORKNET_PARAMETERS(T)                                                                   \
  template void pack_parameter<T>(const LayerPlan&, const ParameterPlan&, std::span<const T>,   \
                                  std::span<T>);                                                \
  template void unpack_rows<T>(const LayerPlan&, const ParameterPlan&, std::span<const T>,      \
                               std::size_t, std::span<T>);                                      \
  template void unpack_parameter<T>(const LayerPlan&, const ParameterPlan&, std::span<const T>, \
                                    std::span<T>);                                              \
  template void initialise<T>(const ModelPlan&, std::string_view, std::uint64_t, math::Target,  \
                              std::span<T>);                                                    \
  template std::string parameter_digest<T>(const ModelPlan&, std::span<const T>);
FORKNET_PARAMETERS(float)
FORKNET_PARAMETERS(double)
#undef FORKNET_PARAMETERS

}  // namespace forknet::nn
