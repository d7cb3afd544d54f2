// The state that a dead run left.
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "fuzz/parsers.h"
#include "fuzz/reading.h"
#include "small_runs.h"
#include "state/recovered.h"

namespace forknet::fuzz {
namespace {

using namespace std::string_literals;

const nn::ModelPlan& plan() {
  static const nn::ModelPlan one = [] {
    ModelConfig model;
    model.layers = {dense(3, "relu"), dense(2)};
    return nn::plan_model(model, 2).value();
  }();
  return one;
}

void recover(const std::string& run) {
  const auto recovered = run::recover_state({run}, [](const run::StateLoss&) {});
  if (!recovered.ok() || !*recovered) return;
  auto weights = store::Weights<float>::create(plan().numbers, 1);
  FORKNET_CHECK(weights.ok());
  expect_short(run::read_weights(**recovered, plan(), *weights));
}

// A run folder with a state that is whole.
struct LeftState {
  std::string run = folder() / "left";
  std::string list;
  std::string control;
  std::string page;
  std::string weights;
};

const LeftState& left_state() {
  static const LeftState left = [] {
    LeftState state;
    std::filesystem::create_directory(state.run);
    run::StateShape shape;
    shape.weights = {sizeof(float), plan().numbers, 1, 2};
    shape.slices = {{0, plan().layers.size()}};
    auto live = run::LiveState::in_files({state.run}, shape, plan());
    FORKNET_CHECK(live.ok());
    live->progress().save({});
    FORKNET_CHECK(live->keep().ok());
    const auto list = run::read_list({state.run});
    state.list = os::get_file(run::StatePlace{state.run}.list());
    state.control = state.run + "/state-left-control";
    state.page = os::get_file(list->control);
    state.weights = state.run + "/state-left-weights";
    os::put_file(state.weights, os::get_file(list->weights.front()));
    live->remove();
    const auto at = [&](const std::string& path, const std::string& other) {
      const auto found = state.list.find(path);
      FORKNET_CHECK(found != std::string::npos);
      state.list.replace(found, path.size(), other);
    };
    at(list->control, state.control);
    at(list->weights.front(), state.weights);
    for (const auto& path : {state.control, state.weights}) {
      if (!std::filesystem::exists(path)) os::put_file(path, "");
      std::filesystem::permissions(path, std::filesystem::perms(0600));
    }
    return state;
  }();
  return left;
}

void put_private(const std::string& path, std::string_view bytes) {
  os::put_file(path, bytes);
  std::filesystem::permissions(path, std::filesystem::perms(0600));
}

void read_state_list(std::string_view bytes) {
  const LeftState& left = left_state();
  put_private(left.control, left.page);
  os::put_file(run::StatePlace{left.run}.list(), bytes);
  recover(left.run);
}

// Lists that are JSON of the right kind, whose numbers fit nothing.
std::string with(const std::string& key, const nlohmann::json& value, nlohmann::json list) {
  list[key] = value;
  return list.dump();
}

std::string many_cells() {
  const auto list = nlohmann::json::parse(left_state().list);
  const std::string none = with("weights", nlohmann::json::array(), list);
  const std::string half = with("replicas", std::uint64_t{1} << 63, nlohmann::json::parse(none));
  const std::string cut = with("slices", {{0, 1}, {1, 2}}, nlohmann::json::parse(half));
  return with("private", true, nlohmann::json::parse(cut));
}

std::string many_layers() {
  const auto list = nlohmann::json::parse(left_state().list);
  return with("slices", {{0, 1'000'000}}, nlohmann::json::parse(with("private", true, list)));
}

// Words of the head and of the commit, sealed.
void read_state_head(std::string_view bytes) {
  const LeftState& left = left_state();
  std::string page = left.page;
  auto& words = run::page_of(std::as_writable_bytes(std::span(page)));
  std::array<std::uint64_t, 5> given = {words.head.weights.number_bytes, words.head.weights.numbers,
                                        words.head.weights.moments, words.head.weights.versions, 0};
  std::memcpy(given.data(), bytes.data(), std::min(bytes.size(), sizeof(given)));
  words.head.weights = {given[0], given[1], given[2], given[3]};
  words.head.seal();
  words.control.prepare(given[4]);
  put_private(left.control, page);
  os::put_file(run::StatePlace{left.run}.list(), left.list);
  recover(left.run);
}

std::string words_text(const std::vector<std::uint64_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint64_t)};
}

// Any bytes in the control page's file.
void read_state_page(std::string_view bytes) {
  const LeftState& left = left_state();
  std::string page = left.page;
  std::size_t at = 0;
  constexpr std::size_t kPlace = 4;
  if (bytes.size() > kPlace) {
    std::memcpy(&at, bytes.data(), kPlace);
    const auto rest = bytes.substr(kPlace);
    at %= page.size();
    const auto room = std::min<std::size_t>(rest.size(), page.size() - at);
    page.replace(at, room, rest.substr(0, room));
  } else {
    page.resize(page.size() / 2);
  }
  put_private(left.control, page);
  os::put_file(run::StatePlace{left.run}.list(), left.list);
  recover(left.run);
}

}  // namespace

std::vector<Parser> state_parsers() {
  return {
      {"state_list", read_state_list, {left_state().list, many_cells(), many_layers()}},
      {"state_head",
       read_state_head,
       {words_text({4, plan().numbers, 1, 2, 0}), words_text({8, plan().numbers, 2, 2, 6}),
        words_text({4, plan().numbers, 1, 0, 0})}},
      {"state_page", read_state_page, {"\0\0\0\0snfk", "\x40\x10\0\0rest"s}},
  };
}

}  // namespace forknet::fuzz
