#include <forknet/testing.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "base/nearest.h"
#include "base/try.h"
#include "nn/optimizer.h"
#include "nn/optimizers/list.h"

namespace forknet::nn {
namespace {

using math::BitsOf;
using math::kLanes;
using math::Target;

constexpr double kRate = 0.01;
constexpr std::size_t kCases = 24;
constexpr std::size_t kMostLines = 40;

// Numbers of every size a step may meet.
class Draw {
 public:
  [[nodiscard]] std::size_t below(std::size_t end) { return engine_() % end; }
  // In [-1, 1).
  [[nodiscard]] double signed_unit() {
    return static_cast<double>(engine_() >> 11) * 0x1p-52 - 1.0;
  }
  template <class T>
  [[nodiscard]] T number() {
    const auto unit = static_cast<T>(signed_unit());
    switch (below(10)) {
      case 0:
        return T{0};
      case 1:
        return unit * std::numeric_limits<T>::min();  // denormal
      case 2:
        return std::copysign(std::numeric_limits<T>::min(), unit);
      case 3:
        return unit * static_cast<T>(1e-12);
      case 4:
        return unit * static_cast<T>(1e3);
      default:
        return unit;
    }
  }

 private:
  std::mt19937_64 engine_{19};
};

// Lines of numbers, aligned as kernels require.
template <class T>
class Lines {
 public:
  Lines() : Lines(0) {}
  explicit Lines(std::size_t lines) : lines_(lines) {}
  [[nodiscard]] T* data() { return lines_.empty() ? nullptr : lines_.front().data; }
  [[nodiscard]] const T* data() const { return lines_.empty() ? nullptr : lines_.front().data; }
  [[nodiscard]] std::size_t size() const { return lines_.size() * kLanes; }

 private:
  struct alignas(128) Line {
    T data[kLanes] = {};
  };
  std::vector<Line> lines_;
};

// Weights and their state; regions[0] are the weights.
template <class T>
using Regions = std::vector<Lines<T>>;

template <class T>
Regions<T> zeros(std::size_t regions, std::size_t lines) {
  return Regions<T>(regions, Lines<T>(lines));
}

// In every other case no state is negative: some rules take its root.
template <class T>
Regions<T> drawn(std::size_t regions, std::size_t lines, Draw& draw) {
  Regions<T> all = zeros<T>(regions, lines);
  const bool roots = draw.below(2) == 0;
  for (std::size_t k = 0; k < regions; ++k) {
    T* const numbers = all[k].data();
    for (std::size_t i = 0; i < all[k].size(); ++i) {
      numbers[i] = draw.number<T>();
      if (k > 0 && roots) numbers[i] = std::abs(numbers[i]);
    }
  }
  return all;
}

template <class T>
math::WeightUpdate<T> update_of(const math::UpdateRule<T>& rule, const Regions<T>& from,
                                Regions<T>& to) {
  math::WeightUpdate<T> update;
  update.weights = from[0].data();
  update.next = to[0].data();
  update.states = from.size() - 1;
  for (std::size_t k = 0; k < update.states; ++k) {
    update.state[k] = from[k + 1].data();
    update.next_state[k] = to[k + 1].data();
  }
  update.rule = rule;
  return update;
}

// What is wrong, for the message of an Error.
struct Checked {
  std::string name;
  Target target;
  std::string precision;

