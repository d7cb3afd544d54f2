// Checks of parts, for the tests of a program that adds its own: forknet's own parts are held by
// the same functions. Deterministic: each draws its numbers from a fixed seed. Takes well under a
// second.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>
#include <forknet/settings.h>

#include <cstddef>
#include <string>

namespace forknet {

// Whether a layer with these settings, for rows of `inputs` numbers, keeps its contract
// (forknet/layer.h), in both precisions and with the kernels of every target that this CPU runs:
//   - its derivatives by inputs and parameters are those of finite differences in fp64 (corners are
//   left out)
//   - a row of its outputs depends on that row of the inputs alone
//   - padding is not read as a number, and that of parameters gets no gradient
//   - any division into tiles gives the bits of the reference
//   - gradients are summed in the tree of leaves
// Of a layer that holds a list each layer of it is checked; of one that becomes other layers where
// a model has members (ModelConfig::members), these as well.
// Errors (config): an unknown layer, settings or inputs that do not fit; (comparison): the first
// fault.
[[nodiscard]] Status check_layer(const LayerConfig& layer, std::size_t inputs);

// Holds a loss (loss.h) with these settings, defaults for the rest, to what makes every layout give
// the same bits: its errors are the derivatives of its loss, by finite differences in fp64, behind
// every activation that it takes; loss and errors of a row are the same with any other rows beside
// it and in any partition of the rows; a row of weight 2 counts twice and one of weight 0 not at
// all; padding is neither read nor left unwritten; every target gives the bits of the reference.
// Outputs of rows are standard normal numbers, targets classes, or numbers from 0 to 1. Corners
// of the loss are left out. Errors: config (no such loss or setting), internal (a fault).
[[nodiscard]] Status check_loss(const std::string& name, const Settings& settings = {});

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
