#include "data/augment/augmenter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "data/augment/varied_pictures.h"

namespace forknet::data {
namespace {

// The scaled row of one picture, varied, without the padding of panels.
template <class T, class V>
std::vector<T> varied(const Augmentation& a, const std::vector<V>& pixels,
                      const std::vector<float>& offset, const std::vector<float>& factor,
                      std::uint32_t sample, std::uint32_t epoch,
                      math::Target target = math::best_target()) {
  const Augmenter<T> augmenter(a, target);
  std::vector<std::byte> memory(augmenter.memory_bytes() + 64);
  auto* const aligned = memory.data() + 64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64;
  std::vector<T> panels(math::panel_numbers(2, pixels.size()), T{99});
  const math::PanelView<T> to = {panels.data(), 2, pixels.size(), 2 * math::kLanes};
  const PictureRow<V> row = {pixels.data(), offset, factor, sample, epoch};
  augmenter.vary(row, aligned, to, 0);
  augmenter.vary(row, aligned, to, 1);  // with what the first left in memory
  std::vector<T> result;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    EXPECT_EQ(to.at(0, i), to.at(1, i));
    result.push_back(to.at(0, i));
  }
  for (std::size_t i = pixels.size(); i < to.panels() * math::kLanes; ++i) {
    EXPECT_EQ(to.at(1, i), T{0});
  }
  return result;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

struct Form {
  std::size_t width, height, channels;
};

const std::vector<Form> kForms = {{28, 28, 1}, {1, 1, 1},   {3, 2, 1},   {17, 9, 1},
                                  {7, 33, 3},  {40, 40, 1}, {70, 66, 1}, {12, 12, 4}};

std::vector<AugmentConfig> kinds() {
  AugmentConfig places, elastic, noise;
  places.shift = 3;
  places.rotate = 180;
  places.scale = 0.5;
  places.shear = 1;
  elastic.elastic = 6;
  noise.noise = 0.5;
  return {all_kinds(), places, elastic, noise};
}

template <class T, class V>
void expect_plain_numbers(const Form& form, const AugmentConfig& by, bool each) {
  const Augmentation a = of_pictures(by, form.width, form.height, form.channels);
  const std::size_t numbers = form.width * form.height * form.channels;
  const auto pixels = random_pixels<V>(numbers, 5);
  std::vector<float> offset(each ? numbers : 1), factor(each ? numbers : 1);
  for (std::size_t i = 0; i < offset.size(); ++i) {
    offset[i] = static_cast<float>(i % 5);
    factor[i] = i % 7 == 3 ? 0.0F : 1.0F / static_cast<float>(255 + i % 3);
  }
  std::vector<T> scaled(numbers);
  std::vector<bool> constant(numbers);
  for (std::size_t i = 0; i < numbers; ++i) {
    const std::size_t at = each ? i : 0;
    scaled[i] =
        (static_cast<T>(pixels[i]) - static_cast<T>(offset[at])) * static_cast<T>(factor[at]);
    constant[i] = each && factor[at] == 0;
  }
  for (const std::uint32_t sample : {0U, 12345U}) {
    const auto expected = plainly_varied(a, scaled, constant, sample, 3);
    for (const math::Target target : math::available_targets()) {
      const auto got = varied<T>(a, pixels, offset, factor, sample, 3, target);
      EXPECT_TRUE(same_bits(got, expected))
          << form.width << " x " << form.height << " x " << form.channels << ", " << describe(by)
          << ", " << math::target_name(target);
    }
  }
}

TEST(Augmenter, every_target_gives_the_bits_of_the_plain_definition) {
  for (const Form& form : kForms) {
    for (const AugmentConfig& by : kinds()) {
      for (const bool each : {false, true}) {
        expect_plain_numbers<float, std::uint8_t>(form, by, each);
        expect_plain_numbers<double, float>(form, by, each);
      }
    }
  }
  expect_plain_numbers<float, float>(kForms[0], all_kinds(), true);
  expect_plain_numbers<double, std::uint8_t>(kForms[0], all_kinds(), true);
}

TEST(Augmenter, a_picture_of_one_shade_keeps_it_up_to_the_edges) {
  AugmentConfig by = all_kinds();
  by.noise = 0;
  const std::vector<std::uint8_t> pixels(28 * 28, 255);
  const std::vector<float> expected(pixels.size(), 255.0F);
  EXPECT_EQ(varied<float>(of_pictures(by, 28, 28), pixels, {0.0F}, {1.0F}, 1, 2), expected);
}

TEST(Augmenter, samples_epochs_and_seeds_differ) {
  Augmentation a = of_pictures(all_kinds(), 28, 28);
  const auto pixels = random_pixels<std::uint8_t>(28 * 28, 6);
  const auto first = varied<float>(a, pixels, {0.0F}, {1.0F}, 1, 2);
  EXPECT_NE(varied<float>(a, pixels, {0.0F}, {1.0F}, 2, 2), first);
  EXPECT_NE(varied<float>(a, pixels, {0.0F}, {1.0F}, 1, 3), first);
  EXPECT_EQ(varied<float>(a, pixels, {0.0F}, {1.0F}, 1, 2), first);
  a.seed = 78;
  EXPECT_NE(varied<float>(a, pixels, {0.0F}, {1.0F}, 1, 2), first);
}

TEST(Augmenter, noise_has_the_deviation_that_was_asked_for) {
  AugmentConfig by;
  by.noise = 0.25;
  const std::vector<std::uint8_t> pixels(100 * 100, 0);
  const auto noisy = varied<double>(of_pictures(by, 100, 100), pixels, {0.0F}, {1.0F}, 1, 2);
  double sum = 0, squares = 0;
  for (const double x : noisy) {
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 10000, 0, 0.01);
  EXPECT_NEAR(std::sqrt(squares / 10000), 0.25, 0.01);
}

}  // namespace
}  // namespace forknet::data
