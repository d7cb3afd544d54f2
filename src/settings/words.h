// The words of config files for the enums of forknet::Config, each once.
#pragma once

#include <forknet/config.h>

#include <array>
#include <optional>
#include <string_view>

namespace forknet::run {

template <class E>
struct NamedWord {
  std::string_view name;
  E value;
};

template <class E>
inline constexpr std::array<NamedWord<E>, 0> kWords{};

template <>
inline constexpr auto kWords<Activation> =
    std::to_array<NamedWord<Activation>>({{"linear", Activation::linear},
                                          {"relu", Activation::relu},
                                          {"sigmoid", Activation::sigmoid},
                                          {"tanh", Activation::tanh}});

template <>
inline constexpr auto kWords<LayerType> = std::to_array<NamedWord<LayerType>>(
    {{"dense", LayerType::dense}, {"dropout", LayerType::dropout}});

template <>
inline constexpr auto kWords<StateIn> = std::to_array<NamedWord<StateIn>>(
    {{"auto", StateIn::automatic}, {"memory", StateIn::memory}, {"folder", StateIn::folder}});

template <>
inline constexpr auto kWords<DataCache> = std::to_array<NamedWord<DataCache>>(
    {{"auto", DataCache::automatic}, {"memory", DataCache::memory}, {"mapped", DataCache::mapped}});

template <>
inline constexpr auto kWords<Host> = std::to_array<NamedWord<Host>>({{"process", Host::process},
                                                                     {"thread", Host::thread}});

template <>
inline constexpr auto kWords<ChannelKind> =
    std::to_array<NamedWord<ChannelKind>>({{"shm", ChannelKind::shm}, {"pipe", ChannelKind::pipe}});

template <>
inline constexpr auto kWords<Schedule> =
    std::to_array<NamedWord<Schedule>>({{"1f1b", Schedule::one_f_one_b},
                                        {"gpipe", Schedule::gpipe},
                                        {"zero-bubble", Schedule::zero_bubble}});

template <>
inline constexpr auto kWords<Sync> = std::to_array<NamedWord<Sync>>({{"step", Sync::step},
                                                                     {"average", Sync::average}});

template <>
inline constexpr auto kWords<AverageBatch> = std::to_array<NamedWord<AverageBatch>>(
    {{"shared", AverageBatch::shared}, {"each", AverageBatch::each}});

template <>
inline constexpr auto kWords<AverageMoments> =
    std::to_array<NamedWord<AverageMoments>>({{"mean", AverageMoments::mean},
                                              {"keep", AverageMoments::keep},
                                              {"reset", AverageMoments::reset}});

template <>
inline constexpr auto kWords<Diverged> = std::to_array<NamedWord<Diverged>>(
    {{"leave_out", Diverged::leave_out}, {"fail", Diverged::fail}});

template <>
inline constexpr auto kWords<Loss> = std::to_array<NamedWord<Loss>>(
    {{"softmax_cross_entropy", Loss::softmax_cross_entropy}, {"mse", Loss::mse}});

template <>
inline constexpr auto kWords<Init> =
    std::to_array<NamedWord<Init>>({{"auto", Init::automatic},
                                    {"he_normal", Init::he_normal},
                                    {"he_uniform", Init::he_uniform},
                                    {"glorot_normal", Init::glorot_normal},
                                    {"glorot_uniform", Init::glorot_uniform},
                                    {"lecun_normal", Init::lecun_normal},
                                    {"lecun_uniform", Init::lecun_uniform},
                                    {"zeros", Init::zeros}});

template <>
inline constexpr auto kWords<OptimizerType> =
    std::to_array<NamedWord<OptimizerType>>({{"sgd", OptimizerType::sgd},
                                             {"momentum", OptimizerType::momentum},
                                             {"adam", OptimizerType::adam}});

template <>
inline constexpr auto kWords<LearningRateSchedule> = std::to_array<NamedWord<LearningRateSchedule>>(
    {{"constant", LearningRateSchedule::constant}, {"cosine", LearningRateSchedule::cosine}});

template <>
inline constexpr auto kWords<Precision> =
    std::to_array<NamedWord<Precision>>({{"fp32", Precision::fp32}, {"fp64", Precision::fp64}});

template <>
inline constexpr auto kWords<KernelChoice> = std::to_array<NamedWord<KernelChoice>>(
    {{"fast", KernelChoice::fast}, {"reference", KernelChoice::reference}});

template <>
inline constexpr auto kWords<DataFormat> =
    std::to_array<NamedWord<DataFormat>>({{"idx", DataFormat::idx},
                                          {"csv", DataFormat::csv},
                                          {"npy", DataFormat::npy},
                                          {"images", DataFormat::images},
                                          {"arrays", DataFormat::arrays}});

template <>
inline constexpr auto kWords<PictureColor> = std::to_array<NamedWord<PictureColor>>(
    {{"grey", PictureColor::grey}, {"rgb", PictureColor::rgb}});

template <>
inline constexpr auto kWords<Task> = std::to_array<NamedWord<Task>>({{"auto", Task::automatic},
                                                                     {"classify", Task::classify},
                                                                     {"regress", Task::regress}});

template <>
inline constexpr auto kWords<Impute> = std::to_array<NamedWord<Impute>>({{"median", Impute::median},
                                                                         {"mean", Impute::mean},
                                                                         {"error", Impute::error}});

template <>
inline constexpr auto kWords<ShareOf> =
    std::to_array<NamedWord<ShareOf>>({{"random", ShareOf::random}, {"time", ShareOf::time}});

template <>
inline constexpr auto kWords<TargetScale> =
    std::to_array<NamedWord<TargetScale>>({{"auto", TargetScale::automatic},
                                           {"none", TargetScale::none},
                                           {"standard", TargetScale::standard}});

template <>
inline constexpr auto kWords<Scale> = std::to_array<NamedWord<Scale>>({{"none", Scale::none},
                                                                       {"unit", Scale::unit},
                                                                       {"minmax", Scale::minmax},
                                                                       {"standard",
                                                                        Scale::standard}});

// The value's word; "" for a number that is no value of the enum.
template <class E>
[[nodiscard]] constexpr std::string_view word_of(E value) {
  for (const auto& word : kWords<E>) {
    if (word.value == value) return word.name;
  }
  return "";
}

template <class E>
[[nodiscard]] constexpr std::optional<E> value_of(std::string_view name) {
  for (const auto& word : kWords<E>) {
    if (word.name == name) return word.value;
  }
  return std::nullopt;
}

}  // namespace forknet::run
