#include "nn/metrics/classes/by_class.h"

namespace forknet::nn {
namespace {

template <ClassSums::Figure kFigure>
class MeanOfClasses final : public MetricOfClasses<MeanOfClasses<kFigure>> {
 public:
  explicit MeanOfClasses(std::size_t classes) : sums_(classes) {}
  void add_class(std::uint32_t label, std::uint32_t, std::uint32_t predicted, double weight) {
    sums_.add(label, predicted, weight);
  }
  [[nodiscard]] std::optional<double> value() const override { return sums_.mean(kFigure); }

 private:
  ClassSums sums_;
};

}  // namespace

template <ClassSums::Figure kFigure>
std::unique_ptr<Metric> make_class_metric(const MetricInput& input) {
  return std::make_unique<MeanOfClasses<kFigure>>(input.units);
}

template std::unique_ptr<Metric> make_class_metric<&ClassSums::precision>(const MetricInput&);
template std::unique_ptr<Metric> make_class_metric<&ClassSums::recall>(const MetricInput&);
template std::unique_ptr<Metric> make_class_metric<&ClassSums::f1>(const MetricInput&);

}  // namespace forknet::nn
