#include "cell/per_unit_executor.h"

#include <algorithm>
#include <atomic>
#include <bit>

#include "base/try.h"
#include "math/leaf_tree.h"
#include "wire/subtrees.h"

namespace forknet::cell {
namespace {

// Of a scratch, without state and the tree: weights, errors, two columns.
constexpr std::size_t kLines = 4;

std::size_t lines_for(std::size_t numbers) { return math::panels_for(numbers) * math::kLanes; }

// Where the update has the bias of a unit, behind its weights: on a line of its own, which may have
// another rule.
std::size_t bias_place(std::size_t inputs) { return lines_for(inputs); }

std::size_t terms_for(std::size_t inputs, std::size_t rows) {
  return std::max(bias_place(inputs) + math::kLanes, lines_for(rows));
}

// `count` adjacent numbers as a matrix of one row.
template <class T>
math::PanelView<T> one_row(T* numbers, std::size_t count) {
  return {numbers, 1, count, math::kLanes};
}
// The same as a matrix of 16 columns, for elementwise functions.
template <class T>
math::PanelView<T> folded(T* numbers, std::size_t count) {
  const std::size_t rows = math::panels_for(count);
  return {numbers, rows, math::kLanes, rows * math::kLanes};
}

// The chain of a bias: the sum of the errors, in blocks.
template <class T>
T chain_of(const T* errors, std::size_t count) {
  T total = 0;
  for (std::size_t begin = 0; begin < count; begin += math::kBlockTerms) {
    T block = 0;
    const std::size_t end = std::min(count, begin + math::kBlockTerms);
    for (std::size_t r = begin; r < end; ++r) block = block + errors[r];
    total = begin == 0 ? block : total + block;
  }
  return total;
}

}  // namespace

template <class T>
struct PerUnitExecutor<T>::Scratch {
  T* base;
  std::size_t length;
  std::size_t states;
  [[nodiscard]] T* line(std::size_t i) const { return base + i * length; }
  [[nodiscard]] T* weights() const { return line(0); }
  [[nodiscard]] T* errors() const { return line(1); }
  [[nodiscard]] T* column(std::size_t i) const { return line(2 + i); }
  [[nodiscard]] T* state(std::size_t k) const { return line(kLines + k); }
  [[nodiscard]] T* sum(std::size_t slot) const { return line(kLines + states + slot); }
};

template <class T>
PerUnitExecutor<T>::PerUnitExecutor(const nn::ModelPlan& plan, const nn::LayerRange& slice,
                                    std::size_t states, math::Target target)
    : plan_(plan),
      slice_(slice),
      states_(states),
      target_(target),
      products_(math::product_kernels<T>(target)),
      elements_(math::element_kernels<T>(target)) {}

template <class T>
Result<std::unique_ptr<PerUnitExecutor<T>>> PerUnitExecutor<T>::create(
    const nn::ModelPlan& plan, const nn::LayerRange& slice, std::size_t rows, std::size_t leaves,
    std::size_t states, math::Target target) {
  std::unique_ptr<PerUnitExecutor> neurons(new PerUnitExecutor(plan, slice, states, target));
  std::vector<std::size_t> sizes;
  std::size_t threads = 0;
  for (std::size_t layer = slice.begin; layer < slice.end; ++layer) {
    neurons->groups_.push_back(sizes.size());
    neurons->firsts_.push_back(threads);
    if (!plan.layers[layer].kind->traits().by_units) continue;
    sizes.push_back(plan.layers[layer].outputs);
    threads += sizes.back();
  }
  FORKNET_TRY(neurons->take_memory(rows, leaves));
  FORKNET_ASSIGN(neurons->unit_threads_, PerUnitThreads::create(sizes));
  return neurons;
}

namespace {

// The threads of a slice, and the largest number of inputs of its layers.
struct UnitThreads {
  std::size_t threads = 0;
  std::size_t inputs = 0;
};
UnitThreads unit_threads_of(const nn::ModelPlan& plan, const nn::LayerRange& slice) {
  UnitThreads unit_threads;
  for (std::size_t layer = slice.begin; layer < slice.end; ++layer) {
    const nn::LayerPlan& own = plan.layers[layer];
    unit_threads.inputs = std::max(unit_threads.inputs, own.inputs);
    if (own.kind->traits().by_units) unit_threads.threads += own.outputs;
  }
  return unit_threads;
}

}  // namespace

template <class T>
std::size_t PerUnitExecutor<T>::numbers_for(const nn::ModelPlan& plan, const nn::LayerRange& slice,
                                            std::size_t rows, std::size_t leaves,
                                            std::size_t states) {
  const UnitThreads unit_threads = unit_threads_of(plan, slice);
  const std::size_t own =
      terms_for(unit_threads.inputs, rows) * (kLines + states + wire::slots_for(leaves));
  return unit_threads.threads * own +
         math::panels_for(rows) * math::odd_stride(unit_threads.inputs);
}

template <class T>
Status PerUnitExecutor<T>::take_memory(std::size_t rows, std::size_t leaves) {
  const UnitThreads unit_threads = unit_threads_of(plan_, slice_);
  most_terms_ = terms_for(unit_threads.inputs, rows);
  slots_ = wire::slots_for(leaves);
  const std::size_t numbers = numbers_for(plan_, slice_, rows, leaves, states_);
  FORKNET_ASSIGN(memory_, os::Mapping::anonymous(numbers * sizeof(T)));
  scratch_ = reinterpret_cast<T*>(memory_.writable().data());
  transposed_inputs_ = {scratch_ + unit_threads.threads * most_terms_ * (kLines + states_ + slots_),
                        unit_threads.inputs, rows, math::odd_stride(unit_threads.inputs)};
  return {};
}

template <class T>
typename PerUnitExecutor<T>::Scratch PerUnitExecutor<T>::scratch(std::size_t layer,
                                                                 std::size_t unit) const {
  const std::size_t thread = firsts_[layer - slice_.begin] + unit;
  return {scratch_ + thread * most_terms_ * (kLines + states_ + slots_), most_terms_, states_};
}

// (rows, in) -> (in, rows), with rows counted from rows.begin.
template <class T>
void PerUnitExecutor<T>::transpose_inputs(math::PanelView<const T> inputs, math::Range rows) {
  for (std::size_t i = 0; i < inputs.columns; ++i) {
    for (std::size_t r = rows.begin; r < rows.end; ++r) {
      transposed_inputs_.at(i, r - rows.begin) = inputs.at(r, i);
    }
  }
}

template <class T>
void PerUnitExecutor<T>::forward(std::size_t layer, std::span<const T> parameters,
                                 math::PanelView<const T> inputs, math::PanelView<T> outputs,
                                 math::PanelView<T> sums, math::Range rows) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  transpose_inputs(inputs, rows);
  unit_threads_->run(group(layer), [&](std::size_t unit) {
    const Scratch own = scratch(layer, unit);
    const T* column = parameters.data() + plan.offset +
                      (unit / math::kLanes) * plan.panel_stride() + unit % math::kLanes;
    for (std::size_t i = 0; i <= plan.inputs; ++i) own.weights()[i] = column[i * math::kLanes];
    math::ProductArgs<T> args;
    args.a = one_row<const T>(own.weights(), plan.inputs);
    args.b = transposed_inputs_.as_const();
    args.b.rows = plan.inputs;
    args.b.columns = rows.size();
    args.c = one_row(own.errors(), rows.size());
    args.rows = {0, 1};
    args.panels = {0, math::panels_for(rows.size())};
    products_.product(args);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const T z = own.errors()[r] + own.weights()[plan.inputs];
      own.errors()[r] = z;
      if (sums.data != nullptr) sums.at(rows.begin + r, unit) = z;
    }
    if (plan.activation->in_product != math::InProduct::all) {
      const auto values = folded(own.errors(), rows.size());
      elements_.activation({plan.activation, values.as_const(), values, {0, values.rows}, {0, 1}});
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
      outputs.at(rows.begin + r, unit) = own.errors()[r];
    }
  });
}

