#include "store/weights.h"

#include "base/checked.h"

namespace forknet::store {
namespace {
constexpr std::size_t kPage = 4096;
}

template <class T>
Result<Weights<T>> Weights<T>::create(std::size_t numbers, std::size_t moments) {
  const std::size_t page_numbers = kPage / sizeof(T);
  Weights weights;
  weights.numbers_ = numbers;
  weights.stride_ = (numbers + page_numbers - 1) / page_numbers * page_numbers;
  weights.moments_ = moments;
  const auto total = checked_multiply(weights.stride_, (moments + 1) * sizeof(T));
  if (!total) return Error{ErrorKind::config, "the weights of this model do not fit into memory"};
  FORKNET_ASSIGN(weights.mapping_, os::Mapping::anonymous(*total));
  weights.base_ = reinterpret_cast<T*>(weights.mapping_.writable().data());
  return weights;
}

template class Weights<float>;
template class Weights<double>;

}  // namespace forknet::store
