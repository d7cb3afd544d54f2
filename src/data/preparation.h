// What was fitted to the training rows of a table with named columns, and turns raw rows of the
// same columns into the numbers that the model takes, or what pictures were brought to: a part of
// the model. Pure values.
//
//   number    the value, or `fill` where it is missing; after it, where `indicator` is set, 1 for a
//             missing value and 0 for others
//   category  an input for each category, 1 for the one it is, else 0; after them, where `other` is
//             set, one for all categories that the model does not know; then the indicator. A
//             missing value counts as the category `usual`.
//
// Without `other`, a category that the model does not know is 0 in every input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace forknet::data {

struct InputColumn {
  enum class Kind : std::uint8_t { number, category };
  std::string name;
  std::size_t place = 0;  // in the training file, from 0
  Kind kind = Kind::number;
  bool indicator = false;
  float fill = 0.0F;                         // of numbers
  std::vector<std::string> categories = {};  // ascending
  std::size_t usual = 0;                     // of categories: the most frequent one
  bool other = false;                        // of categories

  // How many inputs of the model it becomes.
  [[nodiscard]] std::size_t inputs() const {
    const std::size_t own =
        kind == Kind::number ? 1 : categories.size() + (other ? std::size_t{1} : 0);
    return own + (indicator ? 1 : 0);
  }
};

struct TargetColumn {
  std::string name;
  std::size_t place = 0;
  bool text = false;  // classes are texts, not numbers
};

// What each row counted in training, a number of at least 0.
struct WeightColumn {
  std::string name;
  std::size_t place = 0;
};

// What pictures were brought to.
struct PictureInputs {
  std::size_t width = 0;
  std::size_t height = 0;
  bool color = false;                 // red, green and blue of each pixel, else grey
  std::optional<double> border = {};  // the mean of the outermost pixels in training, 0 to 255

  [[nodiscard]] std::size_t inputs() const { return width * height * (color ? 3 : 1); }
};

struct Preparation {
  bool header = true;                     // columns have names of their own, else "column_N"
  std::size_t file_columns = 0;           // of the training file
  std::vector<std::string> missing = {};  // texts that stand for no value
  std::vector<InputColumn> columns = {};
  std::vector<TargetColumn> targets = {};
  std::optional<WeightColumn> weight = {};  // none: all rows counted alike
  // Names, by label; empty: the targets are numbers, or those of pictures have no names.
  std::vector<std::string> classes = {};
  std::optional<PictureInputs> pictures = {};  // then there are no columns

  [[nodiscard]] bool of_columns() const { return !pictures; }
  [[nodiscard]] std::size_t inputs() const {
    std::size_t count = pictures ? pictures->inputs() : 0;
    for (const InputColumn& column : columns) count += column.inputs();
    return count;
  }
  // For each input whether it is 0 or 1 by its nature: no scaling is fitted to those.
  [[nodiscard]] std::vector<bool> flags() const;
  // "alcohol", "city = Berlin", "age is missing": what an input of the model is.
  [[nodiscard]] std::string input_name(std::size_t input) const;
};

using PreparationPointer = std::shared_ptr<const Preparation>;

}  // namespace forknet::data
