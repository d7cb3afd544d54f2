// The Python literal in the head of an NPY file, as far as numpy writes it: a dict whose keys are
// texts and whose values are texts, True or False, or tuples of whole numbers. Nothing else is
// understood, and nothing is evaluated.
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

// An Error of kind data in which `name` stands for the file.
[[nodiscard]] Result<NpyLiteral> parse_literal(std::string_view text, const std::string& name);

}  // namespace forknet::data
