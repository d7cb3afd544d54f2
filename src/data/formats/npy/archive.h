// NPZ: a zip of arrays, one member "NAME.npy" each, as numpy.savez and numpy.savez_compressed write
// it; members are stored or deflated. Nothing is unpacked to disk, and members only as far as they
// are read. Errors are of kind data and name file and member.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "data/formats/npy/source.h"

namespace forknet::data {

// Names of the arrays, without ".npy", in the order of the archive. Other members are skipped.
[[nodiscard]] Result<std::vector<std::string>> npz_members(const std::string& path);

// The array of that name, with or without ".npy".
[[nodiscard]] Result<NpySource> open_npz_member(const std::string& path, const std::string& name);

}  // namespace forknet::data
