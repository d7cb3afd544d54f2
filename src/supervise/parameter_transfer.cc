#include "supervise/parameter_transfer.h"

#include "os/failpoint.h"
#include "os/pipe.h"

namespace forknet::run {

template <class T>
bool ParameterTransfer<T>::all_have_weights() const {
  for (std::size_t cell = 0; cell < job_.grid.shape.cells(); ++cell) {
    if (!has_weights(cell)) return false;
  }
  return true;
}

template <class T>
void ParameterTransfer<T>::send_first() {
  const os::WithoutSigpipe quiet;
  for (std::size_t cell = 0; cell < job_.grid.shape.cells(); ++cell) {
    FORKNET_FAILPOINT("first_weights/send");
    if (!has_weights(cell)) (void)send(cell);
  }
}

template <class T>
Status ParameterTransfer<T>::send(std::size_t cell) {
  const auto& slice = job_.grid.slices[cell / job_.grid.shape.replicas];
  for (std::size_t region = 0; region < weights_.regions(); ++region) {
    begin_piece();
    FORKNET_TRY(cell::send_weights<T>(*channels_.start[cell], job_.plan, slice,
                                      weights_.region(region), what(region)));
  }
  return {};
}

template <class T>
Status ParameterTransfer<T>::receive() {
  for (std::size_t stage = 0; stage < job_.grid.shape.stages; ++stage) {
    for (std::size_t region = 0; region < weights_.regions(); ++region) {
      begin_piece();
      FORKNET_TRY(cell::receive_weights<T>(*channels_.back[stage], job_.plan,
                                           job_.grid.slices[stage], weights_.region(region),
                                           what(region)));
    }
  }
  return {};
}

template class ParameterTransfer<float>;
template class ParameterTransfer<double>;

}  // namespace forknet::run
