// What a trainer does besides when models train apart (grid.sync = "average"): opens and restores
// them, adds them to checkpoints, changes their workers.
#include <fmt/format.h>

#include <bit>
#include <nlohmann/json.hpp>

#include "settings/averaging.h"
#include "train/model/tensors.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

constexpr const char* kModelsKey = "forknet.models";
constexpr const char* kCenter = "average.center.";
constexpr const char* kVelocity = "average.velocity.";

std::string model_prefix(std::size_t model) { return fmt::format("average.model-{}.", model); }
std::string start_prefix(std::size_t model, std::size_t moment) {
  return fmt::format("average.model-{}.start-{}.", model, moment);
}

// A model that has not come to rest at the checkpoint's step: how far it has come, and what the
// steps from the checkpoint's on came to.
struct StoredModel {
  std::uint64_t steps = 0;
  std::vector<cell::BatchSums> figures;
};

// Where the models of a checkpoint stand.
struct StoredRound {
  std::uint64_t center_step = 0;
  // Of those left out of the round: the model, and from which step on.
  std::vector<std::pair<std::size_t, std::uint64_t>> left_out;
  std::vector<StoredModel> apart;  // (models), or empty: all are at the checkpoint's step
};

template <class T>
nlohmann::json apart_json(const Models<T>& models, std::uint64_t step) {
  nlohmann::json apart = nlohmann::json::array();
  for (std::size_t model = 0; model < models.count(); ++model) {
    const std::uint64_t steps = models.steps_of(model);
    nlohmann::json figures = nlohmann::json::array();
    for (std::uint64_t s = step; s < steps; ++s) {
      const CommittedStep& own = models.commits(model).figures(s);
      figures.push_back({std::bit_cast<std::uint64_t>(own.loss), own.correct, own.rows,
                         std::bit_cast<std::uint64_t>(own.weight),
                         std::bit_cast<std::uint64_t>(own.correct_weight)});
    }
    apart.push_back({{"steps", steps}, {"figures", std::move(figures)}});
  }
  return apart;
}

template <class T>
std::string round_json(const Models<T>& models, std::uint64_t step) {
  nlohmann::json object = {{"center_step", models.center_step()},
                           {"left_out", nlohmann::json::array()}};
  if (!models.rest_at(step)) object["apart"] = apart_json(models, step);
  for (std::size_t model = 0; model < models.count(); ++model) {
    if (models.left_out(model)) {
      object["left_out"].push_back({model, models.left_out_from(model)});
    }
  }
  return object.dump();
}

StoredModel parse_model(const nlohmann::json& entry) {
  StoredModel model = {entry.at("steps").get<std::uint64_t>(), {}};
  for (const auto& figures : entry.at("figures")) {
    const auto whole = [&](std::size_t i) { return figures.at(i).get<std::uint64_t>(); };
    const auto real = [&](std::size_t i) { return std::bit_cast<double>(whole(i)); };
    model.figures.push_back({real(0), whole(1), whole(2), real(3), real(4)});
  }
  return model;
}

