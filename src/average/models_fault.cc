#include "average/models_fault.h"

#include <fmt/format.h>

#include <algorithm>

namespace forknet::run {
namespace {

template <class T>
class Check {
 public:
  // The memory is not written: Models only returns views.
  Check(const Recovered& recovered, const ModelsShape& shape)
      : committed_(recovered.committed),
        models_({const_cast<std::byte*>(recovered.models().data()), recovered.models().size()},
                shape),
        center_(
            store::Weights<T>::over({const_cast<std::byte*>(recovered.files.front().bytes().data()),
                                     recovered.files.front().bytes().size()},
                                    recovered.weights)) {
    center_.turn_to(models_.center_version());
  }

  std::string fault() const {
    if (models_.center_step() > committed_ + 1) return "the center of its models is damaged";
    if (!models_.center_is_sealed(center_) || !models_.starts_are_sealed())
      return "the center of its models is damaged";
    for (std::size_t model = 0; model < models_.count(); ++model) {
      if (!is_whole(model)) return fmt::format("model {} is damaged", model);
    }
    return "";
  }

 private:
  [[nodiscard]] bool is_whole(std::size_t model) const {
    const std::uint64_t center = models_.center_step();
    if (!models_.left_out_is_whole(model)) return false;
    const Commits& commits = models_.commits(model);
    const std::uint64_t steps = commits.committed();
    // The model begins with the center, possibly again.
    if (steps <= center) return true;
    const std::uint64_t first =
        std::max({center, std::min(committed_, steps), steps - kept(steps)});
    for (std::uint64_t step = first; step < steps; ++step) {
      if (!commits.figures(step).whole(step)) return false;
    }
    return commits.written.of(steps) == models_.weights(model).bit_sum();
  }
  [[nodiscard]] static std::uint64_t kept(std::uint64_t steps) { return std::min(steps, kFigures); }

  const std::uint64_t committed_;
  const Models<T> models_;
  store::Weights<T> center_;
};

}  // namespace

std::string fault_of_models(const Recovered& recovered, const ModelsShape& shape) {
  if (recovered.models().size() != shape.bytes() || recovered.files.size() != 2) {
    return "it holds other models";
  }
  if (shape.number_bytes == sizeof(float)) return Check<float>(recovered, shape).fault();
  return Check<double>(recovered, shape).fault();
}

}  // namespace forknet::run
