// What was fitted to the training rows of a table with named columns; it turns raw rows of the same
// columns into the model's inputs. Or the form to which pictures were converted, or only the name
// of the array of the rows' weights. Part of the model.
// Pure values.
//
//   number    the value, or `fill` if it is missing; after it, if there are edges, an input for
//   each
//             bin between two of them, which rises from 0 to 1 within the bin and stays there;
//             after these, if `indicator` is set, 1 for a missing value and 0 otherwise
//   category  one input per category, 1 for the row's category, 0 for the others; after them, if
//             `other` is set, one for all categories unknown to the model; then the indicator. A
//             missing value counts as the category `usual`.
//
// Without `other`, a category unknown to the model is 0 in every input.
// `coded`: instead one input, the place of the category, or their number if it is unknown.
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
  float fill = 0.0F;                         // for numbers
  std::vector<float> edges = {};             // for numbers: ascending, none or at least 3
  std::vector<std::string> categories = {};  // ascending
  std::size_t usual = 0;                     // for categories: the most frequent one
  bool other = false;                        // for categories
  bool coded = false;                        // for categories

  // The number of model inputs made from the column.
  [[nodiscard]] std::size_t inputs() const {
    const bool one = kind == Kind::number || coded;
    const std::size_t own = one ? 1 : categories.size() + (other ? std::size_t{1} : 0);
    return own + bins() + (indicator ? 1 : 0);
  }
  [[nodiscard]] std::size_t bins() const { return edges.empty() ? 0 : edges.size() - 1; }
};

struct TargetColumn {
  std::string name;
  std::size_t place = 0;
  bool text = false;  // classes are strings, not numbers
};

// The weight of each row in training, a number of at least 0: a column, or an array of an archive.
struct WeightColumn {
  std::string name;
  std::size_t place = 0;  // of the column
};

// The form to which pictures were converted.
struct PictureInputs {
  std::size_t width = 0;
  std::size_t height = 0;
  bool color = false;                 // red, green and blue per pixel, otherwise grey
  std::optional<double> border = {};  // the mean of the outermost pixels in training, 0 to 255

  [[nodiscard]] std::size_t inputs() const { return width * height * (color ? 3 : 1); }
};

struct Preparation {
  bool header = true;                     // columns have names, otherwise "column_N"
  std::size_t file_columns = 0;           // of the training file
  std::vector<std::string> missing = {};  // texts that mean a missing value
  std::vector<InputColumn> columns = {};
  std::vector<TargetColumn> targets = {};
  std::optional<WeightColumn> weight = {};  // none: all weights were 1
  // Names, by label; empty: targets are numbers, or pictures without class names.
  std::vector<std::string> classes = {};
  std::optional<PictureInputs> pictures = {};  // then there are no columns

  [[nodiscard]] bool of_columns() const { return !columns.empty(); }
  [[nodiscard]] std::size_t inputs() const {
    std::size_t count = pictures ? pictures->inputs() : 0;
    for (const InputColumn& column : columns) count += column.inputs();
    return count;
  }
  // For each input whether it is 0 or 1 by nature: no scaling is fitted to those.
  [[nodiscard]] std::vector<bool> flags() const;
  // Of an input with codes: how many there are, unknown ones included; 0: it has none.
  [[nodiscard]] std::size_t codes_of(std::size_t input) const;
  // The description of a model input: "alcohol", "city = Berlin", "age is missing".
  [[nodiscard]] std::string input_name(std::size_t input) const;
};

using PreparationPointer = std::shared_ptr<const Preparation>;

}  // namespace forknet::data
