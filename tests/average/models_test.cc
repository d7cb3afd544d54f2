#include "average/models.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "average/model_memory.h"

namespace forknet::run {
namespace {

template <class T>
class ModelsOf : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(ModelsOf, Precisions);

// All parts of the memory, by their begin: they do not overlap.
template <class T>
void expect_no_overlap(ModelMemory<T>& own) {
  std::map<const std::byte*, std::size_t> parts;
  std::size_t count = 0;
  const auto add = [&](const void* begin, std::size_t bytes) {
    parts.emplace(static_cast<const std::byte*>(begin), bytes);
    ++count;
  };
  Models<T>& models = own.models;
  add(own.memory.bytes().data(), sizeof(CenterWord));
  for (std::size_t m = 0; m < models.count(); ++m) {
    add(&models.commits(m), sizeof(ModelControlBlock));
    add(&models.worker(m), sizeof(WorkerControlBlock));
    const auto weights = models.weights(m).memory();
    add(weights.data(), weights.size());
    for (std::size_t i = 0; own.shape.keeps_moments && i < own.shape.moments; ++i) {
      add(models.start_moment(m, i).data(), models.start_moment(m, i).size_bytes());
    }
  }
  for (std::uint64_t v = 0; own.shape.has_velocity && v < 2; ++v) {
    add(models.velocity(v).data(), models.velocity(v).size_bytes());
  }
  ASSERT_EQ(parts.size(), count) << "two begin at the same place";
  const std::byte* end = own.memory.bytes().data();
  for (const auto& [begin, bytes] : parts) {
    ASSERT_GE(begin, end);
    end = begin + bytes;
  }
  ASSERT_LE(end, own.memory.bytes().data() + own.memory.bytes().size());
}

TYPED_TEST(ModelsOf, any_shape_do_not_overlap) {
  for (const std::size_t models : {1U, 2U, 7U, 60U}) {
    for (const std::size_t numbers : {16U, 1000U, 5000U}) {
      for (const std::size_t moments : {0U, 1U, 2U}) {
        for (const bool keeps : {false, true}) {
          for (const bool velocity : {false, true}) {
            SCOPED_TRACE(testing::Message() << models << " models, " << numbers << " numbers, "
                                            << moments << " moments " << keeps << velocity);
            ModelsShape shape = shape_of_models(models, sizeof(TypeParam), numbers, moments);
            shape.keeps_moments = keeps;
            shape.has_velocity = velocity;
            ModelMemory<TypeParam> own(shape);
            expect_no_overlap(own);
          }
        }
      }
    }
  }
}

TYPED_TEST(ModelsOf, a_new_run_all_stand_at_the_center) {
  ModelMemory<TypeParam> own(shape_of_models(3, sizeof(TypeParam)));
  EXPECT_EQ(own.models.center_step(), 0U);
  EXPECT_EQ(own.models.center_version(), 0U);
  for (std::size_t m = 0; m < 3; ++m) {
    EXPECT_TRUE(own.models.at_center(m));
    EXPECT_FALSE(own.models.left_out(m));
    EXPECT_TRUE(own.models.worker(m).idle());
  }
}

TYPED_TEST(ModelsOf, a_center_are_told_by_one_word) {
  ModelMemory<TypeParam> own(shape_of_models(2, sizeof(TypeParam)));
  for (const auto& [step, version] : {std::pair{5U, 1U}, {8U, 0U}, {1'000'000U, 1U}}) {
    own.models.put_center(step, version);
    EXPECT_EQ(own.models.center_step(), step);
    EXPECT_EQ(own.models.center_version(), version);
    EXPECT_EQ(center_in(own.memory.bytes()).step, step);
    EXPECT_EQ(center_in(own.memory.bytes()).version, version);
  }
}

TYPED_TEST(ModelsOf, a_round_are_seeded_with_the_center_and_its_moments) {
  using T = TypeParam;
  ModelMemory<T> own(shape_of_models(2, sizeof(T), 3, 2));
  for (const std::uint64_t step : {4U, 7U}) {  // in either version of a model's weights
    own.models.put_center(step, 1);
    own.center.turn_to(1);
    const auto base = static_cast<T>(step);
    for (std::size_t i = 0; i < 3; ++i) {
      own.center.parameters()[i] = base + static_cast<T>(i);
      own.center.moment(0)[i] = base + 10;
      own.center.moment(1)[i] = base + 20;
    }
    own.models.seed(1, own.center);
    own.models.seed(1, own.center);  // seeding again changes nothing
    EXPECT_EQ(own.models.commits(1).committed(), step);
    EXPECT_TRUE(own.models.at_center(1));
    auto weights = own.models.weights(1);
    EXPECT_EQ(copied(weights.parameters()), (std::vector<T>{base, base + 1, base + 2}));
    EXPECT_EQ(copied(weights.moment(0)), (std::vector<T>(3, base + 10)));
    EXPECT_EQ(copied(weights.moment(1)), (std::vector<T>(3, base + 20)));
  }
}

TYPED_TEST(ModelsOf, runs_that_keep_moments_are_seeded_with_their_own) {
  using T = TypeParam;
  ModelsShape shape = shape_of_models(2, sizeof(T), 3, 2);
  shape.keeps_moments = true;
  ModelMemory<T> own(shape);
  for (std::size_t m = 0; m < 2; ++m) {
    for (std::size_t i = 0; i < 2; ++i) {
      const auto start = own.models.start_moment(m, i);
      std::fill(start.begin(), start.end(), static_cast<T>(100 * m + i + 1));
    }
  }
  std::fill(own.center.moment(0).begin(), own.center.moment(0).end(), T{-5});
  for (std::size_t m = 0; m < 2; ++m) own.models.seed(m, own.center);
  EXPECT_EQ(copied(own.models.weights(0).moment(1)), (std::vector<T>(3, T{2})));
  EXPECT_EQ(copied(own.models.weights(1).moment(0)), (std::vector<T>(3, T{101})));
}

TYPED_TEST(ModelsOf, a_round_leave_the_center_and_can_begin_again) {
  ModelMemory<TypeParam> own(shape_of_models(2, sizeof(TypeParam)));
  own.models.put_center(6, 0);
  own.models.seed(0, own.center);
  own.models.commits(0).commit_alone(6, {1.5, 2, 3});
  EXPECT_FALSE(own.models.at_center(0));
  EXPECT_EQ(own.models.commits(0).figures(6).rows, 3U);
  own.models.begin_again(0);
  EXPECT_TRUE(own.models.at_center(0));
  EXPECT_EQ(own.models.commits(0).committed(), 6U);
  EXPECT_TRUE(own.models.at_center(1)) << "it has never been seeded";
}

TYPED_TEST(ModelsOf, a_round_are_left_out_of_that_round_alone) {
  ModelMemory<TypeParam> own(shape_of_models(2, sizeof(TypeParam)));
  EXPECT_EQ(own.models.left_out_since(1), std::nullopt);
  own.models.leave_out(1, 3);
  EXPECT_TRUE(own.models.left_out(1));
  EXPECT_FALSE(own.models.left_out(0));
  EXPECT_EQ(own.models.left_out_from(1), 3U);
  EXPECT_EQ(own.models.left_out_since(1), 0U);
  own.models.put_center(5, 1);
  EXPECT_FALSE(own.models.left_out(1));
  EXPECT_EQ(own.models.left_out_since(1), 0U) << "of the round that was";
  own.models.leave_out(1, 9);
  EXPECT_EQ(own.models.left_out_since(1), 5U);
}

// The view of a process that takes over the memory of a dead one.
TYPED_TEST(ModelsOf, another_process_stand_where_they_were) {
  ModelMemory<TypeParam> own(shape_of_models(2, sizeof(TypeParam)));
  own.models.put_center(4, 1);
  own.trained(0, 7, {1, 2, 3}, 9);
  own.models.leave_out(1, 6);
  own.models.worker(0).order.store(3U << WorkerControlBlock::kModelBits | 1);
  EXPECT_FALSE(own.models.worker(0).idle());
  auto copy = os::Mapping::anonymous(own.shape.bytes()).value();
  std::memcpy(copy.writable().data(), own.memory.bytes().data(), own.shape.bytes());
  Models<TypeParam> again(copy.writable(), own.shape);
  again.forget_workers();
  EXPECT_TRUE(again.worker(0).idle());
  EXPECT_EQ(again.worker(0).number(), 0U);
  EXPECT_EQ(again.center_step(), 4U);
  EXPECT_EQ(again.commits(0).committed(), 7U);
  EXPECT_TRUE(again.left_out(1));
  EXPECT_EQ(copied(again.weights(0).parameters()), (std::vector<TypeParam>{1, 2, 3}));
  EXPECT_EQ(copied(again.weights(0).moment(0)), (std::vector<TypeParam>(3, 9)));
}

}  // namespace
}  // namespace forknet::run
