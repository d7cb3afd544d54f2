#include "settings/toml_traps.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace forknet::run {
namespace {

// A key of 100,000 parts would overflow the stack. No setting needs more than three.
constexpr int kKeyParts = 8;

Place place_at(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(offset - line_start) + 1, 1};
}

class TrapFinder {
 public:
  explicit TrapFinder(std::string_view text) : text_(text) {}

  [[nodiscard]] std::optional<Problem> find() {
    for (at_ = 0; at_ < text_.size() && !trap_; ++at_) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        skip_string(c);
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
      } else {
        check(c);
      }
    }
    return std::move(trap_);
  }

 private:
  void trap(std::string message, std::string hint = "") {
    trap_ = Problem{std::move(message), std::move(hint), place_at(text_, at_)};
  }

  void check(char c) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      trap("not TOML: letters beyond ASCII stand only in strings", "is a quote missing?");
    } else if (c == '[' || c == '{') {
      if (c == '[' && open_.empty() && before_ != '=') check_header();
      open_.push_back(c);
    } else if (c == ']' || c == '}') {
      close(c);
    } else if (c == ':') {
      trap("not TOML: a : outside of a string", "a setting is written key = value");
    } else if (c == '-' && in_date()) {
      trap("not a setting: a date", "text is written in quotes");
    } else if (c == '.' && ++dots_ >= kKeyParts) {
      trap("a key of more than " + std::to_string(kKeyParts) + " parts",
           "keys have a section and a name: train.batch");
    }
    if (std::string_view("=,\n{}[]").find(c) != std::string_view::npos) dots_ = 0;
    if (c != ' ' && c != '\t') before_ = c;
  }

  // Whether the current "-" is part of a date such as 1979-05.
  [[nodiscard]] bool in_date() const {
    const auto digit = [&](std::size_t i) {
      return i < text_.size() && std::isdigit(static_cast<unsigned char>(text_[i])) != 0;
    };
    return at_ >= 4 && digit(at_ - 4) && digit(at_ - 3) && digit(at_ - 2) && digit(at_ - 1) &&
           digit(at_ + 1);
  }

  // "[" at the start of a line: the name of a section must follow.
  void check_header() {
    std::size_t next = at_ + (text_.substr(at_, 2) == "[[" ? 2 : 1);
    next = text_.find_first_not_of(" \t", next);
    const char c = next == std::string_view::npos ? '\n' : text_[next];
    const bool name = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                      std::string_view("_-\"']").find(c) != std::string_view::npos;
    if (!name) trap("not TOML: a [ without the name of a section", "such as [train]");
  }

  void close(char c) {
    if (open_.empty() || open_.back() != (c == ']' ? '[' : '{')) {
      trap(std::string("not TOML: a ") + c + " that nothing opened");
    } else {
      open_.pop_back();
    }
  }

  // Leaves at_ on the last character of the string that starts there.
  void skip_string(char quote) {
    const bool basic = quote == '"';
    const bool multi_line = text_.substr(at_, 3) == std::string(3, quote);
    const std::string end(multi_line ? 3 : 1, quote);
    for (at_ += end.size(); at_ < text_.size(); ++at_) {
      if (text_.substr(at_, end.size()) == end) {
        at_ += end.size() - 1;
        return;
      }
      if (!multi_line && text_[at_] == '\n') return;
      if (basic && text_[at_] == '\\') {
        ++at_;
        const bool known = at_ < text_.size() && std::string_view("btnfr\"\\uU").find(text_[at_]) !=
                                                     std::string_view::npos;
        if (!known)
          return trap("not TOML: an escape that configs do not know",
                      "a \\ is written \\\\, or in '...'");
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int dots_ = 0;
  char before_ = '\n';  // the last character that is not a blank
  std::string open_;    // brackets
  std::optional<Problem> trap_;
};

}  // namespace

std::optional<Problem> find_trap(std::string_view text) { return TrapFinder(text).find(); }

}  // namespace forknet::run
