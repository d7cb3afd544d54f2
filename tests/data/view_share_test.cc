#include "data/view_share.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "data/arrays.h"
#include "data/gather.h"
#include "data/scaling.h"

namespace forknet::data {
namespace {

constexpr std::size_t kViewRows = 50;
constexpr std::size_t kSharedFeatures = 19;
constexpr std::size_t kOutputs = 3;

os::Fd descriptor_of(const os::Mapping& mapping) { return os::Fd(::dup(mapping.fd().get())); }

// As another process takes it.
View taken(const View& view) {
  const os::Mapping description = describe_view(view).value();
  return view_of(descriptor_of(view.table->memory), descriptor_of(description)).value();
}

TablePointer bytes_with_labels() {
  Table table;
  table.shape = {Element::u8, kViewRows, {kSharedFeatures}, kSharedFeatures, true, 0, 0};
  std::mt19937 random(3);
  return *build_table(std::move(table), [&](const TableParts& parts) -> Status {
    for (std::byte& byte : parts.inputs) byte = static_cast<std::byte>(random() & 0xff);
    for (std::size_t r = 0; r < kViewRows; ++r) parts.labels[r] = static_cast<std::uint32_t>(r % 7);
    return {};
  });
}

TablePointer numbers_with_targets() {
  std::mt19937 random(4);
  std::normal_distribution<float> normal(3, 10);
  std::vector<float> inputs(kViewRows * kSharedFeatures);
  std::vector<float> targets(kViewRows * kOutputs);
  for (float& number : inputs) number = normal(random);
  for (float& number : targets) number = normal(random);
  return *table_from_arrays(inputs, kSharedFeatures, targets, kOutputs);
}

// All that gather() makes of every third row.
template <class T>
struct Gathered {
  std::vector<T> inputs, targets;
  std::vector<std::uint32_t> labels;
  bool operator==(const Gathered&) const = default;
};

template <class T>
Gathered<T> gathered(const View& view, std::size_t target_columns) {
  std::vector<std::uint32_t> positions;
  for (std::uint32_t p = 0; p < view.size(); p += 3) positions.push_back(p);
  const std::size_t rows = positions.size();
  Gathered<T> batch;
  batch.inputs.resize(math::panel_numbers(rows, kSharedFeatures));
  batch.targets.resize(math::panel_numbers(rows, target_columns));
  batch.labels.resize(rows, 99);
  const std::size_t stride = rows * math::kLanes;
  gather<T>(view, positions,
            {{batch.inputs.data(), rows, kSharedFeatures, stride},
             view.table->shape.labelled ? batch.labels.data() : nullptr,
             {batch.targets.data(), rows, target_columns, stride}},
            math::element_kernels<T>(math::best_target()));
  return batch;
}

void expect_same_batches(const View& view, std::size_t target_columns) {
  const View other = taken(view);
  EXPECT_NE(other.table->memory.bytes().data(), view.table->memory.bytes().data());
  EXPECT_EQ(other.size(), view.size());
  EXPECT_EQ(other.table->shape.classes, view.table->shape.classes);
  EXPECT_EQ(other.table->shape.outputs, view.table->shape.outputs);
  EXPECT_EQ(gathered<float>(other, target_columns), gathered<float>(view, target_columns));
  EXPECT_EQ(gathered<double>(other, target_columns), gathered<double>(view, target_columns));
}

const std::vector<std::uint32_t> kSome = {1, 4, 5, 9, 13, 20, 21, 22, 33, 49};

TEST(ViewShare, a_view_that_is_taken_again_gathers_the_same_batch) {
  for (const Scale scale :
       {Scale::none, Scale::unit, Scale::minmax, Scale::standard, Scale::robust}) {
    for (const auto& rows : {std::vector<std::uint32_t>(), kSome}) {
      const TablePointer bytes = bytes_with_labels();
      expect_same_batches({bytes, rows, fit_scaling(*bytes, rows, scale)}, 0);
      expect_same_batches({bytes, rows, fit_scaling(*bytes, rows, scale)}, 7);  // one-hot
      const TablePointer numbers = numbers_with_targets();
      expect_same_batches({numbers, rows, fit_scaling(*numbers, rows, scale)}, kOutputs);
    }
  }
}

TEST(ViewShare, weights_of_rows_are_handed_on) {
  Table table;
  table.shape = {Element::u8, kViewRows, {3}, 3, true, 0, 0, true};
  const View view = {*build_table(std::move(table),
                                  [](const TableParts& parts) -> Status {
                                    float weight = 0.5F;
                                    for (float& one : parts.sample_weights) one = weight += 0.25F;
                                    return {};
                                  }),
                     kSome,
                     {}};
  const View other = taken(view);
  const auto expected = view.table->sample_weights();
  const auto got = other.table->sample_weights();
  EXPECT_EQ(std::vector<float>(got.begin(), got.end()),
            std::vector<float>(expected.begin(), expected.end()));
  EXPECT_EQ(got.size(), kViewRows);
  EXPECT_EQ(other.table->digest(), view.table->digest());
  EXPECT_EQ(mean_weight(other), mean_weight(view));
}

TEST(ViewShare, weights_of_classes_are_handed_on) {
  View view = {bytes_with_labels(), kSome, {}};
  view.class_weights = {1, 0.1, 3, 1, 1.0 / 3, 1, 2};
  const View other = taken(view);
  EXPECT_EQ(other.class_weights, view.class_weights);
  EXPECT_TRUE(other.weighted());
  EXPECT_EQ(mean_weight(other), mean_weight(view));
}

TEST(ViewShare, the_variation_of_pictures_is_handed_on) {
  View view = {bytes_with_labels(), kSome, {}};
  EXPECT_FALSE(taken(view).augment.any());
  view.augment = {{1, 2, 0.3, 0.4, 5, 0.6}, 77, 19, 1, 1};
  const Augmentation other = taken(view).augment;
  EXPECT_EQ(other.by, view.augment.by);
  EXPECT_EQ(other.seed, 77U);
  EXPECT_EQ(other.width, 19U);
  EXPECT_EQ(other.height * other.channels, 1U);
}

TEST(ViewShare, a_view_outlives_the_one_it_was_made_of) {
  View view = {bytes_with_labels(), kSome, {}};
  const auto expected = gathered<float>(view, 0);
  const View other = taken(view);
  view = {};
  EXPECT_EQ(gathered<float>(other, 0), expected);
}

TEST(ViewShare, a_taken_view_keeps_no_descriptor) {
  const View view = {numbers_with_targets(), kSome, {}};
  EXPECT_FALSE(taken(view).table->memory.fd().open());
}

TEST(ViewShare, what_is_no_description_is_an_error) {
  const View view = {bytes_with_labels(), {}, {}};
  const auto nothing =
      os::Mapping::sealed("test", 8, [](std::span<std::byte>) { return Status(); }).value();
  const auto taken = view_of(descriptor_of(view.table->memory), descriptor_of(nothing));
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().message, "the description of the data is cut short");
}

}  // namespace
}  // namespace forknet::data
