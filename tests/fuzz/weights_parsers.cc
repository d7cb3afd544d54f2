// Files of weights, and what a checkpoint says of a run.
#include <array>

#include "fuzz/parsers.h"
#include "fuzz/reading.h"
#include "state/progress_state.h"
#include "store/checkpoint.h"
#include "store/safetensors_header.h"
#include "train/model/model_file.h"

namespace forknet::fuzz {
namespace {

using namespace std::string_literals;

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

}  // namespace

std::vector<Parser> weights_parsers() {
  return {
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
  };
}

}  // namespace forknet::fuzz
