#include "nn/optimizers/list.h"

#include "nn/optimizers/adam/adam.h"
#include "nn/optimizers/momentum/momentum.h"
#include "nn/optimizers/sgd/sgd.h"

namespace forknet::nn {
namespace {

std::vector<OptimizerPart> built_in() {
  std::vector<OptimizerPart> parts;
  parts.push_back(sgd_part());
  parts.push_back(momentum_part());
  parts.push_back(adam_part());
  return parts;
}

}  // namespace

PartList<OptimizerPart>& optimizers() {
  static PartList<OptimizerPart> list(built_in());
  return list;
}

}  // namespace forknet::nn
