// Loaders of varied pictures.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "data/augment/varied_pictures.h"
#include "data/loader.h"
#include "data/open.h"

namespace forknet::data {
namespace {

constexpr std::uint32_t kPictures = 37;
constexpr std::size_t kPixels = 9 * 7;

View varied_view(const AugmentConfig& by = all_kinds()) {
  Table table;
  table.shape = {Element::u8, kPictures, {9, 7}, kPixels, true, 0, 0};
  View view = {
      *build_table(std::move(table),
                   [](const TableParts& parts) -> Status {
                     const auto pixels = random_pixels<std::uint8_t>(parts.inputs.size(), 8);
                     std::ranges::copy(std::as_bytes(std::span(pixels)), parts.inputs.begin());
                     std::uint32_t next = 0;
                     for (std::uint32_t& label : parts.labels) label = next++ % 2;
                     return {};
                   }),
      {},
      {{0.0F}, {1.0F / 255.0F}}};
  view.augment = augmentation_of(by, *view.table, 77).value();
  return view;
}

const Sampler kPictureSampler(3, kPictures, 8, true);

template <class T>
std::unique_ptr<Loader<T>> varied_loader(const LoaderOptions& options) {
  return Loader<T>::create(varied_view(), kPictureSampler, options).value();
}

template <class T>
std::string inputs_of(const Batch<T>& batch) {
  Digest digest;
  for (std::size_t p = 0; p < batch.inputs.panels(); ++p) {
    digest.update(std::as_bytes(std::span(batch.inputs.line(p, 0), batch.rows * math::kLanes)));
  }
  return digest.hex();
}

// The digests of the inputs of steps 0 to 19, those before `first` being "".
template <class T>
std::vector<std::string> steps_read(std::size_t threads, std::uint64_t first) {
  LoaderOptions options;
  options.first_step = first;
  options.last_step = 20;
  options.threads = threads;
  const auto loader = varied_loader<T>(options);
  std::vector<std::string> steps(first);
  for (std::uint64_t step = first; step < 20; ++step) {
    steps.push_back(inputs_of(loader->acquire(step)));
    loader->release(step);
  }
  return steps;
}

template <class T>
void expect_same_steps() {
  const auto expected = steps_read<T>(0, 0);
  for (const std::size_t threads : {1U, 4U}) EXPECT_EQ(steps_read<T>(threads, 0), expected);
  for (const std::size_t threads : {0U, 2U}) {  // as a resumed run begins
    const auto later = steps_read<T>(threads, 7);
    EXPECT_TRUE(std::equal(later.begin() + 7, later.end(), expected.begin() + 7));
  }
}

TEST(VariedLoader, any_number_of_threads_and_any_first_step_give_the_same_bits) {
  expect_same_steps<float>();
  expect_same_steps<double>();
}

TEST(VariedLoader, a_row_is_what_the_plain_definition_gives_for_its_sample_and_epoch) {
  const View view = varied_view();
  LoaderOptions options;
  options.last_step = 20;
  const auto loader = varied_loader<float>(options);
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Batch<float>& batch = loader->acquire(step);
    for (std::uint32_t r = 0; r < batch.rows; ++r) {
      std::vector<float> scaled(kPixels);
      const std::uint8_t* const row = view.table->u8_row(batch.samples[r]);
      for (std::size_t i = 0; i < kPixels; ++i) {
        scaled[i] = static_cast<float>(row[i]) * (1.0F / 255.0F);
      }
      const auto expected =
          plainly_varied(view.augment, scaled, std::vector<bool>(kPixels), batch.samples[r],
                         static_cast<std::uint32_t>(step / kPictureSampler.steps_per_epoch()));
      for (std::size_t i = 0; i < kPixels; ++i) ASSERT_EQ(batch.inputs.at(r, i), expected[i]);
    }
    loader->release(step);
  }
}

TEST(VariedLoader, threads_that_copy_inputs_get_the_varied_ones) {
  LoaderOptions options;
  options.last_step = 20;
  options.threads = 0;
  const auto whole = varied_loader<float>(options);
  options.inputs = false;
  const auto loader = varied_loader<float>(options);
  auto copies =
      *BatchSlots<float>::create({3, 8, kPixels, 0, false, false, loader->scratch_bytes()});
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Batch<float>& expected = whole->acquire(step);
    (void)loader->acquire(step);
    std::vector<std::thread> copiers;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      copies[i].batch.inputs.rows = copies[i].batch.rows = expected.rows;
      copiers.emplace_back(
          [&, i] { loader->copy_inputs(step, 0, copies[i].batch.inputs, copies[i].scratch); });
    }
    for (std::thread& copier : copiers) copier.join();
    for (std::size_t i = 0; i < copies.size(); ++i) {
      EXPECT_EQ(inputs_of(copies[i].batch), inputs_of(expected));
    }
    loader->release(step);
    whole->release(step);
  }
}

TEST(Augmentation, only_the_training_rows_of_a_set_are_varied) {
  DataConfig config;
  config.augment = all_kinds();
  config.validation.share = config.test.share = 0.2;
  Opened opened;
  opened.train = varied_view().table;
  const DataSets sets = make_sets(std::move(opened), config, 5).value();
  EXPECT_EQ(sets.train.augment.by, all_kinds());
  EXPECT_EQ(sets.train.augment.seed, 5U);
  EXPECT_FALSE(sets.validation->augment.any());
  EXPECT_FALSE(sets.test->augment.any());
  EXPECT_TRUE(std::ranges::any_of(sets.warnings, [](const std::string& text) {
    return text.starts_with("note: training pictures are varied in every epoch: shift 2, ");
  }));
}

TEST(Augmentation, only_rows_with_the_shape_of_pictures_can_be_varied) {
  Table table;
  table.inputs_name = "t.npy";
  const auto of_shape = [&](std::vector<std::size_t> shape) {
    table.shape.row_shape = std::move(shape);
    return augmentation_of(all_kinds(), table, 5);
  };
  EXPECT_EQ(of_shape({9, 7})->height, 9U);
  EXPECT_EQ(of_shape({9, 7})->width, 7U);
  EXPECT_EQ(of_shape({9, 7})->channels, 1U);
  EXPECT_EQ(of_shape({9, 7, 3})->channels, 3U);
  for (const auto& shape : {std::vector<std::size_t>{63}, {3, 9, 7}, {2, 9, 7, 1}, {}}) {
    const auto refused = of_shape(shape);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::config);
    EXPECT_NE(refused.error().message.find("data.augment: t.npy: a row has the shape"),
              std::string::npos);
    EXPECT_FALSE(augmentation_of({}, table, 5)->any());
  }
}

}  // namespace
}  // namespace forknet::data
