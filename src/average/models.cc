#include "average/models.h"

#include <algorithm>
#include <new>

#include "os/failpoint.h"

namespace forknet::run {
namespace {

constexpr std::size_t kPage = store::WeightsLayout::kPage;

constexpr std::size_t whole_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// The layout of regions that do not change with every step.
store::WeightsLayout regions(const ModelsShape& shape, std::size_t count) {
  return {shape.number_bytes, shape.numbers, count - 1, 1};
}
std::size_t start_bytes(const ModelsShape& shape) {
  if (!shape.keeps_moments || shape.moments == 0) return 0;
  return shape.models * regions(shape, shape.moments).bytes();
}

template <class T>
void copy(std::span<const T> from, std::span<T> to) {
  std::copy(from.begin(), from.end(), to.begin());
}

}  // namespace

// A page, the control blocks of models and workers, the models, their moments at the start of a
// round, the velocity.
std::size_t ModelsShape::control_bytes() const {
  return kPage + whole_pages(models * (sizeof(ModelControlBlock) + sizeof(WorkerControlBlock)));
}

std::size_t ModelsShape::bytes() const {
  const std::size_t velocity = has_velocity ? regions(*this, 2).bytes() : 0;
  return control_bytes() + models * weights().bytes() + start_bytes(*this) + velocity;
}

template <class T>
Models<T>::Models(std::span<std::byte> memory, const ModelsShape& shape)
    : shape_(shape),
      memory_(memory),
      center_(reinterpret_cast<CenterPage*>(memory.data())),
      words_(reinterpret_cast<ModelControlBlock*>(memory.data() + kPage)),
      workers_(reinterpret_cast<WorkerControlBlock*>(memory.data() + kPage +
                                                     shape.models * sizeof(ModelControlBlock))) {}

template <class T>
store::Weights<T> Models<T>::weights(std::size_t model) const {
  const store::WeightsLayout layout = shape_.weights();
  auto weights = store::Weights<T>::over(
      part(shape_.control_bytes() + model * layout.bytes(), layout.bytes()), layout);
  weights.turn_to(commits(model).committed());
  return weights;
}

template <class T>
std::span<T> Models<T>::start_moment(std::size_t model, std::size_t moment) const {
  const store::WeightsLayout layout = regions(shape_, shape_.moments);
  const std::size_t begin =
      shape_.control_bytes() + shape_.models * shape_.weights().bytes() + model * layout.bytes();
  auto own = store::Weights<T>::over(part(begin, layout.bytes()), layout);
  return moment == 0 ? own.parameters() : own.moment(moment - 1);
}

template <class T>
std::span<T> Models<T>::velocity(std::uint64_t version) const {
  const store::WeightsLayout layout = regions(shape_, 2);
  auto both = store::Weights<T>::over(memory_.last(layout.bytes()), layout);
  return version == 0 ? both.parameters() : both.moment(0);
}

template <class T>
void Models<T>::seed(std::size_t model, const store::Weights<T>& center) {
  const std::uint64_t step = center_step();
  auto own = weights(model);
  own.turn_to(step);
  copy<T>(center.parameters(), own.parameters());
  FORKNET_FAILPOINT("average/seed");
  for (std::size_t i = 0; i < shape_.moments; ++i) {
    if (shape_.keeps_moments) {
      copy<T>(start_moment(model, i), own.moment(i));
    } else {
      copy<T>(center.moment(i), own.moment(i));
    }
  }
  commits(model).begin(step);
}

template <class T>
void Models<T>::leave_out(std::size_t model, std::uint64_t from_step) {
  words_[model].left_out_from.store(CheckedWord::of(from_step), std::memory_order_relaxed);
  words_[model].left_out_round.store(CheckedWord::of(center_step() + 1), std::memory_order_release);
}

template <class T>
std::uint64_t Models<T>::sum_of_center(std::uint64_t version,
                                       const store::Weights<T>& center) const {
  const std::uint64_t sum = center.bit_sum();
  return shape_.has_velocity ? math::add_bits<T>(sum, math::bit_sum<T>(velocity(version))) : sum;
}

template <class T>
void Models<T>::seal_center(std::uint64_t step, std::uint64_t version,
                            const store::Weights<T>& center) {
  center_->sums.put({step, version}, sum_of_center(version, center));
  center_->starts.put({step, version}, sum_of_starts());
}

template <class T>
std::uint64_t Models<T>::sum_of_starts() const {
  std::uint64_t sum = 0;
  for (std::size_t model = 0; model < shape_.models && shape_.keeps_moments; ++model) {
    for (std::size_t i = 0; i < shape_.moments; ++i) {
      sum = math::add_bits<T>(sum, math::bit_sum<T>(start_moment(model, i)));
    }
  }
  return sum;
}

// At the end of a round they are written while that round is still the current one; all models have
// then left its center.
template <class T>
bool Models<T>::starts_are_sealed() const {
  bool needed = false;
  for (std::size_t model = 0; model < shape_.models; ++model) {
    needed = needed || (at_center(model) && !left_out(model));
  }
  return !needed || center_->starts.of(center_->word.get()) == sum_of_starts();
}

template <class T>
bool Models<T>::center_is_sealed(const store::Weights<T>& center) const {
  const Center now = center_->word.get();
  return center_->sums.of(now) == sum_of_center(now.version, center);
}

template <class T>
void Models<T>::seal_model(std::size_t model) {
  commits(model).written.put(commits(model).committed(), weights(model).bit_sum());
}

template <class T>
void Models<T>::forget_workers() {
  for (std::size_t i = 0; i < shape_.models; ++i) new (&workers_[i]) WorkerControlBlock();
}

template class Models<float>;
template class Models<double>;

}  // namespace forknet::run
