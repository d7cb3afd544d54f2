// Checks of parts, for the tests of a program that adds its own: forknet's own parts are held by
// the same functions. Deterministic: each draws its numbers from a fixed seed. Takes well under a
// second.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <string>

namespace forknet {

// Whether an optimizer keeps what optimizer.h asks of it, in both precisions, with these settings
// (the others have their defaults):
//   - the kernels of every target that this CPU runs have the bits of its own rule, over random
//     weights, gradients and state with zeros, denormals and negative numbers; so do its results in
//     place and from one version to another, and in any division of the numbers
//   - weights with gradient, weight and state zero (padding) stay zero, state is never denormal
//   - eight steps down quadratics in single precision stay within 1e-5 (relative to the weights,
//     at least 1) of the rule in double precision
// Errors (config): an unknown name or setting; (comparison): the first difference.
[[nodiscard]] Status check_optimizer(const std::string& name, const Settings& settings = {});

}  // namespace forknet
