// Variance 1 / inputs. Source: LeCun et al. 1998.
#include "nn/inits/list.h"

namespace forknet::nn::inits {
namespace {

double lecun_variance(double inputs, double) { return 1.0 / inputs; }

}  // namespace

const Init& lecun_normal() {
  static constexpr Init kInit = {"lecun_normal", Init::Shape::normal, &lecun_variance};
  return kInit;
}

const Init& lecun_uniform() {
  static constexpr Init kInit = {"lecun_uniform", Init::Shape::uniform, &lecun_variance};
  return kInit;
}

}  // namespace forknet::nn::inits
