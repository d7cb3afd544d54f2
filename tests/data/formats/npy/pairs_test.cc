#include "data/formats/npy/pairs.h"

#include <gtest/gtest.h>

#include "data/data_files.h"

namespace forknet::data {
namespace {

using Names = std::vector<std::string>;

std::string chosen(const Names& members, NpzPart part = NpzPart::train) {
  const auto pair = choose_pair("set.npz", members, part);
  return pair.ok() ? pair->inputs + " " + pair->labels : pair.error().message;
}

TEST(NpzPairs, usual_names_are_found) {
  EXPECT_EQ(chosen({"x", "y"}), "x y");
  EXPECT_EQ(chosen({"y", "X", "other"}), "X y");
  EXPECT_EQ(chosen({"data", "target"}), "data target");
  EXPECT_EQ(chosen({"arr_0", "arr_1"}), "arr_0 arr_1");
  EXPECT_EQ(chosen({"images", "labels"}), "images labels");
}

TEST(NpzPairs, each_part_takes_its_own) {
  const Names keras = {"x_test", "x_train", "y_train", "y_test"};
  EXPECT_EQ(chosen(keras, NpzPart::train), "x_train y_train");
  EXPECT_EQ(chosen(keras, NpzPart::test), "x_test y_test");
  const Names medical = {"train_images", "val_images", "test_images",
                         "train_labels", "val_labels", "test_labels"};
  EXPECT_EQ(chosen(medical, NpzPart::validation), "val_images val_labels");
  EXPECT_EQ(chosen({"x", "y"}, NpzPart::test), "x y");
}

TEST(NpzPairs, what_is_unclear_is_refused_with_what_is_there) {
  for (const Names& members : {Names{"a", "b"}, Names{"x", "y", "inputs", "labels"}, Names{"x"},
                               Names{"data", "target", "labels"}, Names{}}) {
    expect_data_error(choose_pair("set.npz", members, NpzPart::train), "set.npz",
                      "which arrays are inputs and labels? The archive holds");
  }
}

TEST(NpzPairs, a_named_array_finds_its_partner) {
  const Names members = {"x_test", "x_train", "y_train", "y_test", "z"};
  EXPECT_EQ(complete_pair("set.npz", members, {"x_test", ""})->labels, "y_test");
  EXPECT_EQ(complete_pair("set.npz", members, {"", "y_train"})->inputs, "x_train");
  expect_data_error(complete_pair("set.npz", members, {"z", ""}), "set.npz", "the labels?");
}

TEST(NpzPairs, inputs_alone_are_the_only_array_or_the_one_of_that_name) {
  EXPECT_EQ(*choose_inputs("set.npz", {"z"}), "z");
  EXPECT_EQ(*choose_inputs("set.npz", {"x", "y", "z"}), "x");
  EXPECT_EQ(*choose_inputs("set.npz", {"x_train", "x_test", "y_test"}), "x_test");
  expect_data_error(choose_inputs("set.npz", {"a", "b"}), "set.npz", "which arrays are the inputs");
}

std::string weights(const Names& members, const std::string& wanted, const std::string& inputs) {
  const auto found = choose_weights("set.npz", members, wanted, inputs);
  return found.ok() ? found->value_or("none") : found.error().message;
}

TEST(NpzPairs, weights_are_those_of_the_part_of_the_inputs) {
  const Names parts = {"x_train", "x_test", "w_train", "Test_W"};
  for (const std::string wanted : {"w", "w_train", "test_w"}) {
    EXPECT_EQ(weights(parts, wanted, "x_train"), "w_train") << wanted;
    EXPECT_EQ(weights(parts, wanted, "x_test"), "Test_W") << wanted;
    EXPECT_EQ(weights(parts, wanted, "x_val"), "none") << wanted;
  }
  EXPECT_EQ(weights({"x", "y", "w"}, "W", "x"), "w");
  EXPECT_EQ(weights({"x", "y", "w"}, "v", "x"), "none");
  EXPECT_EQ(weights({"x", "w_test"}, "w_test", "x"), "w_test");
  expect_data_error(choose_weights("set.npz", {"w_train", "train_w"}, "w", "x_train"), "set.npz",
                    "names several arrays for x_train: train_w, w_train");
}

TEST(NpzPairs, weights_without_a_part_belong_to_training) {
  const Names members = {"x_train", "x_test", "w"};
  EXPECT_EQ(weights(members, "w", "x_train"), "w");
  EXPECT_EQ(weights(members, "w", "x_test"), "none");
}

}  // namespace
}  // namespace forknet::data
