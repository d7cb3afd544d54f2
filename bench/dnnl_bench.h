// The two parts of forknet_bench_dnnl. Each verifies, then times, prints a table and ends with
// lines "result: …" that name the target and whether it is met. Errors: results that differ
// (comparison).
#pragma once

#include <forknet/result.h>

#include <string>

#include "bench/rounds.h"
#include "math/target.h"

namespace forknet::bench {

struct DnnlOptions {
  std::size_t rounds = 15;
  double kernel_seconds = 0.01;
  double step_seconds = 0.03;
  std::string only;  // part of a shape's or net's name; empty: all
  math::Target target = math::best_target();
};

[[nodiscard]] Status bench_kernels(const DnnlOptions& options);
[[nodiscard]] Status bench_steps(const DnnlOptions& options);

// "result: WHAT: 0.991 (target 0.980 or more): met"
void print_result(const std::string& what, double value, double target, int decimals,
                  bool at_least = true);

}  // namespace forknet::bench
