#include "bench/plain_net.h"

#include <algorithm>

#include "base/clock.h"
#include "base/try.h"
#include "bench/plain_loops.h"
#include "nn/parameters.h"

namespace forknet::bench {

PlainNet::PlainNet(const run::BenchNet& net, WeightLayout layout, Pool pool)
    : batch_(net.batch),
      layout_(layout),
      lr_(static_cast<float>(run::bench_optimizer().lr)),
      momentum_(static_cast<float>(run::bench_optimizer().settings.number("momentum"))),
      pool_(std::move(pool)) {
  x_ = pool_.take(net.batch * net.widths.front());
  for (std::size_t i = 1; i < net.widths.size(); ++i) {
    Layer layer;
    layer.in = net.widths[i - 1];
    layer.out = net.widths[i];
    for (auto* part : {&layer.w, &layer.w_moment, &layer.w_gradient}) {
      *part = pool_.take(layer.in * layer.out);
    }
    for (auto* part : {&layer.b, &layer.b_moment, &layer.b_gradient}) {
      *part = pool_.take(layer.out);
    }
    for (auto* part : {&layer.y, &layer.dz}) *part = pool_.take(net.batch * layer.out);
    layers_.push_back(layer);
  }
}

Result<std::unique_ptr<PlainNet>> PlainNet::create(const run::BenchNet& net,
                                                   const run::StepBench& start,
                                                   WeightLayout layout) {
  std::vector<std::size_t> sizes = {net.batch * net.widths.front()};
  for (std::size_t i = 1; i < net.widths.size(); ++i) {
    const std::size_t out = net.widths[i];
    sizes.insert(sizes.end(), 3, net.widths[i - 1] * out);
    sizes.insert(sizes.end(), 3, out);
    sizes.insert(sizes.end(), 2, net.batch * out);
  }
  FORKNET_ASSIGN(auto pool, Pool::create(sizes));
  std::unique_ptr<PlainNet> plain(new PlainNet(net, layout, std::move(pool)));
  plain->start_from(start);
  return plain;
}

void PlainNet::start_from(const run::StepBench& start) {
  std::ranges::copy(start.inputs(), x_.begin());
  labels_ = start.labels();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    std::vector<float> weights(layer.w.size());
    const nn::LayerPlan& plan = start.plan().layers[i];
    nn::unpack_parameter<float>(plan, plan.parameters[0], start.parameters(), weights);
    nn::unpack_parameter<float>(plan, plan.parameters[1], start.parameters(), layer.b);
    if (layout_ == WeightLayout::out_in) {
      std::ranges::copy(weights, layer.w.begin());
    } else {
      transpose(weights, layer.out, layer.in, layer.w);
    }
  }
}

Factor PlainNet::input_of(std::size_t layer) const {
  return {layer == 0 ? x_ : layers_[layer - 1].y, batch_, layers_[layer].in, false};
}

// The weights as a factor (in, out) or (out, in), whichever way round they are kept.
Factor PlainNet::weights_as(const Layer& layer, bool in_out) const {
  const bool kept_in_out = layout_ == WeightLayout::in_out;
  return {layer.w, kept_in_out ? layer.in : layer.out, kept_in_out ? layer.out : layer.in,
          kept_in_out != in_out};
}

void PlainNet::forward(std::size_t layer) {
  Layer& here = layers_[layer];
  multiply(input_of(layer), weights_as(here, true), here.y);
  add_bias(here.y, here.b, layer + 1 < layers_.size());
}

void PlainNet::errors_below(std::size_t layer) {
  const Layer& here = layers_[layer];
  Layer& below = layers_[layer - 1];
  multiply({here.dz, batch_, here.out, false}, weights_as(here, false), below.dz);
  relu_backward(below.y, below.dz);
}

void PlainNet::update(std::size_t layer) {
  Layer& here = layers_[layer];
  Factor inputs = input_of(layer);
  Factor errors = {here.dz, batch_, here.out, false};
  if (layout_ == WeightLayout::out_in) {
    errors.turned = true;
    multiply(errors, inputs, here.w_gradient);
  } else {
    inputs.turned = true;
    multiply(inputs, errors, here.w_gradient);
  }
  sum_rows(here.dz, here.b_gradient);
  momentum_update(here.w, here.w_moment, here.w_gradient, lr_, momentum_);
  momentum_update(here.b, here.b_moment, here.b_gradient, lr_, momentum_);
}

void PlainNet::step() {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) forward(layer);
  loss_ = softmax_cross_entropy(layers_.back().y, labels_, layers_.back().dz);
  for (std::size_t layer = layers_.size(); layer-- > 0;) {
    // The errors go through the weights before the update changes them.
    if (layer > 0) errors_below(layer);
    update(layer);
  }
}

double PlainNet::run(std::size_t steps) {
  const std::int64_t begun = monotonic_ns();
  for (std::size_t i = 0; i < steps; ++i) step();
  return seconds_between(begun, monotonic_ns());
}

std::vector<float> PlainNet::weights(std::size_t layer) const {
  const Layer& here = layers_[layer];
  std::vector<float> numbers(here.w.begin(), here.w.end());
  if (layout_ == WeightLayout::in_out) transpose(here.w, here.in, here.out, numbers);
  return numbers;
}

}  // namespace forknet::bench
