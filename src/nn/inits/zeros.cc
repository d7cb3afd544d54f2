// All weights are +0.
#include "nn/inits/list.h"

namespace forknet::nn::inits {

const Init& zeros() {
  static constexpr Init kInit = {"zeros", Init::Shape::zeros, nullptr};
  return kInit;
}

}  // namespace forknet::nn::inits
