// Variance 2 / inputs. Source: He et al. 2015.
#include "nn/inits/list.h"

namespace forknet::nn::inits {
namespace {

double he_variance(double inputs, double) { return 2.0 / inputs; }

}  // namespace

const Init& he_normal() {
  static constexpr Init kInit = {"he_normal", Init::Shape::normal, &he_variance};
  return kInit;
}

const Init& he_uniform() {
  static constexpr Init kInit = {"he_uniform", Init::Shape::uniform, &he_variance};
  return kInit;
}

}  // namespace forknet::nn::inits
