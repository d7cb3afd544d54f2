#include "nn/layers/embedding/embedding_layer.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "math/element_kernels.h"
#include "nn/activation_errors.h"
#include "nn/layers/embedding/table_update.h"

namespace forknet::nn {
namespace {

using math::kLanes;

// count numbers of a row from `column` on, which may lie in two panels.
template <class T>
void write_part(math::PanelView<T> to, std::size_t row, std::size_t column, std::size_t count,
                const T* from) {
  const std::size_t lane = column % kLanes;
  const std::size_t first = std::min(count, kLanes - lane);
  T* const line = to.line(column / kLanes, row);
  std::copy_n(from, first, line + lane);
  if (first < count) std::copy_n(from + first, count - first, line + to.panel_stride);
}

template <class T>
class EmbeddingLayer final : public Layer<T> {
 public:
  EmbeddingLayer(const LayerPlan& plan, math::Target target)
      : plan_(plan),
        block_(plan.blocks.front()),
        size_(plan.parameters.front().columns()),
        others_(others_of(plan)),
        elements_(math::element_kernels<T>(target)),
        products_(math::product_kernels<T>(target)) {}

  void forward(const LayerStep<T>& step, const Tile& tile) const override {
    const std::size_t columns = plan_.code_inputs.size();
    for (std::size_t row = tile.rows.begin; row < tile.rows.end; ++row) {
      for (std::size_t c = 0; c < columns; ++c) {
        const T* const vector = step.region + block_.offset + line_of(step, row, c) * kLanes;
        for (std::size_t at = 0; at < size_; at += kLanes) {
          write_part(step.outputs, row, c * size_ + at, std::min(kLanes, size_ - at),
                     vector + at / kLanes * block_.panel_stride());
        }
      }
      for (std::size_t i = 0; i < others_.size(); ++i) {
        step.outputs.at(row, columns * size_ + i) = step.inputs.at(row, others_[i]);
      }
      const std::size_t used = (plan_.outputs - 1) % kLanes + 1;
      T* const last = step.outputs.line(step.outputs.panels() - 1, row);
      std::fill(last + used, last + kLanes, T{0});
    }
  }

  void take_errors(const LayerStep<T>& step, math::PanelView<const T> factors, bool /*never*/,
                   const Tile& tile) const override {
    elements_.activation_backward(activation_errors(plan_, step, factors, tile));
  }

  void hand_down(const LayerStep<T>&, math::PanelView<T>, const Tile&) const override {
    FORKNET_CHECK(false);  // it is the first layer
  }

  // Codes that the rows do not have get sums of 0, which every optimizer sees like any others.
  // Where it keeps weights with such sums, and the version that is written differs from the current
  // one only by what the last step touched, these are left alone.
  void gradient(const LayerStep<T>& step, std::size_t /*block*/, math::Range rows,
                std::size_t leaf_rows, const WeightTile& tile,
                const math::WeightUpdate<T>& update) const override {
    const std::size_t last = block_.lines - 1;
    const math::Range lines = {std::min(tile.in_panels.begin * kLanes, last),
                               std::min(tile.in_panels.end * kLanes, last)};
    TableUpdate<T> table = {block_,
                            size_,
                            products_,
                            step.errors.as_const(),
                            (rows.size() + leaf_rows - 1) / leaf_rows,
                            find_hits(step, rows, leaf_rows, lines, tile.bias),
                            update};
    if (step.touched == nullptr || update.rule.apply == nullptr) {
      return table.change_all(lines, tile);
    }
    TouchedLines& touched = *step.touched;
    const bool keeps = update.rule.keeps_at_zero && update.before == nullptr;
    math::BitSum written;
    table.update.written = &written;
    std::uint64_t bits = 0;
    if (keeps && touched.known && touched.step + 1 == step.step) {
      bits = touched.bits - table.bits_of_touched(tile.out_panels);
      table.change_touched(touched.lines, tile.out_panels);
    } else {
      table.change_all(lines, tile);
    }
    touched = {keeps, step.step, std::move(touched.lines),
               math::add_bits<T>(bits, written.total<T>())};
    remember(table.hits, rows.size() * plan_.code_inputs.size(), touched.lines);
    if (update.written == nullptr) return;
    *update.written->template lanes<T>() += static_cast<math::BitsOf<T>>(touched.bits);
  }

 private:
  static void remember(std::span<const Hit> hits, std::size_t most,
                       std::vector<std::size_t>& lines) {
    lines.clear();
    lines.reserve(most);
    for (const Hit& hit : hits) {
      if (lines.empty() || lines.back() != hit.line) lines.push_back(hit.line);
    }
  }

  static std::vector<std::size_t> others_of(const LayerPlan& plan) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < plan.inputs; ++i) {
      const bool code = std::any_of(plan.code_inputs.begin(), plan.code_inputs.end(),
                                    [&](const CodeInput& input) { return input.input == i; });
      if (!code) others.push_back(i);
    }
    return others;
  }

  // The row of the table. Data is checked before it comes here; whatever comes, the row is one of
  // the table.
  [[nodiscard]] std::size_t line_of(const LayerStep<T>& step, std::size_t row,
                                    std::size_t column) const {
    const CodeInput& input = plan_.code_inputs[column];
    const T code = step.inputs.at(row, input.input);
    const bool inside = code >= T{0} && code < static_cast<T>(input.codes);
    return input.first + (inside ? static_cast<std::size_t>(code) : 0);
  }

  // The places of the codes whose lines belong to this worker, by line, then row, then column. The
  // memory is the thread's and grows to the largest batch.
  const std::vector<Hit>& find_hits(const LayerStep<T>& step, math::Range rows,
                                    std::size_t leaf_rows, math::Range lines,
                                    bool with_last) const {
    thread_local std::vector<Hit> hits;
    hits.clear();
    hits.reserve(rows.size() * plan_.code_inputs.size());
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
      const std::size_t leaf = (row - rows.begin) / leaf_rows;
      for (std::size_t c = 0; c < plan_.code_inputs.size(); ++c) {
        const std::size_t line = line_of(step, row, c);
        const bool own =
            (line >= lines.begin && line < lines.end) || (with_last && line + 1 == block_.lines);
        if (own) hits.push_back({line, leaf, row, c});
      }
    }
    std::sort(hits.begin(), hits.end());
    return hits;
  }

  const LayerPlan& plan_;
  const BlockPlan& block_;
  const std::size_t size_;
  const std::vector<std::size_t> others_;  // inputs that are no codes
  const math::ElementKernels<T>& elements_;
  const math::ProductKernels<T>& products_;
};

}  // namespace

template <class T>
std::unique_ptr<Layer<T>> make_embedding(const LayerPlan& plan, math::Target target) {
  return std::make_unique<EmbeddingLayer<T>>(plan, target);
}

template std::unique_ptr<Layer<float>> make_embedding<float>(const LayerPlan&, math::Target);
template std::unique_ptr<Layer<double>> make_embedding<double>(const LayerPlan&, math::Target);

}  // namespace forknet::nn
