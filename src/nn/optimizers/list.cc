#include "nn/optimizers/list.h"

#include "nn/optimizers/adagrad/adagrad.h"
#include "nn/optimizers/adam/adam.h"
#include "nn/optimizers/adamw/adamw.h"
#include "nn/optimizers/lion/lion.h"
#include "nn/optimizers/momentum/momentum.h"
#include "nn/optimizers/nesterov/nesterov.h"
#include "nn/optimizers/rmsprop/rmsprop.h"
#include "nn/optimizers/sgd/sgd.h"

namespace forknet::nn {
namespace {

std::vector<OptimizerPart> built_in_optimizers() {
  std::vector<OptimizerPart> parts;
  parts.push_back(sgd_part());
  parts.push_back(momentum_part());
  parts.push_back(nesterov_part());
  parts.push_back(adam_part());
  parts.push_back(adamw_part());
  parts.push_back(rmsprop_part());
  parts.push_back(adagrad_part());
  parts.push_back(lion_part());
  return parts;
}

}  // namespace

PartList<OptimizerPart>& optimizers() {
  static PartList<OptimizerPart> list(built_in_optimizers());
  return list;
}

}  // namespace forknet::nn
