#include "nn/metrics/classes/top_k.h"

namespace forknet::nn {
namespace {

template <std::size_t k>
class Top final : public MetricOfClasses<Top<k>> {
 public:
  void add_class(std::uint32_t, std::uint32_t rank, std::uint32_t, double weight) {
    if (rank < k) hits_ += weight;
    all_ += weight;
  }
  [[nodiscard]] std::optional<double> value() const override { return hits_ / all_; }

 private:
  double hits_ = 0;
  double all_ = 0;
};

}  // namespace

template <std::size_t k>
std::unique_ptr<Metric> make_top_metric(const MetricInput&) {
  return std::make_unique<Top<k>>();
}

template std::unique_ptr<Metric> make_top_metric<3>(const MetricInput&);
template std::unique_ptr<Metric> make_top_metric<5>(const MetricInput&);

}  // namespace forknet::nn
