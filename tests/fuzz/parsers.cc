#include "fuzz/parsers.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/version.h"
#include "data/formats/csv/inspect.h"
#include "data/formats/csv/packed_files.h"
#include "data/formats/csv/text_source.h"
#include "data/formats/format.h"
#include "data/formats/images/each.h"
#include "data/formats/images/folder.h"
#include "data/formats/images/picture.h"
#include "data/formats/images/picture_files.h"
#include "data/formats/npy/header.h"
#include "data/formats/npy/inspect.h"
#include "data/formats/npy/npy_files.h"
#include "data/formats/npy/read.h"
#include "data/idx.h"
#include "data/open.h"
#include "data/tar_files.h"
#include "os/reserved_file.h"
#include "os/temporary_folder.h"
#include "settings/resolve.h"
#include "settings/resume.h"
#include "small_runs.h"
#include "state/progress_state.h"
#include "state/recovered.h"
#include "store/checkpoint.h"
#include "store/safetensors_header.h"
#include "train/model/model_file.h"
#include "train/orders/messages.h"
#include "wire/frame.h"

namespace forknet::fuzz {
namespace {

using namespace std::string_literals;

// For the readers of files, in memory where that is: nothing waits for a disk. Gone when the
// program ends.
const os::TemporaryFolder& folder() {
  static const os::TemporaryFolder one(os::memory_folder().empty()
                                           ? std::filesystem::temp_directory_path()
                                           : std::filesystem::path(os::memory_folder()));
  return one;
}

std::string file_of(std::string_view bytes, const std::string& name) {
  const std::string path = folder() / name;
  os::put_file(path, bytes);
  return path;
}

// A message fits on a screen whatever the file held.
template <class R>
void expect_short(const R& result) {
  constexpr std::size_t kMost = 4096;
  FORKNET_CHECK(result.ok() || result.error().message.size() < kMost);
}

// --- the control socket ---

void read_order(std::string_view bytes) {
  const auto order = run::parse_order(std::string(bytes));
  expect_short(order);
}

void read_answer(std::string_view bytes) {
  const auto answer = run::parse_answer(std::string(bytes));
  if (answer.ok()) FORKNET_CHECK(run::parse_answer(run::answer_text(*answer)).ok());
}

// --- frames ---

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

// --- data ---

void read_inputs(std::string_view bytes) {
  expect_short(data::read_idx_inputs(file_of(bytes, "inputs")));
}

void read_labels(std::string_view bytes) {
  static const std::string inputs =
      file_of("\0\0\x08\x02\0\0\0\x03\0\0\0\x02"s + "abcdef", "three-inputs");
  expect_short(data::read_idx(inputs, file_of(bytes, "labels")));
}

void read_literal(std::string_view bytes) { expect_short(data::parse_npy_literal(bytes, "x.npy")); }

void read_array(std::string_view bytes) {
  const std::string path = file_of(bytes, "x.npy");
  expect_short(data::read_npy({path, path}, true));
  expect_short(data::read_npy({path, path}, false));
  expect_short(data::inspect_npy(path, true));
}

void read_archive(std::string_view bytes) {
  const std::string path = file_of(bytes, "set.npz");
  expect_short(data::read_npy({path}, true));
  expect_short(data::read_npy_inputs(path));
  expect_short(data::inspect_npy(path, false));
}

// As a set to learn from, and as something to look at.
void read_table(std::string_view bytes) {
  DataConfig config;
  config.format = DataFormat::csv;
  config.train.inputs = file_of(bytes, "t.csv");
  config.test.share = 0.3;
  config.scale = Scale::standard;
  if (bytes.size() % 3 == 0) config.table.weight = {std::int64_t{0}};
  const bool classes = bytes.size() % 2 == 0;
  expect_short(data::open_data(config, 1, classes));
  if (bytes.size() % 8 == 0) expect_short(data::csv::inspect({config.train.inputs, classes}));
}

// The first MiB: a small file may rightly hold much.
void read_packed(std::string_view bytes) {
  const auto source = data::csv::open_text(file_of(bytes, "packed"));
  expect_short(source);
  if (!source.ok()) return;
  std::string piece(std::size_t{1} << 18, '\0');
  for (int i = 0; i < 4; ++i) {
    const auto got = source->read(std::as_writable_bytes(std::span(piece)));
    expect_short(got);
    if (!got.ok() || *got < piece.size()) return;
  }
}

void read_picture(std::string_view bytes) {
  // What takes long to decode is no finding: the limits of forknet are those of cameras.
  constexpr std::size_t kFewPixels = 1 << 20;
  const auto size = data::picture_size(bytes, "p");
  expect_short(size);
  if (!size.ok() || size->width * size->height > kFewPixels) return;
  const auto picture = data::decode_picture(bytes, "p");
  expect_short(picture);
  if (picture.ok()) (void)data::resized(data::with_channels(*picture, 1), 3, 2);
}

// What is listed; what lies in it are pictures, which have a target of their own.
void read_packed_pictures(std::string_view bytes) {
  const std::string path = file_of(bytes, "packed-pictures");
  expect_short(data::find_all(path));
  expect_short(data::sniff_format(path));
  const auto files = data::find_pictures(path);
  expect_short(files);
  if (!files.ok()) return;
  expect_short(data::for_each_picture(
      *files, {}, [](std::size_t, const std::string&) -> Status { return {}; }));
}

// --- weights ---

void read_header(std::string_view bytes) {
  for (const std::size_t data_bytes : {0, 4, 64}) {
    const auto header = store::parse_header(bytes, data_bytes);
    expect_short(header);
    (void)store::find_checksum(bytes);
  }
}

void read_safetensors(std::string_view bytes) {
  const auto file = store::SafetensorsFile::open(file_of(bytes, "tensors"));
  expect_short(file);
  if (!file.ok()) return;
  (void)file->verify();
  for (const store::TensorInfo& tensor : file->tensors()) {
    std::size_t count = 1;
    for (const std::size_t size : tensor.shape) count *= size;
    if (count > bytes.size()) continue;  // a size of 0 among large ones
    std::vector<double> numbers(count);
    (void)file->read_f64(tensor.name, tensor.shape, numbers);
  }
}

std::string safetensors_seed() {
  const std::string header =
      R"({"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"__metadata__":{"a":"b"}})";
  std::string text(store::kLengthBytes, '\0');
  text[0] = static_cast<char>(header.size());
  return text + header + "01234567";
}

