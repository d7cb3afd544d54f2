#include "train/average_checkpoint.h"

#include <fmt/format.h>

#include "base/try.h"
#include "train/model/tensors.h"
#include "train/stored_round.h"

namespace forknet::run {
namespace {

constexpr const char* kModelsKey = "forknet.models";
constexpr const char* kCenter = "average.center.";
constexpr const char* kVelocity = "average.velocity.";

std::string model_prefix(std::size_t model) { return fmt::format("average.model-{}.", model); }
std::string start_prefix(std::size_t model, std::size_t moment) {
  return fmt::format("average.model-{}.start-{}.", model, moment);
}

template <class T>
StoredModel stored_model(const Models<T>& models, std::size_t model, std::uint64_t step) {
  StoredModel stored = {models.steps_of(model), {}};
  for (std::uint64_t s = step; s < stored.steps; ++s) {
    stored.figures.push_back(models.commits(model).figures(s).sums());
  }
  return stored;
}

template <class T>
StoredRound round_at(const Models<T>& models, std::uint64_t step) {
  StoredRound round;
  round.center_step = models.center_step();
  const bool apart = !models.rest_at(step);
  for (std::size_t model = 0; model < models.count(); ++model) {
    if (apart) round.apart.push_back(stored_model(models, model, step));
    if (models.left_out(model)) round.left_out.emplace_back(model, models.left_out_from(model));
  }
  return round;
}

Result<StoredRound> round_of(const store::Checkpoint& checkpoint, std::size_t models) {
  const auto text = checkpoint.state.find(kModelsKey);
  const auto step = static_cast<std::uint64_t>(checkpoint.step);
  auto round =
      text == checkpoint.state.end() ? std::nullopt : parse_round(text->second, step, models);
  if (round) return *std::move(round);
  return Error{ErrorKind::data, checkpoint.file.path() +
                                    ": the state of its models that train apart is missing or from "
                                    "another version of forknet"};
}

// A model of a checkpoint at `step`.
void put_commits(Commits& commits, std::uint64_t step, const StoredModel& model) {
  for (std::size_t i = 0; i < model.figures.size(); ++i) {
    commits.put_figures(step + i, model.figures[i]);
  }
  commits.begin(model.steps);
}

// Restores the center, and the other inputs of the mean at the end of a round.
template <class T>
Status restore_center(const store::SafetensorsFile& file, const char* prefix,
                      Training<T>& training) {
  const nn::ModelPlan& plan = training.job.plan;
  Models<T>& models = *training.models;
  FORKNET_TRY(read_parameters<T>(file, plan, prefix, training.weights.parameters()));
  FORKNET_TRY(read_moments<T>(file, plan, training.job.config.optimizer, "", training.weights));
  if (!models.shape().has_velocity) return {};
  return read_parameters<T>(file, plan, kVelocity, models.velocity(0));
}

template <class T>
Status restore_start_moments(const store::SafetensorsFile& file, const nn::ModelPlan& plan,
                             std::size_t model, Models<T>& models) {
  for (std::size_t i = 0; models.shape().keeps_moments && i < models.shape().moments; ++i) {
    FORKNET_TRY(
        read_parameters<T>(file, plan, start_prefix(model, i), models.start_moment(model, i)));
  }
  return {};
}

}  // namespace

template <class T>
void add_models(const Training<T>& training, std::vector<store::NamedTensor>& tensors,
                store::RunState& state) {
  const Models<T>& models = *training.models;
  const nn::ModelPlan& plan = training.job.plan;
  const std::uint64_t step = training.progress.step;
  state.emplace(kModelsKey, to_json(round_at(models, step)));
  if (models.shape().has_velocity) {
    add_parameters<T>(plan, models.velocity(models.center_version()), kVelocity, tensors);
  }
  for (std::size_t m = 0; models.shape().keeps_moments && m < models.count(); ++m) {
    for (std::size_t i = 0; i < models.shape().moments; ++i) {
      add_parameters<T>(plan, models.start_moment(m, i), start_prefix(m, i), tensors);
    }
  }
  if (models.center_step() == step && models.rest_at(step)) return;
  add_parameters<T>(plan, training.weights.parameters(), kCenter, tensors);
  for (std::size_t m = 0; m < models.count(); ++m) {
    const auto weights = models.weights(m);
    add_parameters<T>(plan, weights.parameters(), model_prefix(m), tensors);
    add_moments<T>(plan, training.job.config.optimizer, weights, model_prefix(m), tensors);
  }
}

template <class T>
Status restore_models(const store::Checkpoint& checkpoint, Training<T>& training) {
  Models<T>& models = *training.models;
  const store::SafetensorsFile& file = checkpoint.file;
  const nn::ModelPlan& plan = training.job.plan;
  const std::uint64_t step = training.progress.step;
  FORKNET_ASSIGN(const StoredRound round, round_of(checkpoint, models.count()));
  const bool within = round.center_step < step || !round.apart.empty();
  training.weights.turn_to(0);
  models.put_center(round.center_step, 0);
  FORKNET_TRY(restore_center(file, within ? kCenter : "", training));
  for (std::size_t m = 0; m < models.count(); ++m) {
    FORKNET_TRY(restore_start_moments(file, plan, m, models));
    put_commits(models.commits(m), step,
                round.apart.empty() ? StoredModel{step, {}} : round.apart[m]);
    if (!within) continue;
    auto weights = models.weights(m);
    FORKNET_TRY(read_all<T>(file, plan, training.job.config.optimizer, model_prefix(m), weights));
  }
  for (const auto& [model, from] : round.left_out) models.leave_out(model, from);
  return {};
}

template void add_models<float>(const Training<float>&, std::vector<store::NamedTensor>&,
                                store::RunState&);
template void add_models<double>(const Training<double>&, std::vector<store::NamedTensor>&,
                                 store::RunState&);
template Status restore_models<float>(const store::Checkpoint&, Training<float>&);
template Status restore_models<double>(const store::Checkpoint&, Training<double>&);

}  // namespace forknet::run
