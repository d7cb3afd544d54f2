// The words of config files for the enums of forknet::Config.
#pragma once

#include <forknet/config.h>

#include <array>
#include <optional>
#include <string_view>

namespace forknet::run {

template <class E>
struct NamedValue {
  std::string_view name;
  E value;
};

template <class E>
inline constexpr std::array<NamedValue<E>, 0> kEnumNames{};

template <>
inline constexpr auto kEnumNames<StateIn> = std::to_array<NamedValue<StateIn>>(
    {{"auto", StateIn::automatic}, {"memory", StateIn::memory}, {"folder", StateIn::folder}});

template <>
inline constexpr auto kEnumNames<DataCache> = std::to_array<NamedValue<DataCache>>(
    {{"auto", DataCache::automatic}, {"memory", DataCache::memory}, {"mapped", DataCache::mapped}});

template <>
inline constexpr auto kEnumNames<Host> =
    std::to_array<NamedValue<Host>>({{"process", Host::process}, {"thread", Host::thread}});

template <>
inline constexpr auto kEnumNames<Schedule> =
    std::to_array<NamedValue<Schedule>>({{"1f1b", Schedule::one_f_one_b},
                                         {"gpipe", Schedule::gpipe},
                                         {"zero-bubble", Schedule::zero_bubble}});

template <>
inline constexpr auto kEnumNames<Sync> =
    std::to_array<NamedValue<Sync>>({{"step", Sync::step}, {"average", Sync::average}});

template <>
inline constexpr auto kEnumNames<AverageBatch> = std::to_array<NamedValue<AverageBatch>>(
    {{"shared", AverageBatch::shared}, {"each", AverageBatch::each}});

template <>
inline constexpr auto kEnumNames<AverageMoments> =
    std::to_array<NamedValue<AverageMoments>>({{"mean", AverageMoments::mean},
                                               {"keep", AverageMoments::keep},
                                               {"reset", AverageMoments::reset}});

template <>
inline constexpr auto kEnumNames<Diverged> = std::to_array<NamedValue<Diverged>>(
    {{"leave_out", Diverged::leave_out}, {"fail", Diverged::fail}});

template <>
inline constexpr auto kEnumNames<Precision> =
    std::to_array<NamedValue<Precision>>({{"fp32", Precision::fp32}, {"fp64", Precision::fp64}});

template <>
inline constexpr auto kEnumNames<KernelChoice> = std::to_array<NamedValue<KernelChoice>>(
    {{"fast", KernelChoice::fast}, {"reference", KernelChoice::reference}});

template <>
inline constexpr auto kEnumNames<PictureColor> = std::to_array<NamedValue<PictureColor>>(
    {{"grey", PictureColor::grey}, {"rgb", PictureColor::rgb}});

template <>
inline constexpr auto kEnumNames<Task> = std::to_array<NamedValue<Task>>(
    {{"auto", Task::automatic}, {"classify", Task::classify}, {"regress", Task::regress}});

template <>
inline constexpr auto kEnumNames<Impute> = std::to_array<NamedValue<Impute>>(
    {{"median", Impute::median}, {"mean", Impute::mean}, {"error", Impute::error}});

template <>
inline constexpr auto kEnumNames<Categories> = std::to_array<NamedValue<Categories>>(
    {{"flags", Categories::flags}, {"codes", Categories::codes}});
template <>
inline constexpr auto kEnumNames<ShareOf> =
    std::to_array<NamedValue<ShareOf>>({{"random", ShareOf::random}, {"time", ShareOf::time}});

template <>
inline constexpr auto kEnumNames<TargetScale> =
    std::to_array<NamedValue<TargetScale>>({{"auto", TargetScale::automatic},
                                            {"none", TargetScale::none},
                                            {"standard", TargetScale::standard}});

template <>
inline constexpr auto kEnumNames<Scale> =
    std::to_array<NamedValue<Scale>>({{"none", Scale::none},
                                      {"unit", Scale::unit},
                                      {"minmax", Scale::minmax},
                                      {"standard", Scale::standard},
                                      {"robust", Scale::robust}});

// The word of a value; "" for a number that is not a value of the enum.
template <class E>
[[nodiscard]] constexpr std::string_view word_of(E value) {
  for (const auto& word : kEnumNames<E>) {
    if (word.value == value) return word.name;
  }
  return "";
}

template <class E>
[[nodiscard]] constexpr std::optional<E> value_of(std::string_view name) {
  for (const auto& word : kEnumNames<E>) {
    if (word.name == name) return word.value;
  }
  return std::nullopt;
}

}  // namespace forknet::run