// A checkpoint that is whole, whose metadata is not what forknet wrote.
void read_checkpoint(std::string_view bytes) {
  const auto middle = bytes.find('\n');
  const std::string model(bytes.substr(0, middle));
  const std::string progress(middle == std::string_view::npos ? "" : bytes.substr(middle + 1));
  const std::array<float, 2> weights = {1, 2};
  const std::vector<store::NamedTensor> tensors = {
      {"layers.0.weight", store::DType::f32, {2, 1}, std::as_bytes(std::span(weights)), {}}};
  const std::string path = folder() / "step-7.safetensors";
  const store::Metadata metadata = {{"forknet.checkpoint", "1"},
                                    {"forknet.step", "7"},
                                    {run::kModelKey, model},
                                    {"forknet.state."s + run::kProgressKey, progress}};
  if (!store::write_safetensors(path, tensors, metadata).ok()) return;  // no UTF-8
  const auto checkpoint = store::CheckpointFolder(folder().path()).load(7);
  FORKNET_CHECK(checkpoint.ok());
  expect_short(run::progress_of(*checkpoint));
  expect_short(run::read_model(path));
}

void read_progress(std::string_view bytes) {
  const auto progress = run::parse_progress(std::string(bytes));
  if (progress) FORKNET_CHECK(run::parse_progress(run::to_json(*progress)).has_value());
}

// --- what a dead run left ---

