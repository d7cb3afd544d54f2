// The update of weights by given sums: alone against the reference, and together with a gradient
// that only stores, against the fused version.
#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "math/element_testing.h"
#include "math/leaf_tree.h"
#include "math/product_kernels.h"
#include "nn/optimizer.h"

namespace forknet::nn {
namespace {

using namespace math;  // NOLINT: the kernels that the rules work in

template <class T>
class UpdateTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(UpdateTest, Types);

// A rule of a kind, 0 keeping the gradient itself.
constexpr const char* kNamesOfKinds[] = {"sgd",   "sgd",     "momentum", "adam", "nesterov",
                                         "adamw", "rmsprop", "adagrad",  "lion"};
constexpr std::size_t kKinds = std::size(kNamesOfKinds);
struct DrawnRule {
  std::size_t kind;
  std::size_t rows;
  double decay;
  double clip;
  DrawnRule(std::size_t number, Random& random)
      : kind(number % kKinds),
        rows(random.between(1, 300)),
        decay(random.one_in(2) ? 0.01 : 0.0),
        clip(kind > 0 && random.one_in(2) ? 0.01 : 0.0) {}
  [[nodiscard]] Optimizer optimizer() const {
    return Optimizer({kNamesOfKinds[kind], 0.05, "constant", 0, {{"weight_decay", decay}}});
  }
  [[nodiscard]] std::size_t states() const { return kind == 0 ? 0 : optimizer().states(); }
  template <class T>
  [[nodiscard]] UpdateRule<T> on(Target target) const {
    UpdateRule<T> rule = optimizer().rule<T>(0.05, 7, rows, target);
    if (kind == 0) rule.apply = nullptr;
    rule.clip = static_cast<T>(clip);
    return rule;
  }
  template <class T>
  [[nodiscard]] UpdateRule<T> undecayed_on(Target target) const {
    UpdateRule<T> rule = optimizer().undecayed_rule<T>(0.05, 7, rows, target);
    rule.clip = static_cast<T>(clip);
    return rule;
  }
};

// Weights and moments, `next…` apart from them.
template <class T>
struct State {
  Numbers<T> weights, next, first, second, next_first, next_second;
  State(Random& random, std::size_t numbers)
      : weights(numbers),
        next(numbers, kUntouched<T>),
        first(numbers),
        second(numbers),
        next_first(next),
        next_second(next) {
    for (std::size_t i = 0; i < numbers; ++i) {
      weights[i] = random.number<T>(false, 1.0);
      first[i] = random.number<T>(false, 1.0);
      second[i] = std::abs(random.number<T>(false, 1.0));
    }
  }
  WeightUpdate<T> update(const DrawnRule& rule, Target target, std::size_t stride, bool in_place) {
    WeightUpdate<T> update;
    update.weights = weights.data();
    update.next = in_place ? weights.data() : next.data();
    update.states = rule.states();
    update.state[0] = first.data();
    update.state[1] = second.data();
    update.next_state[0] = in_place ? first.data() : next_first.data();
    update.next_state[1] = in_place ? second.data() : next_second.data();
    update.panel_stride = stride;
    update.streams = !in_place;
    update.rule = rule.on<T>(target);
    return update;
  }
};

template <class T>
void expect_same(const State<T>& got, const State<T>& expected) {
  EXPECT_TRUE(all_same_bits(got.weights, expected.weights));
  EXPECT_TRUE(all_same_bits(got.next, expected.next));
  EXPECT_TRUE(all_same_bits(got.first, expected.first));
  EXPECT_TRUE(all_same_bits(got.second, expected.second));
  EXPECT_TRUE(all_same_bits(got.next_first, expected.next_first));
  EXPECT_TRUE(all_same_bits(got.next_second, expected.next_second));
}

// Checks what lies before and behind the lines, too.
TYPED_TEST(UpdateTest, every_kind_has_the_bits_of_the_reference) {
  using T = TypeParam;
  Random random(test_seed());
  const std::size_t cases = test_cases(200);
  for (const Target target : vector_targets()) {
    for (std::size_t i = 0; i < cases && !testing::Test::HasFailure(); ++i) {
      const std::size_t lines = random.size(60);
      const std::size_t index = random.between(0, 5) * kLanes;
      const bool in_place = random.one_in(2);
      const DrawnRule rule(i, random);
      SCOPED_TRACE(describe(target, lines, index) + " kind " + std::to_string(i % kKinds));
      State<T> fast(random, index + (lines + 2) * kLanes);
      State<T> slow = fast;
      Numbers<T> sums(lines * kLanes);
      for (T& sum : sums) sum = random.number<T>(random.one_in(4), 1.0);
      product_kernels<T>(target).update(fast.update(rule, target, 0, in_place), index, lines,
                                        sums.data());
      reference_product_kernels<T>().update(slow.update(rule, Target::reference, 0, in_place),
                                            index, lines, sums.data());
      expect_same(fast, slow);
    }
  }
}

// Over panels of lines, in two parts: line by line each has the bits of its rule alone.
TYPED_TEST(UpdateTest, lines_without_decay_have_a_rule_of_their_own) {
  using T = TypeParam;
  Random random(test_seed());
  for (const Target target : available_targets()) {
    for (std::size_t i = 0; i < test_cases(80) && !testing::Test::HasFailure(); ++i) {
      const std::size_t of_panel = random.between(1, 20);
      const std::size_t lines = of_panel * random.between(1, 4);
      DrawnRule rule(1 + i % (kKinds - 1), random);
      rule.decay = 0.01;
      SCOPED_TRACE(describe(target, lines, of_panel) + " kind " + std::to_string(rule.kind));
      const UpdateRule<T> undecayed = rule.undecayed_on<T>(target);
      State<T> mixed(random, lines * kLanes);
      State<T> apart = mixed;
      Numbers<T> sums(lines * kLanes);
      for (T& sum : sums) sum = random.number<T>(false, 1.0);
      auto update = mixed.update(rule, target, of_panel * kLanes, false);
      update.undecayed = &undecayed;
      update.undecayed_lines.begin = random.between(0, of_panel - 1);
      update.undecayed_lines.end = random.between(update.undecayed_lines.begin + 1, of_panel);
      const std::size_t cut = random.between(0, lines);
      const auto& kernels = product_kernels<T>(target);
      kernels.update(update, 0, cut, sums.data());
      kernels.update(update, cut * kLanes, lines - cut, sums.data() + cut * kLanes);
      for (std::size_t line = 0; line < lines; ++line) {
        auto one = apart.update(rule, target, 0, false);
        const std::size_t own = line % of_panel;
        if (own >= update.undecayed_lines.begin && own < update.undecayed_lines.end) {
          one.rule = undecayed;
        }
        kernels.update(one, line * kLanes, 1, sums.data() + line * kLanes);
      }
      expect_same(mixed, apart);
    }
  }
}

// By hand: sgd with rate 1 takes away the mean gradient, at most 0.5 of it. Decay comes after that.
TYPED_TEST(UpdateTest, an_element_of_the_gradient_is_clipped_before_decay_and_a_nan_stays) {
  using T = TypeParam;
  for (const Target target : available_targets()) {
    SCOPED_TRACE(target_name(target));
    UpdateRule<T> rule =
        Optimizer({"sgd", 1.0, "constant", 0, {{"weight_decay", 1.0}}}).rule<T>(1.0, 0, 2, target);
    rule.clip = static_cast<T>(0.5);
    Numbers<T> weights(kLanes, T{0});
    weights[4] = 1;
    Numbers<T> sums(kLanes, T{0});
    sums[0] = 8;
    sums[1] = -8;
    sums[2] = static_cast<T>(0.5);
    sums[3] = std::numeric_limits<T>::quiet_NaN();
    sums[4] = -8;
    sums[5] = std::numeric_limits<T>::infinity();
    WeightUpdate<T> update;
    update.weights = weights.data();
    update.next = weights.data();
    update.rule = rule;
    product_kernels<T>(target).update(update, 0, 1, sums.data());
    EXPECT_EQ(weights[0], static_cast<T>(-0.5));
    EXPECT_EQ(weights[1], static_cast<T>(0.5));
    EXPECT_EQ(weights[2], static_cast<T>(-0.25));
    EXPECT_TRUE(std::isnan(weights[3]));
    EXPECT_EQ(weights[4], static_cast<T>(0.5)) << "1 - (1 - 0.5)";
    EXPECT_EQ(weights[5], static_cast<T>(-0.5));
  }
}

// Over every number that is written, for every target and any division of the work.
TYPED_TEST(UpdateTest, the_bits_of_all_numbers_that_are_written_are_counted) {
  using T = TypeParam;
  Random random(test_seed());
  for (const Target target : available_targets()) {
    for (std::size_t i = 0; i < test_cases(40) && !testing::Test::HasFailure(); ++i) {
      const std::size_t lines = random.size(60);
      const DrawnRule rule(i, random);
      SCOPED_TRACE(describe(target, lines, 0) + " kind " + std::to_string(i % kKinds));
      State<T> state(random, lines * kLanes);
      Numbers<T> sums(lines * kLanes);
      for (T& sum : sums) sum = random.number<T>(random.one_in(4), 1.0);
      BitSum written;
      auto update = state.update(rule, target, 0, false);
      update.written = &written;
      const std::size_t first = random.between(0, lines) * kLanes;
      product_kernels<T>(target).update(update, 0, first / kLanes, sums.data());
      product_kernels<T>(target).update(update, first, lines - first / kLanes, sums.data() + first);
      std::uint64_t expected = 0;
      const auto add = [&](const Numbers<T>& numbers) {
        expected = add_bits<T>(expected, bit_sum<T>({numbers.data(), numbers.size()}));
      };
      if (rule.kind > 0) add(state.next);
      if (rule.states() > 0) add(state.next_first);
      if (rule.states() > 1) add(state.next_second);
      EXPECT_EQ(written.total<T>(), expected);
    }
  }
}

TYPED_TEST(UpdateTest, any_bit_that_falls_over_changes_the_sum) {
  using T = TypeParam;
  Random random(test_seed());
  Numbers<T> numbers(64);
  for (T& number : numbers) number = random.number<T>(false, 1.0);
  const std::span<const T> all(numbers.data(), numbers.size());
  const std::uint64_t sum = bit_sum<T>(all);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (std::size_t bit = 0; bit < sizeof(T) * 8; ++bit) {
      const T before = numbers[i];
      numbers[i] = std::bit_cast<T>(std::bit_cast<BitsOf<T>>(before) ^
                                    static_cast<BitsOf<T>>(BitsOf<T>{1} << bit));
      EXPECT_NE(bit_sum<T>(all), sum) << i << " " << bit;
      numbers[i] = before;
    }
  }
}

// Without gradients a moment decays; a denormal would never reach zero.
TYPED_TEST(UpdateTest, moments_below_the_smallest_normal_number_are_zero) {
  using T = TypeParam;
  Random random(test_seed());
  const T least = std::numeric_limits<T>::min();
  for (const Target target : available_targets()) {
    for (const std::size_t kind : {2, 3}) {
      SCOPED_TRACE(describe(target, 1, 0));
      DrawnRule rule(kind, random);
      rule.decay = 0;
      const bool adam = kind == 3;
      const T decay_of_first = static_cast<T>(0.9);  // the default of both
      State<T> state(random, kLanes);
      for (std::size_t i = 0; i < kLanes; ++i) {
        state.first[i] = (i % 2 == 0 ? least : -least) * (i < 8 ? T{1} : T{2});
        state.second[i] = i < 8 ? least : 2 * least;
      }
      const Numbers<T> sums(kLanes);
      product_kernels<T>(target).update(state.update(rule, target, 0, false), 0, 1, sums.data());
      for (std::size_t i = 0; i < kLanes; ++i) {
        // Adam's second moment decays slowly: 0.999 of the least is the first to go.
        const T first = i < 8 ? T{0} : state.first[i] * decay_of_first;
        EXPECT_EQ(state.next_first[i], first);
        EXPECT_FALSE(i < 8 && std::signbit(state.next_first[i]));
        if (!adam) continue;
        EXPECT_EQ(state.next_second[i], i < 8 ? T{0} : static_cast<T>(0.999) * state.second[i]);
      }
    }
  }
}

TYPED_TEST(UpdateTest, no_lines_change_nothing) {
  using T = TypeParam;
  Random random(test_seed());
  for (const Target target : available_targets()) {
    State<T> state(random, 4 * kLanes);
    const State<T> before = state;
    const DrawnRule rule(3, random);
    product_kernels<T>(target).update(state.update(rule, target, 0, true), kLanes, 0, nullptr);
    expect_same(state, before);
  }
}

// The rule for a layer (in, out): the bias is line `in` of each panel.
template <class T>
struct Layer {
  std::size_t in, out, rows, leaf_rows;
  PanelMatrix<T> x, dy;
  Layer(Random& random, std::size_t inputs, std::size_t outputs, std::size_t batch)
      : in(inputs),
        out(outputs),
        rows(batch),
        leaf_rows(random.between(1, batch)),
        x(batch, inputs),
        dy(batch, outputs) {
    x.fill(random, false, 1.0);
    dy.fill(random, false, 1.0);
  }
  [[nodiscard]] std::size_t stride() const { return (in + 1) * kLanes; }
  [[nodiscard]] std::size_t lines() const { return panels_for(out) * (in + 1); }
  GradientArgs<T> gradient(const WeightUpdate<T>& update) const {
    return gradient(update, {0, rows});
  }
  // Over those rows alone.
  GradientArgs<T> gradient(const WeightUpdate<T>& update, Range part) const {
    GradientArgs<T> args;
    args.x = x.view();
    args.dy = dy.view();
    for (auto* view : {&args.x, &args.dy}) {
      view->data += part.begin * kLanes;
      view->rows = part.size();
    }
    args.leaf_rows = leaf_rows;
    args.in_panels = {0, panels_for(in)};
    args.out_panels = {0, panels_for(out)};
    args.update = update;
    return args;
  }
  // Gradients over those rows, kept and not applied.
  Numbers<T> sums(const ProductKernels<T>& kernels, Range part) const {
    Numbers<T> sums(lines() * kLanes);
    WeightUpdate<T> store;
    store.next = sums.data();
    store.panel_stride = stride();
    kernels.gradient(gradient(store, part));
    return sums;
  }
};

// Everything except padding, which is unspecified.
template <class T>
void expect_same_numbers(const Layer<T>& layer, const State<T>& a, const State<T>& b) {
  for (std::size_t n = 0; n < layer.out * (layer.in + 1); ++n) {
    const std::size_t o = n % layer.out;
    const std::size_t at = o / kLanes * layer.stride() + n / layer.out * kLanes + o % kLanes;
    ASSERT_TRUE(same_bits(a.weights[at], b.weights[at])) << at;
    ASSERT_TRUE(same_bits(a.first[at], b.first[at])) << at;
    ASSERT_TRUE(same_bits(a.second[at], b.second[at])) << at;
  }
}

TYPED_TEST(UpdateTest, a_stored_gradient_and_an_update_are_the_two_in_one) {
  using T = TypeParam;
  Random random(test_seed());
  const std::size_t cases = test_cases(60);
  for (const Target target : available_targets()) {
    const auto& kernels = product_kernels<T>(target);
    for (std::size_t i = 0; i < cases && !testing::Test::HasFailure(); ++i) {
      const Layer<T> layer(random, random.size(40), random.size(40), random.size(70));
      const DrawnRule rule(i, random);
      SCOPED_TRACE(describe(target, layer.in, layer.out) + " kind " + std::to_string(i % kKinds));
      const UpdateRule<T> undecayed = rule.undecayed_on<T>(target);
      const std::size_t first = random.between(0, layer.in);  // to the biases
      const bool mixed = rule.kind > 0 && random.one_in(2);
      const auto with_bias = [&](WeightUpdate<T> update) {
        if (mixed) update.undecayed = &undecayed;
        update.undecayed_lines = {first, layer.in + 1};
        return update;
      };
      State<T> fused(random, layer.lines() * kLanes);
      State<T> apart = fused;
      kernels.gradient(layer.gradient(with_bias(fused.update(rule, target, layer.stride(), true))));

      const Numbers<T> sums = layer.sums(kernels, {0, layer.rows});
      kernels.update(with_bias(apart.update(rule, target, layer.stride(), true)), 0, layer.lines(),
                     sums.data());
      expect_same_numbers(layer, fused, apart);
    }
  }
}

TYPED_TEST(UpdateTest, sums_of_the_left_leaves_kept_for_those_of_the_rest_make_the_sum_of_all) {
  using T = TypeParam;
  Random random(test_seed());
  const std::size_t cases = test_cases(60);
  for (const Target target : available_targets()) {
    const auto& kernels = product_kernels<T>(target);
    for (std::size_t i = 0; i < cases && !testing::Test::HasFailure(); ++i) {
      Layer<T> layer(random, random.size(40), random.size(40), random.between(2, 90));
      layer.leaf_rows = random.between(1, layer.rows - 1);
      const std::size_t leaves = (layer.rows + layer.leaf_rows - 1) / layer.leaf_rows;
      const std::size_t left = left_leaves(leaves) * layer.leaf_rows;
      const DrawnRule rule(i, random);
      SCOPED_TRACE(describe(target, layer.in, layer.out) + " leaves " + std::to_string(leaves));
      State<T> whole(random, layer.lines() * kLanes);
      State<T> halves = whole;
      kernels.gradient(layer.gradient(whole.update(rule, target, layer.stride(), true)));

      const Numbers<T> sums = layer.sums(kernels, {0, left});
      auto update = halves.update(rule, target, layer.stride(), true);
      update.before = sums.data();
      kernels.gradient(layer.gradient(update, {left, layer.rows}));
      expect_same_numbers(layer, whole, halves);
    }
  }
}

}  // namespace
}  // namespace forknet::nn
