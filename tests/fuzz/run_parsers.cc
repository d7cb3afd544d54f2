// Orders and frames, settings, and kept sets.
#include <algorithm>
#include <cstring>
#include <span>

#include "base/digest.h"
#include "fuzz/parsers.h"
#include "fuzz/reading.h"
#include "session/set_file.h"
#include "settings/resolve.h"
#include "small_runs.h"
#include "train/orders/messages.h"
#include "wire/frame.h"

namespace forknet::fuzz {
namespace {

void read_order(std::string_view bytes) {
  const auto order = run::parse_order(std::string(bytes));
  expect_short(order);
}

void read_answer(std::string_view bytes) {
  const auto answer = run::parse_answer(std::string(bytes));
  if (answer.ok()) FORKNET_CHECK(run::parse_answer(run::answer_text(*answer)).ok());
}

void read_frame(std::string_view bytes) {
  wire::Head head = {};
  std::memcpy(head.data(), bytes.data(), std::min(bytes.size(), head.size()));
  const auto frame = wire::decode(head);
  if (!frame) return;
  FORKNET_CHECK(!wire::describe(*frame).empty());
  FORKNET_CHECK(wire::encode(*frame) == head);
}

std::string frame_text(const wire::Frame& frame) {
  const wire::Head head = wire::encode(frame);
  return {reinterpret_cast<const char*>(head.data()), head.size()};
}

void read_config(std::string_view bytes) {
  const auto resolved = run::resolve_text(bytes, "c.toml", {});
  expect_short(resolved);
}

void read_setting(std::string_view bytes) {
  static const std::string config = os::get_file(run::project_file("examples/xor.toml"));
  FORKNET_CHECK(!config.empty());
  expect_short(run::resolve_text(config, "c.toml",
                                 {.environment = {}, .flags = {}, .sets = {std::string(bytes)}}));
}

// A set that is kept, as it lies, and as CBOR with a valid checksum.
void read_set(std::string_view bytes) {
  (void)run::parse_set_file(bytes);
  std::string text = "fksets01" + std::string(bytes);
  const std::uint64_t checksum = checksum64(std::as_bytes(std::span(text)));
  text.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  const auto set = run::parse_set_file(text);
  if (set) FORKNET_CHECK(run::parse_set_file(run::to_text(*set)).has_value());
}

// The CBOR of a set.
std::string set_seed() {
  run::SetFile set;
  set.key = std::string(32, 'a');
  set.tables[0] = run::SetFile::Entry{std::string(32, 'b'), {}};
  set.tables[0]->table.inputs_name = "t.csv";
  set.tables[0]->table.shape = {data::Element::f32, 7, {2}, 2, false, 0, 1, true};
  set.targets = {{1.5F}, {0.3F}};
  set.warnings = {"note"};
  const std::string text = run::to_text(set);
  return text.substr(8, text.size() - 16);
}

}  // namespace

std::vector<Parser> run_parsers() {
  return {
      {"order", read_order, {R"({"do":"scale","replicas":2})", R"({"do":"pause"})"}},
      {"answer", read_answer, {R"({"step":120,"state":"paused"})", R"({"error":"no"})"}},
      {"frame",
       read_frame,
       {frame_text({wire::FrameKind::error, 1, 2, 3, 4}),
        frame_text({wire::FrameKind::weight, 1, 0, 3, 4, 5, 6}), frame_text({})}},
      {"config",
       read_config,
       {os::get_file(run::project_file("examples/xor.toml")),
        os::get_file(run::project_file("examples/digits.toml"))}},
      {"setting", read_setting, {"train.batch=64", "optimizer.betas=[0.5, 0.9]", "run.name=a"}},
      {"set", read_set, {set_seed()}},
  };
}

}  // namespace forknet::fuzz
