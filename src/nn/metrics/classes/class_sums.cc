#include "nn/metrics/classes/class_sums.h"

#include "nn/metrics/classes/ranks.h"

namespace forknet::nn {
namespace {

double share(double part, double all) { return all > 0 ? part / all : 0.0; }

}  // namespace

void ClassSums::add(std::uint32_t label, std::uint32_t predicted, double weight) {
  labelled_[label] += weight;
  if (predicted == kNoClass) return;
  predicted_[predicted] += weight;
  if (predicted == label) correct_[label] += weight;
}

double ClassSums::precision(std::size_t of_class) const {
  return share(correct_[of_class], predicted_[of_class]);
}

double ClassSums::recall(std::size_t of_class) const {
  return share(correct_[of_class], labelled_[of_class]);
}

double ClassSums::f1(std::size_t of_class) const {
  return share(2 * correct_[of_class], predicted_[of_class] + labelled_[of_class]);
}

double ClassSums::mean(Figure figure) const {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t c = 0; c < classes(); ++c) {
    if (!(labelled_[c] + predicted_[c] > 0)) continue;
    sum += (this->*figure)(c);
    ++count;
  }
  return share(sum, static_cast<double>(count));
}

}  // namespace forknet::nn
