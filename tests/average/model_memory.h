// Models that train apart in private memory, with a center; for tests without training.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "average/models.h"
#include "os/mapping.h"

namespace forknet::run {

template <class T>
struct ModelMemory {
  explicit ModelMemory(const ModelsShape& given)
      : shape(given),
        memory(os::Mapping::anonymous(shape.bytes()).value()),
        models(memory.writable(), shape),
        center(store::Weights<T>::create(shape.numbers, shape.moments, 2).value()) {}

  // Sets a model to `steps` steps done, these numbers, and all moments to `moment`.
  void trained(std::size_t model, std::uint64_t steps, std::vector<T> numbers, T moment = 0) {
    models.commits(model).begin(steps);
    auto weights = models.weights(model);
    std::copy(numbers.begin(), numbers.end(), weights.parameters().begin());
    for (std::size_t i = 0; i < shape.moments; ++i) {
      std::fill(weights.moment(i).begin(), weights.moment(i).end(), moment);
    }
  }

  ModelsShape shape;
  os::Mapping memory;
  Models<T> models;
  store::Weights<T> center;
};

template <class T>
std::vector<T> copied(std::span<T> numbers) {
  return {numbers.begin(), numbers.end()};
}

inline ModelsShape shape_of_models(std::size_t models, std::size_t number_bytes,
                                   std::size_t numbers = 3, std::size_t moments = 1) {
  ModelsShape shape;
  shape.models = models;
  shape.number_bytes = number_bytes;
  shape.numbers = numbers;
  shape.moments = moments;
  return shape;
}

}  // namespace forknet::run