const nn::ModelPlan& plan() {
  static const nn::ModelPlan one = [] {
    ModelConfig model;
    model.layers = {dense(3, Activation::relu), dense(2)};
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

// Words of the head and of the commit, sealed by whoever wrote them.
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

// --- settings ---

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

}  // namespace

const std::vector<Parser>& parsers() {
  static const std::vector<Parser> all = {
      {"order", read_order, {R"({"do":"scale","replicas":2})", R"({"do":"pause"})"}},
      {"answer", read_answer, {R"({"step":120,"state":"paused"})", R"({"error":"no"})"}},
      {"frame",
       read_frame,
       {frame_text({wire::FrameKind::error, 1, 2, 3, 4}),
        frame_text({wire::FrameKind::weight, 1, 0, 3, 4, 5, 6}), frame_text({})}},
      {"idx_inputs",
       read_inputs,
       {"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03"s + "123456",
        "\0\0\x0D\x01\0\0\0\x01"s + "1234"}},
      {"idx_labels", read_labels, {"\0\0\x08\x01\0\0\0\x03\x01\x02\0"s}},
      {"npy_literal",
       read_literal,
       {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"}},
      {"npy",
       read_array,
       {data::npy("|u1", "(3,)", "\1\0\2"s),
        data::npy(">f8", "(2, 1)", std::string(16, '\0'), true)}},
      {"npz",
       read_archive,
       {data::zip({{"x.npy", data::npy("|u1", "(2, 1)", "ab")},
                   {"y.npy", data::npy("|b1", "(2,)", "\0\1"s)}}),
        data::zip({{"x.npy", data::npy("|u1", "(2, 1)", "ab")}}, true)}},
      {"csv",
       read_table,
       {"id,age,\"city, or town\",y\n1,20.5,Bonn,no\n2,,\"Ulm\",yes\n3,7e1,\"a \"\"b\"\"\nc\",no\n",
        "a;b;c\r\n1,5;2;3\r\n4,25;5;6\r\n7;8;9\r\n", "T,2,8,3\nI,5,12,3\nD,4,11,6\nT,9,1,1\n",
        "\xef\xbb\xbfx\ty\n0\t1\n1\t0\n0\t1\n255\t0\n"}},
      {"packed_text",
       read_packed,
       {data::gzip("a,b\n1,2\n"), data::zip({{"t.csv", "a,b\n1,2\n"}}, true),
        data::zip({{"d/", ""}, {"d/t.csv", "a,b\n1,2\n"}}),
        data::csv::packed_by("xz", "a,b\n1,2\n"), data::csv::packed_by("zstd", "a,b\n1,2\n")}},
      {"picture",
       read_picture,
       {data::png(2, 2, 2, "abcdefghijkl"), data::png(2, 1, 4, "abcd"),
        data::jpeg(8, 8, TJPF_GRAY, std::string(64, 'x')), data::pgm(2, 2, "abcd"),
        "P3 1 1 9 1 2 3"}},
      {"packed_pictures",
       read_packed_pictures,
       {data::zip({{"a/1.png", "x"}, {"b/", ""}, {"b/1.pgm", "P5"}}),
        data::zip({{"1.png", "x"}, {"2", "P5"}}, true),
        data::tar({{"a/1.png", "x"}, {"b/1.png", "y"}}), data::gzip(data::tar({{"1.png", "x"}})),
        data::csv::packed_by("xz", data::tar({{"1.png", "x"}})),
        data::csv::packed_by("zstd", data::tar({{"1.png", "x"}}))}},
      {"safetensors_header",
       read_header,
       {safetensors_seed().substr(store::kLengthBytes, safetensors_seed()[0]),
        R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})"}},
      {"safetensors", read_safetensors, {safetensors_seed()}},
      {"checkpoint",
       read_checkpoint,
       {R"({"inputs":1,"loss":"mse","precision":"fp32","layers":[{"type":"dense","units":2,"activation":"relu"},{"type":"dropout","rate":0.5}]})"
        "\n" +
        run::to_json({})}},
      {"progress", read_progress, {run::to_json({})}},
      {"state_list", read_state_list, {left_state().list, many_cells(), many_layers()}},
      {"state_head",
       read_state_head,
       {words_text({4, plan().numbers, 1, 2, 0}), words_text({8, plan().numbers, 2, 2, 6}),
        words_text({4, plan().numbers, 1, 0, 0})}},
      {"state_page", read_state_page, {"\0\0\0\0snfk", "\x40\x10\0\0rest"s}},
      {"config",
       read_config,
       {os::get_file(run::project_file("examples/xor.toml")),
        os::get_file(run::project_file("examples/digits.toml"))}},
      {"setting", read_setting, {"train.batch=64", "optimizer.betas=[0.5, 0.9]", "run.name=a"}},
  };
  return all;
}

}  // namespace forknet::fuzz
