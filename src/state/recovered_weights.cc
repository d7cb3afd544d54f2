// The weights of recovered.h: checks that they are those that were written, and reads them.
#include <algorithm>
#include <vector>

#include "math/bit_sum.h"
#include "os/failpoint.h"
#include "state/recovered.h"

namespace forknet::run {
namespace {

// The numbers of a stage and the file that holds them with their moments.
struct StagePart {
  std::size_t file = 0;
  SliceNumbers numbers;
};
std::vector<StagePart> parts_of(const Recovered& recovered, const nn::ModelPlan& plan) {
  if (!recovered.list.private_cells) return {{0, {0, plan.numbers}}};
  std::vector<StagePart> parts;
  for (std::size_t stage = 0; stage < recovered.list.slices.size(); ++stage) {
    // The cell of the first replica also keeps the moments.
    parts.push_back(
        {stage * recovered.list.replicas, numbers_of(plan, recovered.list.slices[stage])});
  }
  return parts;
}

// Calls f(region, part, numbers) for every region of the committed version of every part.
template <class T, class F>
void for_committed(const Recovered& recovered, const nn::ModelPlan& plan, F f) {
  const store::WeightsLayout& layout = recovered.weights;
  for (const auto& [file, numbers] : parts_of(recovered, plan)) {
    const auto* base = reinterpret_cast<const T*>(recovered.files[file].bytes().data());
    for (std::size_t i = 0; i <= layout.moments; ++i) {
      const std::size_t region = recovered.version % layout.versions * (layout.moments + 1) + i;
      const T* begin = base + region * layout.stride_bytes() / sizeof(T) + numbers.begin;
      f(i, numbers, std::span<const T>(begin, numbers.end - numbers.begin));
    }
  }
}

// The checksum of what the last commit wrote; nothing: not computed.
template <class T>
std::optional<std::uint64_t> sum_of_commit(const Recovered& recovered) {
  const Control& words = recovered.words();
  if (const auto sum = words.written.of(recovered.committed)) return sum;
  const StateList& list = recovered.list;
  const std::size_t step = list.private_cells ? list.replicas : 1;
  std::uint64_t sum = 0;
  for (std::size_t cell = 0; cell < list.slices.size() * list.replicas; cell += step) {
    const auto part = words.cells[cell].written.of(recovered.committed);
    if (!part) return std::nullopt;
    sum = math::add_bits<T>(sum, *part);
  }
  return sum;
}

template <class T>
bool as_written(const Recovered& recovered, const nn::ModelPlan& plan) {
  std::uint64_t sum = 0;
  for_committed<T>(recovered, plan, [&](std::size_t, const auto&, std::span<const T> numbers) {
    sum = math::add_bits<T>(sum, math::bit_sum(numbers));
  });
  return sum_of_commit<T>(recovered) == sum;
}

bool fits(const Recovered& recovered, const nn::ModelPlan& plan,
          const store::WeightsLayout& wanted) {
  return recovered.weights == wanted && wanted.numbers == plan.numbers &&
         recovered.list.slices.back().end == plan.layers.size() &&
         recovered.list.slices.size() <= kMostCells / recovered.list.replicas;
}

}  // namespace

std::string fault_of_weights(const Recovered& recovered, const nn::ModelPlan& plan,
                             const store::WeightsLayout& wanted) {
  if (!fits(recovered, plan, wanted)) return "it holds another model";
  if (recovered.list.models) return "";  // fault_of_models checks the sums of their center
  const bool whole = wanted.number_bytes == sizeof(float) ? as_written<float>(recovered, plan)
                                                          : as_written<double>(recovered, plan);
  return whole ? "" : "its weights are not those that the last step wrote";
}

template <class T>
Status read_weights(const Recovered& recovered, const nn::ModelPlan& plan, store::Weights<T>& to) {
  FORKNET_FAILPOINT("state/read");
  if (!fits(recovered, plan, {sizeof(T), plan.numbers, to.moments(), recovered.weights.versions})) {
    return Error{ErrorKind::data, recovered.list.control + ": holds the state of another model"};
  }
  for_committed<T>(recovered, plan,
                   [&](std::size_t region, const SliceNumbers& part, std::span<const T> numbers) {
                     std::ranges::copy(numbers, to.region(region).subspan(part.begin).begin());
                   });
  return {};
}

Status read_models(const Recovered& recovered, std::span<std::byte> to) {
  const auto models = recovered.models();
  if (models.size() != to.size()) {
    return Error{ErrorKind::data,
                 recovered.list.weights.back() + ": holds the models of another run"};
  }
  std::ranges::copy(models, to.begin());
  return {};
}

template Status read_weights<float>(const Recovered&, const nn::ModelPlan&, store::Weights<float>&);
template Status read_weights<double>(const Recovered&, const nn::ModelPlan&,
                                     store::Weights<double>&);

}  // namespace forknet::run