  [[nodiscard]] Error wrong(const std::string& what) const {
    return {ErrorKind::comparison, "optimizer \"" + name + "\", " + precision + ", kernels of " +
                                       std::string(math::target_name(target)) + ": " + what};
  }
};

template <class T>
Status expect_same(const Checked& checked, const std::string& what, const Regions<T>& got,
                   const Regions<T>& expected) {
  for (std::size_t k = 0; k < got.size(); ++k) {
    for (std::size_t i = 0; i < got[k].size(); ++i) {
      const T a = got[k].data()[i];
      const T b = expected[k].data()[i];
      if (std::bit_cast<BitsOf<T>>(a) == std::bit_cast<BitsOf<T>>(b)) continue;
      if (std::isnan(a) && std::isnan(b)) continue;
      return checked.wrong(what + "\n  " + (k == 0 ? "weight " : "state ") + std::to_string(i) +
                           " is " + std::to_string(a) + ", by its own rule " + std::to_string(b));
    }
  }
  return {};
}

// The rule itself, one number at a time.
template <class T>
Regions<T> by_rule(const math::UpdateRule<T>& rule, const Regions<T>& from, const Lines<T>& sums) {
  Regions<T> to = from;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    T gradient = sums.data()[i] * rule.scale;
    if (rule.decay > 0) gradient = std::fma(rule.decay, from[0].data()[i], gradient);
    OptimizerNumbers<T> numbers;
    numbers.count = 1;
    numbers.weights = from[0].data() + i;
    numbers.gradients = &gradient;
    numbers.next = to[0].data() + i;
    for (std::size_t k = 0; k + 1 < from.size(); ++k) {
      numbers.state[k] = from[k + 1].data() + i;
      numbers.next_state[k] = to[k + 1].data() + i;
    }
    numbers.constants = rule.constants;
    static_cast<const OptimizerKind*>(rule.part)->apply(numbers);
    for (std::size_t k = 1; k < to.size(); ++k) to[k].data()[i] = normal_or_zero(to[k].data()[i]);
  }
  return to;
}

template <class T>
std::uint64_t bits_of(const Regions<T>& regions) {
  std::uint64_t sum = 0;
  for (const Lines<T>& lines : regions) {
    sum = math::add_bits<T>(sum, math::bit_sum<T>({lines.data(), lines.size()}));
  }
  return sum;
}

// Random numbers: in place, to another version, and divided in two.
template <class T>
Status check_bits(const Checked& checked, const Optimizer& optimizer, Draw& draw) {
  for (std::size_t i = 0; i < kCases; ++i) {
    const std::size_t lines = 1 + draw.below(kMostLines);
    const auto rule =
        optimizer.rule<T>(kRate, draw.below(1000), 1 + draw.below(300), checked.target);
    const Regions<T> from = drawn<T>(1 + optimizer.states(), lines, draw);
    const Regions<T> drawn_sums = drawn<T>(1, lines, draw);
    const Lines<T>& sums = drawn_sums[0];
    const Regions<T> expected = by_rule(rule, from, sums);

    Regions<T> to = zeros<T>(from.size(), lines);
    auto update = update_of(rule, from, to);
    math::BitSum written;
    update.written = &written;
    update.streams = draw.below(2) == 0;
    rule.apply(update, 0, lines, sums.data());
    FORKNET_TRY(expect_same(checked, "from one version to another", to, expected));
    if (written.total<T>() != bits_of(to)) return checked.wrong("written bits are miscounted");

    Regions<T> in_place = from;
    const std::size_t first = draw.below(lines + 1);
    update = update_of(rule, in_place, in_place);
    rule.apply(update, 0, first, sums.data());
    rule.apply(update, first * kLanes, lines - first, sums.data() + first * kLanes);
    FORKNET_TRY(expect_same(checked, "in place, in two parts", in_place, expected));
  }
  return {};
}

// Where it says that a gradient of 0 changes nothing.
template <class T>
Status check_zeros(const Checked& checked, const Optimizer& optimizer, Draw& draw) {
  const Lines<T> sums(1);
  for (std::size_t i = 0; i < kCases; ++i) {
    const auto rule =
        optimizer.rule<T>(kRate, draw.below(1000), 1 + draw.below(300), checked.target);
    if (!rule.keeps_at_zero) return {};
    Regions<T> numbers = drawn<T>(1 + optimizer.states(), 1, draw);
    for (std::size_t k = 1; k < numbers.size(); ++k) {
      // What a state of squares may be.
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        numbers[k].data()[lane] = normal_or_zero(std::abs(numbers[k].data()[lane])) + T{0};
      }
    }
    const Regions<T> before = numbers;
    rule.apply(update_of(rule, numbers, numbers), 0, 1, sums.data());
    FORKNET_TRY(expect_same(checked, "with gradients of 0", numbers, before));
  }
  return {};
}

template <class T>
Status check_padding(const Checked& checked, const Optimizer& optimizer) {
  const Lines<T> sums(1);
  Regions<T> numbers = zeros<T>(1 + optimizer.states(), 1);
  for (std::uint64_t step = 0; step < 3; ++step) {
    const auto rule = optimizer.rule<T>(kRate, step, 1, checked.target);
    rule.apply(update_of(rule, numbers, numbers), 0, 1, sums.data());
  }
  for (const Lines<T>& region : numbers) {
    const bool zero = std::all_of(region.data(), region.data() + region.size(),
                                  [](T number) { return number == 0; });
    if (!zero) return checked.wrong("zero weights with zero gradients and zero state change");
  }
  return {};
}

