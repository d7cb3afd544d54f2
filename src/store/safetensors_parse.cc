#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/try.h"
#include "store/safetensors_header.h"
namespace forknet::store {
namespace {

using nlohmann::json;

// Takes the events of the JSON parser one by one and stops at the first invalid one, so that a
// hostile header can neither nest deeply nor take memory beyond what is kept of it.
class HeaderReader {
 public:
  bool null() { return unexpected("null"); }
  bool boolean(bool /*value*/) { return unexpected("true or false"); }
  bool number_integer(std::int64_t /*value*/) { return unexpected("a negative number"); }
  bool number_float(double /*value*/, const std::string& text) {
    return unexpected("the number " + text.substr(0, 40));
  }
  bool binary(json::binary_t& /*value*/) { return unexpected("binary data"); }
  bool number_unsigned(std::uint64_t value) {
    if (place_ == Place::shape) {
      tensor_.shape.push_back(value);
    } else if (place_ == Place::offsets && offsets_.size() < 2) {
      offsets_.push_back(value);
    } else {
      return unexpected("the number " + std::to_string(value));
    }
    return true;
  }
  bool string(std::string& value) {
    if (place_ == Place::metadata) {
      parsed_.metadata.insert_or_assign(key_, std::move(value));
      return true;
    }
    if (place_ != Place::tensor || key_ != "dtype")
      return unexpected("the text " + printable(value));
    const auto dtype = dtype_named(value);
    if (!dtype) {
      return fail(where() + "unknown dtype " + printable(value) +
                  "; known: BOOL, U8 to U64, I8 to I64, F8_E4M3, F8_E5M2, F16, BF16, F32, F64");
    }
    tensor_.dtype = *dtype;
    return true;
  }
  bool start_object(std::size_t /*size*/) {
    if (place_ == Place::start) {
      place_ = Place::top;
    } else if (place_ == Place::top && key_ == kMetadataName) {
      place_ = Place::metadata;
    } else if (place_ == Place::top) {
      tensor_ = TensorInfo();
      tensor_.name = key_;
      offsets_.clear();
      fields_.clear();
      place_ = Place::tensor;
    } else {
      return unexpected("an object");
    }
    return true;
  }
  bool key(std::string& value) {
    key_ = std::move(value);
    if (place_ == Place::top && !names_.insert(key_).second)
      return fail(printable(key_) + " appears twice");
    if (place_ == Place::metadata && parsed_.metadata.contains(key_)) {
      return fail(where() + printable(key_) + " appears twice");
    }
    if (place_ != Place::tensor) return true;
    if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets") {
      return fail(where() + "unknown field " + printable(key_) +
                  "; expected: dtype, shape, data_offsets");
    }
    if (!fields_.insert(key_).second) return fail(where() + key_ + " appears twice");
    return true;
  }
  bool end_object() {
    if (place_ == Place::tensor) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!fields_.contains(field)) return fail(where() + field + " is missing");
      }
      tensor_.begin = offsets_[0];
      tensor_.end = offsets_[1];
      parsed_.tensors.push_back(std::move(tensor_));
    }
    place_ = place_ == Place::top ? Place::end : Place::top;
    return true;
  }
  bool start_array(std::size_t /*size*/) {
    if (place_ != Place::tensor || key_ == "dtype") return unexpected("a list");
    place_ = key_ == "shape" ? Place::shape : Place::offsets;
    return true;
  }
  bool end_array() {
    if (place_ == Place::offsets && offsets_.size() != 2) {
      return fail(where() + "data_offsets needs two numbers, begin and end");
    }
    place_ = Place::tensor;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const json::exception& error) {
    const std::string_view text = error.what();
    const bool utf8 = text.find("UTF-8") != std::string_view::npos;
    return fail("byte " + std::to_string(position) + " of the header: not valid " +
                (utf8 ? "UTF-8" : "JSON"));
  }

  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] ParsedHeader take() { return std::move(parsed_); }

 private:
  enum class Place { start, top, metadata, tensor, shape, offsets, end };

  bool fail(std::string fault) {
    fault_ = std::move(fault);
    return false;
  }
  bool unexpected(const std::string& what) {
    return fail(where() + what + " where " + expected() + " was expected");
  }
  [[nodiscard]] std::string where() const {
    switch (place_) {
      case Place::start:
      case Place::end:
        return "header: ";
      case Place::top:
        return "header, " + printable(key_) + ": ";
      case Place::metadata:
        return "header, __metadata__: ";
      case Place::tensor:
      case Place::shape:
      case Place::offsets:
        break;
    }
    return "header, tensor " + printable(tensor_.name) + ": ";
  }
  [[nodiscard]] std::string expected() const {
    switch (place_) {
      case Place::metadata:
        return "text for " + printable(key_);
      case Place::tensor:
        return key_ == "dtype" ? "the name of a dtype" : "a list for " + key_;
      case Place::shape:
        return "a length";
      case Place::offsets:
        return "begin and end";
      case Place::start:
      case Place::top:
      case Place::end:
        break;
    }
    return "an object";
  }

  Place place_ = Place::start;
  std::string key_;
  TensorInfo tensor_;
  std::vector<std::size_t> offsets_;
  std::set<std::string> fields_;  // of this tensor, so far
  std::set<std::string> names_;
  std::string fault_;
  ParsedHeader parsed_;
};

