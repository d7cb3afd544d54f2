#include "store/weights.h"

#include <utility>
#include <vector>

#include "base/checked.h"

namespace forknet::store {
namespace {
constexpr std::size_t kPage = 4096;
}

template <class T>
Result<Weights<T>> Weights<T>::laid_out(std::size_t numbers, std::size_t moments) {
  const std::size_t page_numbers = kPage / sizeof(T);
  Weights weights;
  weights.numbers_ = numbers;
  weights.stride_ = (numbers + page_numbers - 1) / page_numbers * page_numbers;
  weights.moments_ = moments;
  if (!checked_multiply(weights.stride_, (moments + 1) * sizeof(T))) {
    return Error{ErrorKind::config, "the weights of this model do not fit into memory"};
  }
  return weights;
}

template <class T>
void Weights<T>::take(os::Mapping mapping) {
  mapping_ = std::move(mapping);
  base_ = reinterpret_cast<T*>(mapping_.writable().data());
}

template <class T>
Result<Weights<T>> Weights<T>::create(std::size_t numbers, std::size_t moments) {
  FORKNET_ASSIGN(Weights weights, laid_out(numbers, moments));
  FORKNET_ASSIGN(auto mapping, os::Mapping::anonymous(weights.bytes()));
  weights.take(std::move(mapping));
  return weights;
}

template <class T>
Result<Weights<T>> Weights<T>::create_shared(std::size_t numbers, std::size_t moments) {
  FORKNET_ASSIGN(Weights weights, laid_out(numbers, moments));
  FORKNET_ASSIGN(auto mapping, os::Mapping::shared("forknet weights", weights.bytes()));
  weights.take(std::move(mapping));
  return weights;
}

template <class T>
Result<Weights<T>> Weights<T>::of(os::Fd shared, std::size_t numbers, std::size_t moments) {
  FORKNET_ASSIGN(Weights weights, laid_out(numbers, moments));
  FORKNET_ASSIGN(auto mapping, os::Mapping::of(std::move(shared), os::Mapping::Access::write));
  if (mapping.bytes().size() < weights.bytes()) {
    return Error{ErrorKind::internal, "the shared weights are of another model"};
  }
  weights.take(std::move(mapping));
  return weights;
}

template <class T>
Status Weights<T>::write_only(std::span<const Numbers> ranges) {
  std::vector<os::Mapping::Bytes> bytes;
  for (std::size_t i = 0; i <= moments_; ++i) {
    for (const auto& [begin, end] : ranges) {
      bytes.push_back({(i * stride_ + begin) * sizeof(T), (i * stride_ + end) * sizeof(T)});
    }
  }
  return mapping_.write_only(bytes);
}

template class Weights<float>;
template class Weights<double>;

}  // namespace forknet::store
