#include "data/formats/npy/weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/try.h"
#include "data/error.h"
#include "data/formats/npy/numbers.h"
#include "data/idx_header.h"

namespace forknet::data {
namespace {

constexpr std::size_t kFilteredNumbers = 16'384;

bool counts(float weight) { return weight > 0; }

// Reads an array without the numbers of the rows of weight 0, in the order of the file.
class RowFilter {
 public:
  RowFilter(OpenArray all, RowWeights weights)
      : all_(std::move(all)), weights_(std::move(weights)), left_(all_.header.numbers()) {}

  // As NpySource::read.
  Result<std::size_t> read(std::span<std::byte> to) {
    std::size_t filled = 0;
    while (filled < to.size()) {
      if (taken_ == piece_.size()) {
        if (left_ == 0) {  // what follows the numbers
          FORKNET_ASSIGN(const std::size_t got, all_.source.read(to.subspan(filled)));
          return filled + got;
        }
        FORKNET_TRY(refill());
        continue;
      }
      const std::size_t count = std::min(piece_.size() - taken_, to.size() - filled);
      std::memcpy(to.data() + filled, piece_.data() + taken_, count);
      taken_ += count;
      filled += count;
    }
    return filled;
  }

 private:
  Status refill() {
    const std::size_t each = all_.header.type.bytes;
    const std::size_t wanted = std::min(kFilteredNumbers, left_);
    piece_.resize(wanted * each);
    FORKNET_ASSIGN(const std::size_t got, all_.source.read(piece_));
    left_ = got < piece_.size() ? 0 : left_ - wanted;  // a cut file ends here
    std::size_t kept = 0;
    for (std::size_t i = 0; i < got / each; ++i) {
      if (!counts((*weights_)[next_row()])) continue;
      std::memmove(piece_.data() + kept, piece_.data() + i * each, each);
      kept += each;
    }
    piece_.resize(kept);
    taken_ = 0;
    return {};
  }

  // The row of the next number of the file.
  std::size_t next_row() {
    const std::size_t row = row_;
    if (all_.header.fortran) {
      row_ = row + 1 == all_.header.rows() ? 0 : row + 1;
    } else if (++column_ == all_.header.features) {
      column_ = 0;
      ++row_;
    }
    return row;
  }

  OpenArray all_;
  RowWeights weights_;
  std::size_t left_;  // numbers of the file that have not been read
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::vector<std::byte> piece_;
  std::size_t taken_ = 0;  // bytes of piece_
};

Status check_shape(const OpenArray& weights, const OpenArray& inputs) {
  const NpyHeader& header = weights.header;
  if (header.features != 1 || header.shape.size() > 2) {
    return data_error("{}: the shape is {}; weights are one number a row", weights.source.name,
                      shape_text(header.shape));
  }
  if (header.rows() == inputs.header.rows()) return {};
  return data_error("{}: {} weights, but {} has {} rows", weights.source.name, header.rows(),
                    inputs.source.name, inputs.header.rows());
}

}  // namespace

Result<RowWeights> read_npy_weights(const OpenArray& array, const OpenArray& inputs) {
  FORKNET_TRY(check_shape(array, inputs));
  std::vector<float> weights(array.header.rows());
  FORKNET_TRY(read_npy_numbers(array.source, array.header, weights));
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (std::isfinite(weights[row]) && weights[row] >= 0) continue;
    return data_error(
        "{}: row {}: {} is not a weight\n"
        "  the weight of a row is a finite number of at least 0; 0 leaves the row out",
        array.source.name, row, weights[row]);
  }
  if (std::none_of(weights.begin(), weights.end(), counts)) {
    return data_error("{}: the weight of every row is 0: there is nothing to learn",
                      array.source.name);
  }
  return std::make_shared<const std::vector<float>>(std::move(weights));
}

OpenArray counted_rows(OpenArray all, const RowWeights& weights) {
  if (!weights || std::all_of(weights->begin(), weights->end(), counts)) return all;
  FORKNET_CHECK(weights->size() == all.header.rows());
  OpenArray counted = all;
  // Rows in messages are those that are left.
  counted.source.name += " without the rows of weight 0";
  counted.header.shape.front() =
      static_cast<std::size_t>(std::count_if(weights->begin(), weights->end(), counts));
  counted.header.content_bytes = counted.header.numbers() * counted.header.type.bytes;
  const auto filter = std::make_shared<RowFilter>(std::move(all), weights);
  counted.source.read = [filter](std::span<std::byte> to) { return filter->read(to); };
  return counted;
}

std::vector<float> counted_weights(const RowWeights& weights) {
  std::vector<float> counted;
  if (weights) std::copy_if(weights->begin(), weights->end(), std::back_inserter(counted), counts);
  return counted;
}

}  // namespace forknet::data
