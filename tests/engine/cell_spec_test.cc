#include "engine/cell_spec.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/version.h"
#include "os/build_id.h"
#include "small_runs.h"
#include "wire/transports.h"

namespace forknet::run {
namespace {

os::Fd descriptor_of(const os::Mapping& mapping) { return os::Fd(::dup(mapping.fd().get())); }

Result<CellSpec> read_again(const CellSpec& spec) {
  return read_spec(descriptor_of(write_spec(spec).value()));
}

// The text of a spec, and a spec from a text.
std::string text_of(const CellSpec& spec) {
  const os::Mapping mapping = write_spec(spec).value();
  return {reinterpret_cast<const char*>(mapping.bytes().data()), mapping.bytes().size()};
}
Result<CellSpec> read_text(const std::string& text) {
  const auto mapping = os::Mapping::sealed("test", text.size(), [&](std::span<std::byte> memory) {
    std::memcpy(memory.data(), text.data(), text.size());
    return Status();
  });
  return read_spec(descriptor_of(*mapping));
}

CellSpec spec_of(Config config) {
  CellSpec spec;
  spec.config = std::move(config);
  spec.grid.shape = {3, 1, 2};
  spec.grid.slices = {{0, 2}, {2, 4}};
  spec.grid.microbatches = 5;
  spec.grid.schedule = Schedule::gpipe;
  spec.grid.neurons = true;
  spec.grid.cpus = 2;
  spec.grid.pins = {0, 3, 1};
  spec.transport = &wire::transport_for("pipe");
  spec.cell = 4;
  spec.total_steps = 12'345'678'901;
  spec.rates = {{7, 0.1}, {9'000'000'000, 1.0 / 3}};
  spec.target = "avx2";
  return spec;
}

void expect_same_place(const CellSpec& got, const CellSpec& expected) {
  EXPECT_EQ(got.version, kVersion);
  EXPECT_EQ(got.build, os::build_id());
  EXPECT_EQ(got.grid.shape, expected.grid.shape);
  EXPECT_EQ(got.grid.slices, expected.grid.slices);
  EXPECT_EQ(got.grid.microbatches, expected.grid.microbatches);
  EXPECT_EQ(got.grid.schedule, expected.grid.schedule);
  EXPECT_EQ(got.grid.neurons, expected.grid.neurons);
  EXPECT_EQ(got.grid.cpus, expected.grid.cpus);
  EXPECT_EQ(got.grid.pins, expected.grid.pins);
  EXPECT_EQ(got.transport, expected.transport);
  EXPECT_EQ(got.cell, expected.cell);
  EXPECT_EQ(got.total_steps, expected.total_steps);
  EXPECT_EQ(got.rates, expected.rates);
  EXPECT_EQ(got.target, expected.target);
}

TEST(CellSpec, is_read_as_it_was_written) {
  CellSpec spec = spec_of(small_config());
  expect_same_place(read_again(spec).value(), spec);
  spec.grid.neurons = false;
  spec.grid.pins = {};
  spec.grid.schedule = Schedule::one_f_one_b;
  spec.transport = &wire::memory_transport();
  expect_same_place(read_again(spec).value(), spec);
}

TEST(CellSpec, carries_every_setting_that_a_step_depends_on) {
  Config config = small_config();
  config.run.seed = 0xFFFF'FFFF'FFFF;
  config.data.shuffle = false;
  config.data.loader_threads = 2;
  config.numerics = {Precision::fp64, KernelChoice::reference};
  config.optimizer.type = "momentum";
  config.optimizer.lr = 1.0 / 3;
  config.optimizer.settings = {
      {"momentum", 0.1 + 0.2}, {"betas", std::vector<double>{1.0 / 7, 1 - 1e-12}},
      {"eps", 1e-300},         {"weight_decay", 1e-5 / 3},
      {"decay_steps", 77},     {"final_lr", 1.0 / 9}};
  config.optimizer.decay_norms = true;
  const Config got = read_again(spec_of(config)).value().config;
  EXPECT_EQ(got.run.seed, config.run.seed);
  EXPECT_FALSE(got.data.shuffle);
  EXPECT_EQ(got.data.loader_threads, 2);
  EXPECT_EQ(got.numerics.precision, Precision::fp64);
  EXPECT_EQ(got.numerics.kernels, KernelChoice::reference);
  EXPECT_EQ(got.train.batch, config.train.batch);
  EXPECT_EQ(got.train.leaf, config.train.leaf);
  EXPECT_EQ(got.optimizer.type, "momentum");
  EXPECT_EQ(got.optimizer.lr, config.optimizer.lr);
  EXPECT_EQ(got.optimizer.schedule, "cosine");
  EXPECT_EQ(got.optimizer.warmup_steps, 4);
  EXPECT_FALSE(got.optimizer.decay_biases);
  EXPECT_TRUE(got.optimizer.decay_norms);
  for (const auto& [name, value] : config.optimizer.settings.all()) {
    const SettingValue* const read = got.optimizer.settings.find(name);
    ASSERT_NE(read, nullptr) << name;
    EXPECT_EQ(*read, value) << name;
  }
}

TEST(CellSpec, carries_the_model) {
  Config config = small_config();
  config.model.layers = {dropout(1.0 / 3), dense(7, "sigmoid"), dense(2)};
  config.model.loss = "mse";
  const ModelConfig got = read_again(spec_of(config)).value().config.model;
  EXPECT_EQ(got.loss, "mse");
  ASSERT_EQ(got.layers.size(), 3U);
  EXPECT_EQ(got.layers[0].type, "dropout");
  EXPECT_EQ(got.layers[0].settings.number("rate"), 1.0 / 3);
  EXPECT_EQ(got.layers[1].settings.whole("units"), 7);
  EXPECT_EQ(got.layers[1].settings.word("activation"), "sigmoid");
  EXPECT_EQ(got.layers[2].settings.word("activation"), "linear");
}

// Otherwise every cell would receive the rows as text.
TEST(CellSpec, leaves_the_data_out) {
  Config config = small_config();
  config.data.train = clouds(1);
  const std::size_t small = text_of(spec_of(config)).size();
  config.data.train = clouds(2000);
  EXPECT_EQ(text_of(spec_of(config)).size(), small);
}

// The Error for a spec that says `other` where this program has `own`.
std::string refusal_of(const std::string& what, const std::string& own, const std::string& other) {
  auto object = nlohmann::json::parse(text_of(spec_of(small_config())));
  EXPECT_EQ(object.at(what), own);
  object[what] = other;
  const auto spec = read_text(object.dump());
  return spec.ok() ? "taken" : spec.error().message;
}

TEST(CellSpec, of_another_version_is_refused) {
  EXPECT_EQ(refusal_of("version", kVersion, "0.0.0-other"),
            fmt::format("the program was replaced while it ran: a cell of version {} was started "
                        "by version 0.0.0-other",
                        kVersion));
}

TEST(CellSpec, of_another_build_of_the_same_version_is_refused) {
  const std::string own = os::build_id();
  ASSERT_FALSE(own.empty());
  for (const std::string& other : {std::string("0123abcd"), own + "0", own.substr(1)}) {
    EXPECT_EQ(refusal_of("build", own, other),
              fmt::format("the program was replaced while it ran: a cell of build {} was started "
                          "by build {}",
                          own, other));
  }
}

TEST(CellSpec, that_names_no_build_is_refused) {
  auto object = nlohmann::json::parse(text_of(spec_of(small_config())));
  object.erase("build");
  EXPECT_FALSE(read_text(object.dump()).ok());
}

TEST(CellSpec, with_a_transport_that_this_program_lacks_is_refused) {
  EXPECT_EQ(refusal_of("transport", "pipe", "pigeons"),
            "this program has no transport \"pigeons\"");
}

TEST(CellSpec, damaged_orders_are_an_error) {
  const std::string text = text_of(spec_of(small_config()));
  for (const std::string& damaged : {std::string("x"), std::string("{}"), std::string("[1,2]"),
                                     text.substr(0, text.size() / 2)}) {
    const auto spec = read_text(damaged);
    ASSERT_FALSE(spec.ok());
    EXPECT_EQ(spec.error().message.rfind("a cell cannot read its start parameters: ", 0), 0U)
        << spec.error().message;
  }
}

TEST(CellName, says_stage_and_replica) {
  EXPECT_EQ(cell_name({3, 1, 2}, 0), "stage 0, replica 0");
  EXPECT_EQ(cell_name({3, 4, 2}, 4), "stage 1, replica 1");
}

}  // namespace
}  // namespace forknet::run
