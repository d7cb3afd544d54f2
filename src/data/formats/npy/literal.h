// The Python literal in the header of an NPY file, as far as numpy writes it: a dict whose keys are
// strings and whose values are strings, True or False, or tuples of integers. Anything else is
// refused, and nothing is evaluated.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forknet::data {

struct NpyLiteral {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

// An Error of kind data that begins with `name`, the file.
[[nodiscard]] Result<NpyLiteral> parse_literal(std::string_view text, const std::string& name);

}  // namespace forknet::data