template <class T>
Status check_target(const std::string& name, const Optimizer& optimizer, Target target) {
  const Checked checked = {name, target, sizeof(T) == 4 ? "fp32" : "fp64"};
  Draw draw;
  FORKNET_TRY(check_bits<T>(checked, optimizer, draw));
  FORKNET_TRY(check_zeros<T>(checked, optimizer, draw));
  return check_padding<T>(checked, optimizer);
}

// A line of quadratics curvature / 2 * (w - centre)^2, each half to one and a half from its centre.
struct Quadratics {
  std::array<double, kLanes> curvature, centre, start;
  explicit Quadratics(Draw& draw) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      curvature[i] = 1.25 + 0.75 * draw.signed_unit();
      centre[i] = draw.signed_unit();
      start[i] = centre[i] + (1.0 + 0.5 * draw.signed_unit()) * (i % 2 == 0 ? 1 : -1);
    }
  }
  template <class T>
  [[nodiscard]] Regions<T> descend(const Optimizer& optimizer, Target target) const {
    constexpr std::uint64_t kSteps = 8;
    Regions<T> numbers = zeros<T>(1 + optimizer.states(), 1);
    std::copy(start.begin(), start.end(), numbers[0].data());
    Lines<T> gradients(1);
    for (std::uint64_t step = 0; step < kSteps; ++step) {
      for (std::size_t i = 0; i < kLanes; ++i) {
        gradients.data()[i] =
            static_cast<T>(curvature[i]) * (numbers[0].data()[i] - static_cast<T>(centre[i]));
      }
      const auto rule = optimizer.rule<T>(kRate, step, 1, target);
      rule.apply(update_of(rule, numbers, numbers), 0, 1, gradients.data());
    }
    return numbers;
  }
};

Status check_descent(const std::string& name, const Optimizer& optimizer) {
  constexpr double kTolerance = 1e-5;
  Draw draw;
  const Target target = math::best_target();
  const Quadratics quadratics(draw);
  const Regions<float> got = quadratics.descend<float>(optimizer, target);
  const Regions<double> expected = quadratics.descend<double>(optimizer, Target::reference);
  for (std::size_t i = 0; i < kLanes; ++i) {
    const double weight = expected[0].data()[i];
    const double error = std::abs(static_cast<double>(got[0].data()[i]) - weight);
    if (error <= kTolerance * std::max(1.0, std::abs(weight))) continue;  // false for NaN
    return Checked{name, target, "fp32"}.wrong(
        "eight steps down a quadratic differ from double precision\n  weight " + std::to_string(i) +
        " is " + std::to_string(got[0].data()[i]) + ", expected " + std::to_string(weight));
  }
  return {};
}

Status check_known(const std::string& name, const Settings& settings) {
  const OptimizerPart* const part = find_optimizer(name);
  std::vector<std::string> known;
  if (part == nullptr) {
    for (const OptimizerPart& other : optimizers().all()) known.emplace_back(other.kind->name());
    return Error{ErrorKind::config,
                 "there is no optimizer \"" + name + "\"\n  " + did_you_mean(name, known)};
  }
  for (const SettingSpec& setting : part->kind->settings()) known.push_back(setting.name);
  for (const auto& [given, value] : settings.all()) {
    if (std::find(known.begin(), known.end(), given) != known.end()) continue;
    return Error{ErrorKind::config, "optimizer \"" + name + "\" has no setting \"" + given +
                                        "\"\n  " + did_you_mean(given, known)};
  }
  return {};
}

}  // namespace
}  // namespace forknet::nn

namespace forknet {

Status check_optimizer(const std::string& name, const Settings& settings) {
  FORKNET_TRY(nn::check_known(name, settings));
  const nn::Optimizer optimizer({name, nn::kRate, "constant", 0, settings});
  for (const math::Target target : math::available_targets()) {
    FORKNET_TRY(nn::check_target<float>(name, optimizer, target));
    FORKNET_TRY(nn::check_target<double>(name, optimizer, target));
  }
  return nn::check_descent(name, optimizer);
}

}  // namespace forknet
