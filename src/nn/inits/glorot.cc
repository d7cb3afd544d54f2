// Variance 2 / (inputs + outputs). Source: Glorot and Bengio 2010.
#include "nn/inits/list.h"

namespace forknet::nn::inits {
namespace {

double glorot_variance(double inputs, double outputs) { return 2.0 / (inputs + outputs); }

}  // namespace

const Init& glorot_normal() {
  static constexpr Init kInit = {"glorot_normal", Init::Shape::normal, &glorot_variance};
  return kInit;
}

const Init& glorot_uniform() {
  static constexpr Init kInit = {"glorot_uniform", Init::Shape::uniform, &glorot_variance};
  return kInit;
}

}  // namespace forknet::nn::inits
