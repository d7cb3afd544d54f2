#include "store/weights.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/try.h"

namespace forknet::store {

template <class T>
Result<Weights<T>> Weights<T>::laid_out(std::size_t numbers, std::size_t moments,
                                        std::size_t versions) {
  const WeightsLayout layout = {sizeof(T), numbers, moments, versions};
  if (layout.checked_bytes()) return Weights(layout);
  return Error{ErrorKind::config, "the weights of this model do not fit into memory"};
}

template <class T>
void Weights<T>::take(os::Mapping mapping) {
  mapping_ = std::move(mapping);
  read_ = base_ = reinterpret_cast<T*>(mapping_.writable().data());
}

template <class T>
Result<Weights<T>> Weights<T>::create(std::size_t numbers, std::size_t moments,
                                      std::size_t versions) {
  FORKNET_ASSIGN(Weights weights, laid_out(numbers, moments, versions));
  FORKNET_ASSIGN(auto mapping, os::Mapping::anonymous(weights.layout_.bytes()));
  weights.take(std::move(mapping));
  return weights;
}

template <class T>
Result<Weights<T>> Weights<T>::create_shared(std::size_t numbers, std::size_t moments,
                                             std::size_t versions) {
  FORKNET_ASSIGN(Weights weights, laid_out(numbers, moments, versions));
  FORKNET_ASSIGN(auto mapping, os::Mapping::shared("forknet weights", weights.layout_.bytes()));
  weights.take(std::move(mapping));
  return weights;
}

template <class T>
Result<Weights<T>> Weights<T>::of(os::Fd shared, std::size_t numbers, std::size_t moments,
                                  std::size_t versions) {
  FORKNET_ASSIGN(Weights weights, laid_out(numbers, moments, versions));
  FORKNET_ASSIGN(auto mapping, os::Mapping::of(std::move(shared), os::Mapping::Access::write));
  if (mapping.bytes().size() < weights.layout_.bytes()) {
    return Error{ErrorKind::internal, "the shared weights are of another model"};
  }
  weights.take(std::move(mapping));
  return weights;
}

template <class T>
Weights<T> Weights<T>::over(std::span<std::byte> memory, const WeightsLayout& layout) {
  FORKNET_CHECK(layout.number_bytes == sizeof(T) && memory.size() >= layout.bytes());
  Weights weights(layout);
  weights.read_ = weights.base_ = reinterpret_cast<T*>(memory.data());
  return weights;
}

template <class T>
void Weights<T>::keep_for_next() {
  if (layout_.versions == 1) return;
  for (std::size_t i = 0; i < regions(); ++i) {
    std::ranges::copy(part(current_, i), part(next(), i).begin());
  }
}

template <class T>
void Weights<T>::copy_from(const Weights& other) {
  FORKNET_CHECK(other.layout_.numbers == layout_.numbers && other.regions() == regions());
  for (std::size_t i = 0; i < regions(); ++i) std::ranges::copy(other.region(i), region(i).begin());
}

template <class T>
Status Weights<T>::write_only(std::span<const Numbers> ranges) {
  std::vector<os::Mapping::Bytes> bytes;
  for (const auto& [begin, end] : ranges) {
    for (const auto& range : layout_.bytes_of(begin, end)) bytes.push_back(range);
  }
  FORKNET_TRY(mapping_.write_only(bytes));
  read_ = reinterpret_cast<const T*>(mapping_.bytes().data());
  base_ = reinterpret_cast<T*>(mapping_.writable().data());
  return {};
}

template class Weights<float>;
template class Weights<double>;

}  // namespace forknet::store
