// Weights of classes in every kind of layout: the same bits.
#include <gtest/gtest.h>

#include "grid/traces.h"
#include "sessions.h"

namespace forknet::run {
namespace {

Config class_weight_config(const ClassWeight& weights, Precision precision) {
  Config config = small_config();
  config.data.train = clouds(201, 0.3);
  config.numerics.precision = precision;
  config.model.class_weight = weights;
  return config;
}

const ClassWeight kTable = {ClassWeight::Kind::table, {{"1", 3}, {"2", 0.3}}};
const ClassWeight kBalanced = {ClassWeight::Kind::balanced};

TEST(ClassWeightLayouts, end_on_the_same_bits_in_threads_replicas_and_stages) {
  for (const auto& [weights, precision] :
       {std::pair{kTable, Precision::fp32}, std::pair{kBalanced, Precision::fp64}}) {
    const Config config = class_weight_config(weights, precision);
    const Trace serial = trace_of(config);
    EXPECT_NE(serial, trace_of(class_weight_config({}, precision)));
    const auto expect_same = [&](Host host, const char* channel, std::int64_t stages,
                                 std::int64_t replicas, std::int64_t loaders) {
      Config grid = config;
      grid.grid.host = host;
      grid.grid.channel = channel;
      grid.grid.stages = stages;
      grid.grid.replicas = replicas;
      grid.data.loader_threads = loaders;
      EXPECT_EQ(trace_of(grid), serial) << channel << stages << replicas;
    };
    expect_same(Host::thread, "shm", 1, 2, 0);
    expect_same(Host::process, "shm", 2, 2, 2);
    expect_same(Host::process, "pipe", 2, 1, 0);
    expect_same(Host::process, "pipe", 1, 2, 1);
    Config plain = config;
    plain.numerics.kernels = KernelChoice::reference;
    EXPECT_EQ(trace_of(plain), serial);
  }
}

}  // namespace
}  // namespace forknet::run