std::optional<StoredRound> parse_round(const std::string& text) {
  try {
    const auto object = nlohmann::json::parse(text);
    StoredRound standing;
    standing.center_step = object.at("center_step").get<std::uint64_t>();
    for (const auto& entry : object.at("left_out")) {
      standing.left_out.emplace_back(entry.at(0).get<std::size_t>(),
                                     entry.at(1).get<std::uint64_t>());
    }
    if (!object.contains("apart")) return standing;
    for (const auto& entry : object.at("apart")) standing.apart.push_back(parse_model(entry));
    return standing;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

Result<StoredRound> round_of(const store::Checkpoint& checkpoint, std::size_t models) {
  const auto text = checkpoint.state.find(kModelsKey);
  const auto standing = text == checkpoint.state.end() ? std::nullopt : parse_round(text->second);
  const auto step = static_cast<std::uint64_t>(checkpoint.step);
  bool fits = standing && standing->center_step <= step &&
              (standing->apart.empty() || standing->apart.size() == models);
  for (std::size_t i = 0; fits && i < standing->apart.size(); ++i) {
    const StoredModel& model = standing->apart[i];
    fits = model.steps >= standing->center_step && model.figures.size() <= kFigures &&
           model.figures.size() == (model.steps > step ? model.steps - step : 0);
  }
  for (std::size_t i = 0; fits && i < standing->left_out.size(); ++i) {
    fits = standing->left_out[i].first < models;
  }
  if (fits) return *standing;
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

}  // namespace

template <class T>
Status Trainer<T>::open_average(const EngineJob& job) {
  const Rounds rounds = {steps_between_averages(job_.config), sampler_.steps_per_epoch(),
                         total_steps_};
  FORKNET_ASSIGN(auto engine,
                 average_engine<T>({job, rounds, *models_, weights_, live_, in_processes_}));
  average_ = engine.get();
  engine_ = std::move(engine);
  return {};
}

// Within a round the checkpoint's weights are the mean as it stood then, or the center where the
// models were at different steps; what the round began with is there besides.
template <class T>
void Trainer<T>::add_models(std::vector<store::NamedTensor>& tensors,
                            store::RunState& state) const {
  const Models<T>& models = *models_;
  state.emplace(kModelsKey, round_json(models, state_.step));
  if (models.shape().has_velocity) {
    add_parameters<T>(job_.plan, models.velocity(models.center_version()), kVelocity, tensors);
  }
  for (std::size_t m = 0; models.shape().keeps_moments && m < models.count(); ++m) {
    for (std::size_t i = 0; i < models.shape().moments; ++i) {
      add_parameters<T>(job_.plan, models.start_moment(m, i), start_prefix(m, i), tensors);
    }
  }
  if (models.center_step() == state_.step && models.rest_at(state_.step)) return;
  add_parameters<T>(job_.plan, weights_.parameters(), kCenter, tensors);
  for (std::size_t m = 0; m < models.count(); ++m) {
    const auto weights = models.weights(m);
    add_parameters<T>(job_.plan, weights.parameters(), model_prefix(m), tensors);
    add_moments<T>(job_.plan, weights, model_prefix(m), tensors);
  }
}

template <class T>
Status Trainer<T>::restore_models(const store::Checkpoint& checkpoint) {
  Models<T>& models = *models_;
  const store::SafetensorsFile& file = checkpoint.file;
  FORKNET_ASSIGN(const StoredRound standing, round_of(checkpoint, models.count()));
  const bool within = standing.center_step < state_.step || !standing.apart.empty();
  weights_.turn_to(0);
  models.put_center(standing.center_step, 0);
  FORKNET_TRY(read_parameters<T>(file, job_.plan, within ? kCenter : "", weights_.parameters()));
  FORKNET_TRY(read_moments<T>(file, job_.plan, "", weights_));
  if (models.shape().has_velocity) {
    FORKNET_TRY(read_parameters<T>(file, job_.plan, kVelocity, models.velocity(0)));
  }
  for (std::size_t m = 0; m < models.count(); ++m) {
    for (std::size_t i = 0; models.shape().keeps_moments && i < models.shape().moments; ++i) {
      FORKNET_TRY(
          read_parameters<T>(file, job_.plan, start_prefix(m, i), models.start_moment(m, i)));
    }
    put_commits(models.commits(m), state_.step,
                standing.apart.empty() ? StoredModel{state_.step, {}} : standing.apart[m]);
    if (!within) continue;
    auto weights = models.weights(m);
    FORKNET_TRY(read_all<T>(file, job_.plan, model_prefix(m), weights));
  }
  for (const auto& [model, from] : standing.left_out) models.leave_out(model, from);
  return {};
}

template <class T>
Status Trainer<T>::resize_average(std::int64_t workers) {
  const auto most = static_cast<std::int64_t>(models_->count());
  if (workers < 1 || workers > most) {
    return Error{
        ErrorKind::usage,
        fmt::format("{} workers are not possible: 1 to {} are, one for each model", workers, most)};
  }
  FORKNET_TRY(average_->resize(static_cast<std::size_t>(workers)));
  layout_begun_ = throughput_.train_seconds();
  layout_.shape.replicas = static_cast<std::size_t>(workers);
  note(fmt::format("{} workers from step {} on", workers, state_.step));
  keep_replicas();
  return {};
}

// Other workers for the same models: they know of new settings.
template <class T>
Status Trainer<T>::reopen_average() {
  if (engine_ != nullptr) faults_.add(engine_->faults());
  engine_.reset();
  return open_engine();
}

#define FORKNET_TRAINER(T)                                                                        \
  template Status Trainer<T>::open_average(const EngineJob&);                                     \
  template void Trainer<T>::add_models(std::vector<store::NamedTensor>&, store::RunState&) const; \
  template Status Trainer<T>::restore_models(const store::Checkpoint&);                           \
  template Status Trainer<T>::resize_average(std::int64_t);                                       \
  template Status Trainer<T>::reopen_average();
FORKNET_TRAINER(float)
FORKNET_TRAINER(double)
#undef FORKNET_TRAINER

}  // namespace forknet::run