template <class T>
void PerUnitExecutor<T>::product_below(std::size_t layer, std::size_t below,
                                       std::span<const T> parameters,
                                       math::PanelView<const T> errors,
                                       math::PanelView<T> transposed, math::Range rows) {
  const nn::LayerPlan& plan = plan_.layers[layer];
  const bool own_units = below >= slice_.begin;
  const std::size_t by = own_units ? below : layer;
  const std::size_t threads = unit_threads_->size(group(by));
  unit_threads_->run(group(by), [&](std::size_t thread) {
    for (std::size_t unit = thread; unit < plan.inputs; unit += threads) {
      math::ProductArgs<T> args;
      args.a = {parameters.data() + plan.offset, plan.inputs, plan.outputs, plan.panel_stride()};
      args.b = errors;
      args.c = transposed;
      args.rows = {unit, unit + 1};
      args.panels = {rows.begin / math::kLanes, math::panels_for(rows.end)};
      products_.product(args);
    }
  });
}

template <class T>
void PerUnitExecutor<T>::take_errors(std::size_t layer, const nn::LayerStep<T>& step,
                                     math::PanelView<const T> factors, bool hands_down,
                                     const nn::Tile& tile) {
  const auto& lines = plan_.layers[layer].activation->template lines<T>(target_);
  unit_threads_->run(group(layer), [&](std::size_t unit) {
    const Scratch own = scratch(layer, unit);
    const math::Range rows = tile.rows;
    // The unit's column side by side; what else a line holds is computed and left alone.
    const auto take = [&](const auto& from, T* to) -> const T* {
      if (from.data == nullptr) return nullptr;
      for (std::size_t r = 0; r < rows.size(); ++r) to[r] = from.at(rows.begin + r, unit);
      return to;
    };
    const SlopeArgs<T> slope = {take(step.outputs, own.weights()),
                                take(step.buffers[0], own.column(0)), take(factors, own.column(1)),
                                own.errors(), lines_for(rows.size())};
    for (std::size_t r = 0; r < rows.size(); ++r) {
      own.errors()[r] = step.transposed.at(unit, rows.begin + r);
    }
    lines.slope(slope);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      step.errors.at(rows.begin + r, unit) = own.errors()[r];
      if (hands_down) step.transposed.at(unit, rows.begin + r) = own.errors()[r];
    }
  });
}