Error damaged(std::string text) { return Error{ErrorKind::data, std::move(text)}; }

std::string offsets_text(const TensorInfo& tensor) {
  return "data_offsets [" + std::to_string(tensor.begin) + ", " + std::to_string(tensor.end) + "]";
}

// Checks one tensor: its bytes lie within the data and their number agrees with shape and dtype.
Status check_tensor(const TensorInfo& tensor, std::size_t data_bytes) {
  const std::string where = "header, tensor " + printable(tensor.name) + ": ";
  if (tensor.begin > tensor.end || tensor.end > data_bytes) {
    return damaged(where + offsets_text(tensor) + " do not lie within the " +
                   std::to_string(data_bytes) + " bytes of data that the file has");
  }
  const auto bytes = bytes_of(tensor.dtype, tensor.shape);
  const std::string size =
      "shape " + to_text(tensor.shape) + " of " + std::string(name_of(tensor.dtype));
  if (!bytes) return damaged(where + size + " is larger than any file");
  if (*bytes != tensor.end - tensor.begin) {
    return damaged(where + size + " needs " + std::to_string(*bytes) + " bytes, but " +
                   offsets_text(tensor) + " hold " + std::to_string(tensor.end - tensor.begin));
  }
  return {};
}

// Checks all together: in order, each begins where the one before ended, and nothing is left over.
Status check_cover(std::span<const TensorInfo> tensors, std::size_t data_bytes) {
  std::size_t covered = 0;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.begin != covered) {
      return damaged("header, tensor " + printable(tensor.name) + ": " + offsets_text(tensor) +
                     (tensor.begin < covered
                          ? " overlap the tensor before it, which ends at "
                          : " leave a hole after the tensor before it, which ends at ") +
                     std::to_string(covered));
    }
    covered = tensor.end;
  }
  if (covered != data_bytes) {
    return damaged("header: the tensors end at byte " + std::to_string(covered) +
                   " of the data, but the file has " + std::to_string(data_bytes));
  }
  return {};
}

}  // namespace

Result<ParsedHeader> parse_header(std::string_view text, std::size_t data_bytes) {
  if (text.empty() || text.front() != '{') return damaged("header: it must begin with {");
  HeaderReader reader;
  if (!json::sax_parse(text, &reader)) return damaged(reader.fault());
  ParsedHeader parsed = reader.take();
  for (const TensorInfo& tensor : parsed.tensors) FORKNET_TRY(check_tensor(tensor, data_bytes));
  std::sort(parsed.tensors.begin(), parsed.tensors.end(),
            [](const TensorInfo& a, const TensorInfo& b) {
              return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
            });
  FORKNET_TRY(check_cover(parsed.tensors, data_bytes));
  return parsed;
}

}  // namespace forknet::store
