#include "nn/members/average.h"

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "math/element_kernels.h"

namespace forknet::nn {
namespace {

using math::Function;

// The outputs of one sample, those of each member side by side, and room for what is made of them.
template <class T>
class Sample {
 public:
  Sample(math::Target target, std::size_t members, std::size_t units)
      : kernels_(math::element_kernels<T>(target)),
        members_(members),
        units_(units),
        numbers_(members * units),
        others_(members * units),
        room_(members * units),
        mean_(units) {}

  void read(const math::PanelView<T>& outputs, std::size_t sample) {
    for (std::size_t m = 0; m < members_; ++m) {
      for (std::size_t u = 0; u < units_; ++u) {
        numbers_[m * units_ + u] = outputs.at(sample * members_ + m, u);
      }
    }
  }
  void write(const math::PanelView<T>& outputs, std::size_t sample) const {
    for (std::size_t u = 0; u < units_; ++u) outputs.at(sample, u) = mean_[u];
  }

  void average(LinkKind link) {
    if (link == LinkKind::identity) mean_of_numbers();
    if (link == LinkKind::exp) logs_of_means(numbers_, mean_);
    if (link == LinkKind::sigmoid) logits();
    if (link == LinkKind::softmax) log_probabilities();
  }

 private:
  void mean_of_numbers() {
    for (std::size_t u = 0; u < units_; ++u) {
      mean_[u] = sum_of(numbers_, u) / static_cast<T>(members_);
    }
  }

  // Of the numbers of a unit, members ascending.
  [[nodiscard]] T sum_of(std::span<const T> numbers, std::size_t unit) const {
    T sum = 0;
    for (std::size_t m = 0; m < members_; ++m) sum += numbers[m * units_ + unit];
    return sum;
  }

  // log of the sum of e^x over the members; the largest term is taken out, so that nothing
  // overflows and not all terms vanish.
  void logs_of_sums(std::span<const T> x, std::span<T> to) {
    largest_.assign(units_, -std::numeric_limits<T>::infinity());
    for (std::size_t i = 0; i < x.size(); ++i) {
      largest_[i % units_] = std::max(largest_[i % units_], x[i]);
    }
    for (std::size_t i = 0; i < x.size(); ++i) room_[i] = x[i] - largest_[i % units_];
    kernels_.map(Function::exp, room_, room_);
    for (std::size_t u = 0; u < units_; ++u) to[u] = sum_of(room_, u);
    kernels_.map(Function::log, to, to);
    for (std::size_t u = 0; u < units_; ++u) {
      // Nothing but -infinity, or a NaN beside it.
      const bool none = largest_[u] == -std::numeric_limits<T>::infinity();
      to[u] = none ? sum_of(x, u) : largest_[u] + to[u];
    }
  }
  void logs_of_means(std::span<const T> x, std::span<T> to) {
    logs_of_sums(x, to);
    const T count = log_of(static_cast<T>(members_));
    for (T& number : to) number = number - count;
  }

  // log(p / (1 - p)) of the mean p of sigmoids, as log p - log(1 - p).
  void logits() {
    // log(1 + exp(-|x|)) of each
    for (std::size_t i = 0; i < numbers_.size(); ++i)
      room_[i] = numbers_[i] > 0 ? -numbers_[i] : numbers_[i];
    kernels_.map(Function::exp, room_, room_);
    kernels_.map(Function::log1p, room_, room_);
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const T x = numbers_[i];
      others_[i] = -(x > 0 ? x : T{0}) - room_[i];
      numbers_[i] = (x > 0 ? T{0} : x) - room_[i];
    }
    logs_of_sums(numbers_, mean_);
    no_ = mean_;
    logs_of_sums(others_, no_);
    for (std::size_t u = 0; u < units_; ++u) mean_[u] = mean_[u] - no_[u];
  }

  // Logarithms of the mean probabilities of softmaxes.
  void log_probabilities() {
    for (std::size_t m = 0; m < members_; ++m) {
      const std::span<T> z = std::span(numbers_).subspan(m * units_, units_);
      const std::span<T> e = std::span(others_).subspan(m * units_, units_);
      const T largest = *std::max_element(z.begin(), z.end());
      for (T& number : z) number = number - largest;
      kernels_.map(Function::exp, z, e);
      const T log = log_of(kernels_.sum(e));
      for (T& number : z) number = number - log;
    }
    logs_of_means(numbers_, mean_);
  }

  T log_of(T x) const {
    T log = 0;
    kernels_.map(Function::log, {&x, 1}, {&log, 1});
    return log;
  }

  const math::ElementKernels<T>& kernels_;
  const std::size_t members_;
  const std::size_t units_;
  std::vector<T> numbers_;
  std::vector<T> others_;
  std::vector<T> room_;
  std::vector<T> largest_;
  std::vector<T> no_;
  std::vector<T> mean_;
};

}  // namespace

template <class T>
void average_members(math::Target target, LinkKind link, const math::PanelView<T>& outputs,
                     std::size_t members) {
  Sample<T> sample(target, members, outputs.columns);
  for (std::size_t i = 0; i < outputs.rows / members; ++i) {
    sample.read(outputs, i);
    sample.average(link);
    sample.write(outputs, i);
  }
}

template void average_members(math::Target, LinkKind, const math::PanelView<float>&, std::size_t);
template void average_members(math::Target, LinkKind, const math::PanelView<double>&, std::size_t);

}  // namespace forknet::nn