// One chain per weight over the rows of each leaf; leaves are added in the balanced tree. The sums
// end in slot 0: one per input, and the bias at bias_place().
template <class T>
void PerUnitExecutor<T>::sum_leaves(const math::GradientArgs<T>& args, std::size_t unit,
                                    const Scratch& own) {
  const std::size_t inputs = args.x.columns;
  const std::size_t bias = bias_place(inputs);
  const std::size_t leaves = (args.dy.rows + args.leaf_rows - 1) / args.leaf_rows;
  const auto leaf = [&](std::size_t number, std::size_t slot) {
    const std::size_t first = number * args.leaf_rows;
    const std::size_t rows = std::min(args.leaf_rows, args.dy.rows - first);
    for (std::size_t r = 0; r < rows; ++r) own.errors()[r] = args.dy.at(first + r, unit);
    math::ProductArgs<T> product;
    product.a = one_row<const T>(own.errors(), rows);
    product.b = args.x;
    product.b.data += first * math::kLanes;
    product.b.rows = rows;
    product.c = one_row(own.sum(slot), inputs);
    product.rows = {0, 1};
    product.panels = {0, math::panels_for(inputs)};
    products_.product(product);
    own.sum(slot)[bias] = chain_of(own.errors(), rows);
  };
  const auto merge = [&](std::size_t slot) {
    T* left = own.sum(slot);
    const T* right = own.sum(slot + 1);
    for (std::size_t i = 0; i < inputs; ++i) left[i] = left[i] + right[i];
    left[bias] = left[bias] + right[bias];
  };
  math::add_over_leaves(leaves, leaf, merge);
}

// Applies the update rule to one unit's weights, which lie one line apart: gather, update, scatter.
template <class T>
void PerUnitExecutor<T>::apply(const math::GradientArgs<T>& args, std::size_t unit,
                               const Scratch& own) {
  const math::WeightUpdate<T>& update = args.update;
  const std::size_t inputs = args.x.columns;
  const std::size_t bias = bias_place(inputs);
  const std::size_t first = (unit / math::kLanes) * update.panel_stride + unit % math::kLanes;
  // each(place in the block, place in the scratch)
  const auto for_numbers = [&](auto each) {
    for (std::size_t i = 0; i < inputs; ++i) each(first + i * math::kLanes, i);
    each(first + inputs * math::kLanes, bias);
  };
  const auto take = [&](const T* from, T* to) {
    if (from == nullptr) return;
    for_numbers([&](std::size_t block, std::size_t scratch) { to[scratch] = from[block]; });
  };
  math::BitsOf<T> written = 0;
  const auto put = [&](const T* from, T* to) {
    if (to == nullptr) return;
    for_numbers([&](std::size_t block, std::size_t scratch) {
      to[block] = from[scratch];
      written += std::bit_cast<math::BitsOf<T>>(from[scratch]);
    });
  };
  take(update.weights, own.weights());
  for (std::size_t k = 0; k < update.states; ++k) take(update.state[k], own.state(k));
  math::WeightUpdate<T> side_by_side = update;
  side_by_side.weights = own.weights();
  side_by_side.next = own.weights();
  for (std::size_t k = 0; k < update.states; ++k) {
    side_by_side.state[k] = side_by_side.next_state[k] = own.state(k);
  }
  side_by_side.written = nullptr;  // padding does not belong to the unit
  // Weights and bias as a panel of lines, of which the last is the bias.
  const std::size_t lines = bias / math::kLanes;
  side_by_side.panel_stride = (lines + 1) * math::kLanes;
  const math::Range undecayed = update.undecayed_lines;
  side_by_side.undecayed_lines = {undecayed.begin < inputs ? 0 : lines,
                                  undecayed.end > inputs ? lines + 1 : lines};
  products_.update(side_by_side, 0, lines + 1, own.sum(0));
  put(own.weights(), update.next);
  for (std::size_t k = 0; k < update.states; ++k) put(own.state(k), update.next_state[k]);
  if (update.written == nullptr) return;
  // relaxed: read only after all units have finished.
  std::atomic_ref(*update.written->template lanes<T>())
      .fetch_add(written, std::memory_order_relaxed);
}

template <class T>
void PerUnitExecutor<T>::gradient(std::size_t layer, const nn::LayerStep<T>& step, math::Range rows,
                                  std::size_t leaf_rows, const nn::WeightTile& tile,
                                  const math::WeightUpdate<T>& update) {
  const math::GradientArgs<T> args = nn::gradient_args(step, rows, leaf_rows, tile, update);
  unit_threads_->run(group(layer), [&](std::size_t unit) {
    const Scratch own = scratch(layer, unit);
    sum_leaves(args, unit, own);
    apply(args, unit, own);
  });
}

template class PerUnitExecutor<float>;
template class PerUnitExecutor<double>;

}  // namespace forknet::cell
