// Checks of parts, for the tests of a program that adds its own: forknet's own parts are held by
// the same functions. Deterministic: each draws its numbers from a fixed seed. Takes well under a
// second.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>

namespace forknet {

// Whether a layer with these settings, for rows of `inputs` numbers, keeps its contract
// (forknet/layer.h), in both precisions and with the kernels of every target that this CPU runs:
//   - its derivatives by inputs and parameters are those of finite differences in fp64 (corners are
//   left out)
//   - a row of its outputs depends on that row of the inputs alone
//   - padding is not read as a number, and that of parameters gets no gradient
//   - any division into tiles gives the bits of the reference
//   - gradients are summed in the tree of leaves
// Errors (config): an unknown layer, settings or inputs that do not fit; (comparison): the first
// fault.
[[nodiscard]] Status check_layer(const LayerConfig& layer, std::size_t inputs);

}  // namespace forknet
