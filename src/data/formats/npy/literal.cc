#include "data/formats/npy/literal.h"

#include <charconv>
#include <set>
#include <utility>

#include "base/try.h"
#include "data/error.h"

namespace forknet::data {
namespace {

constexpr std::size_t kMostRank = 64;  // numpy's is 32, 64 from version 2 on
constexpr std::size_t kShown = 24;

class LiteralParser {
 public:
  LiteralParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Result<NpyLiteral> parse() {
    FORKNET_TRY(expect('{', "a dict"));
    while (!take('}')) {
      FORKNET_TRY(entry());
      if (take(',')) continue;
      FORKNET_TRY(expect('}', "\",\" or \"}\""));
      break;
    }
    skip_spaces();
    if (at_ != text_.size()) return unexpected("the end of the header");
    for (const char* key : {"descr", "fortran_order", "shape"}) {
      if (!met_.contains(key)) return data_error("{}: the header has no \"{}\"", name_, key);
    }
    return std::move(literal_);
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool take(char wanted) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  [[nodiscard]] Error unexpected(std::string_view expected) const {
    std::string found;
    for (const char c : text_.substr(at_, kShown)) found += c >= ' ' && c < '\x7f' ? c : '.';
    return data_error("{}: the header cannot be read at its byte {}: \"{}\"\n{} was expected",
                      name_, at_, found, expected);
  }

  Status expect(char wanted, std::string_view what) {
    if (take(wanted)) return {};
    return unexpected(what);
  }

  Status entry() {
    FORKNET_ASSIGN(const std::string key, quoted("a key in quotes"));
    FORKNET_TRY(expect(':', "\":\""));
    if (!met_.insert(key).second) return data_error("{}: the header has {} twice", name_, key);
    if (key == "descr") return descr();
    if (key == "fortran_order") return fortran_order();
    if (key == "shape") return shape();
    return data_error(
        "{}: the header has an unknown key \"{:.24}\"\nexpected descr, fortran_order and shape",
        name_, key);
  }

  Result<std::string> quoted(std::string_view what) {
    skip_spaces();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return unexpected(what);
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return unexpected("a text that ends");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    for (const char c : inside) {
      if (c == '\\' || c < ' ' || c > '~') return unexpected(what);
    }
    at_ = end + 1;
    return std::string(inside);
  }

  Status descr() {
    skip_spaces();
    if (at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '(')) {
      return data_error(
          "{}: the array holds structures of several fields\n"
          "expected one kind of number: save each field as an array of its own",
          name_);
    }
    FORKNET_ASSIGN(literal_.descr, quoted("a type in quotes"));
    return {};
  }

  Status fortran_order() {
    literal_.fortran_order = take_word("True");
    if (literal_.fortran_order || take_word("False")) return {};
    return unexpected("True or False");
  }

  Status shape() {
    FORKNET_TRY(expect('(', "a tuple of sizes"));
    bool comma = true;  // "(3)" is a number in Python
    while (!take(')')) {
      if (!comma) return unexpected("\",\"");
      if (literal_.shape.size() == kMostRank) {
        return data_error("{}: the shape has more than {} sizes", name_, kMostRank);
      }
      FORKNET_TRY(size());
      comma = take(',');
    }
    if (literal_.shape.size() == 1 && !comma) return unexpected("\"(SIZE,)\", a tuple");
    return {};
  }

  Status size() {
    skip_spaces();
    std::size_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) {
      return data_error("{}: the shape has a size that cannot be addressed", name_);
    }
    if (error != std::errc()) return unexpected("a size, 0 or more");
    at_ += static_cast<std::size_t>(end - begin);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2
    literal_.shape.push_back(value);
    return {};
  }

  std::string_view text_;
  std::string name_;
  std::size_t at_ = 0;
  NpyLiteral literal_;
  std::set<std::string> met_;
};

}  // namespace

Result<NpyLiteral> parse_literal(std::string_view text, const std::string& name) {
  return LiteralParser(text, name).parse();
}

}  // namespace forknet::data
