#include "session/room.h"

#include <fmt/format.h>

#include <algorithm>

#include "nn/optimizer.h"
#include "os/reserved_file.h"
#include "settings/averaging.h"
#include "settings/layout.h"

namespace forknet::run {
namespace {

// Names, shapes and the run's state in a file of tensors.
constexpr std::size_t kHeaderBytes = std::size_t{16} << 10;

std::size_t number_bytes(const Prepared& prepared) {
  return prepared.config.numerics.precision == Precision::fp64 ? sizeof(double) : sizeof(float);
}

std::size_t region_bytes(const Prepared& prepared) {
  return number_bytes(prepared) * prepared.plan.numbers;
}

std::size_t model_bytes(const Prepared& prepared) {
  return kHeaderBytes + number_bytes(prepared) * prepared.plan.parameters;
}

// The number of regions: weights and moments, one version each.
std::size_t regions(const Prepared& prepared) {
  return 1 + nn::moment_count(prepared.config.optimizer);
}

std::size_t models(const Prepared& prepared) {
  if (!averages(prepared.config.grid)) return 0;
  return static_cast<std::size_t>(models_of(prepared.config.grid));
}

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

}  // namespace

std::size_t checkpoint_bytes(const Prepared& prepared) {
  const std::size_t one = regions(prepared) * region_bytes(prepared);
  // Within a round the center and every model with its moments, and the mean.
  const std::size_t apart = models(prepared) * one + region_bytes(prepared);
  return kHeaderBytes + one + (models(prepared) > 0 ? apart : 0);
}

std::size_t bytes_to_write(const Prepared& prepared, const RunPaths& paths) {
  const CheckpointConfig& settings = prepared.config.checkpoint;
  // A stop writes one even with checkpoint.every = "off"; a new one is written before an old one is
  // removed.
  const bool off = settings.every.unit == Interval::Unit::off;
  std::size_t wanted = off ? 1 : static_cast<std::size_t>(settings.keep) + 1;
  const auto there = store::CheckpointFolder(paths.checkpoints()).steps();
  if (there.ok()) wanted -= std::min(wanted - 1, there->size());
  // The new model replaces the old one only when it is complete.
  return wanted * checkpoint_bytes(prepared) + 2 * model_bytes(prepared);
}

std::optional<std::string> shortage_of(const Prepared& prepared, const RunPaths& paths) {
  const std::size_t needed = bytes_to_write(prepared, paths);
  const auto free = os::free_bytes(paths.folder);
  if (!free || *free >= needed) return std::nullopt;
  return fmt::format(
      "warning: {}: the disk has {} free; checkpoints and model will take up to {}\n"
      "  make room, keep fewer (checkpoint.keep), or choose another run.dir; when a save fails, "
      "training continues, or --resume continues from the last step",
      paths.folder, mebibytes(*free), mebibytes(needed));
}

}  // namespace forknet::run
