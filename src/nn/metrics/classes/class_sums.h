// Sums over rows by class, from which precision, recall and F1 follow, as scikit-learn has them:
//   precision = correct / predicted,  recall = correct / labelled,
//   F1 = 2 * correct / (predicted + labelled);  0 where the divisor is 0
// all by the weights of the rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace forknet::nn {

class ClassSums {
 public:
  explicit ClassSums(std::size_t classes)
      : labelled_(classes), predicted_(classes), correct_(classes) {}

  // The next row. `predicted`: a class, or kNoClass (ranks.h).
  void add(std::uint32_t label, std::uint32_t predicted, double weight);

  [[nodiscard]] std::size_t classes() const { return labelled_.size(); }
  [[nodiscard]] double precision(std::size_t of_class) const;
  [[nodiscard]] double recall(std::size_t of_class) const;
  [[nodiscard]] double f1(std::size_t of_class) const;

  // Their means over the classes that rows have or are predicted to have, in ascending order.
  using Figure = double (ClassSums::*)(std::size_t of_class) const;
  [[nodiscard]] double mean(Figure figure) const;

 private:
  std::vector<double> labelled_;   // (classes) weights of the rows of a class
  std::vector<double> predicted_;  // (classes) of those predicted to be of it
  std::vector<double> correct_;    // (classes) of those that are both
};

}  // namespace forknet::nn
