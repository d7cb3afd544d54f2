#include "data/formats/npy/pairs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "data/error.h"

namespace forknet::data {
namespace {

constexpr std::size_t kShownPairs = 12;

using Words = std::pair<std::string_view, std::string_view>;
constexpr auto kPairs = std::to_array<Words>({{"x", "y"},
                                              {"inputs", "labels"},
                                              {"inputs", "targets"},
                                              {"data", "target"},
                                              {"data", "targets"},
                                              {"data", "labels"},
                                              {"data", "label"},
                                              {"images", "labels"},
                                              {"features", "labels"},
                                              {"features", "targets"},
                                              {"features", "target"},
                                              {"arr_0", "arr_1"}});

constexpr std::array kParts = {NpzPart::train, NpzPart::validation, NpzPart::test};

// Names of the parts; "" stands for plain names.
std::vector<std::string_view> words_of(NpzPart part) {
  switch (part) {
    case NpzPart::train:
      return {"train", "training"};
    case NpzPart::validation:
      return {"val", "valid", "validation"};
    case NpzPart::test:
      break;
  }
  return {"test", "testing"};
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// x of part train: x_train, train_x; of part "": x.
std::vector<std::string> spelled(std::string_view base, std::string_view part) {
  if (part.empty()) return {std::string(base)};
  return {fmt::format("{}_{}", base, part), fmt::format("{}_{}", part, base)};
}

// The member with that name, ignoring case.
const std::string* find(const std::vector<std::string>& members, const std::string& name) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const std::string& member) { return lower(member) == name; });
  return found == members.end() ? nullptr : &*found;
}

// All existing pairs of one part, or of plain names.
std::vector<NpzPair> pairs_of(const std::vector<std::string>& members,
                              const std::vector<std::string_view>& parts) {
  std::vector<NpzPair> found;
  for (const std::string_view part : parts) {
    for (const auto& [inputs, labels] : kPairs) {
      const std::vector<std::string> from = spelled(inputs, part);
      const std::vector<std::string> to = spelled(labels, part);
      for (std::size_t i = 0; i < from.size(); ++i) {
        const std::string* x = find(members, from[i]);
        const std::string* y = find(members, to[i]);
        if (x != nullptr && y != nullptr) found.push_back({*x, *y});
      }
    }
  }
  return found;
}

std::vector<NpzPair> all_pairs(const std::vector<std::string>& members) {
  std::vector<std::string_view> parts = {""};
  for (const NpzPart part : kParts) {
    const std::vector<std::string_view> words = words_of(part);
    parts.insert(parts.end(), words.begin(), words.end());
  }
  return pairs_of(members, parts);
}

struct PartName {
  std::string base;  // in lower case
  std::optional<NpzPart> part = {};
};

// "w_train" is "w" of training; "w" has no part.
PartName part_of(const std::string& name) {
  const std::string text = lower(name);
  for (const NpzPart part : kParts) {
    for (const std::string_view word : words_of(part)) {
      const std::string ending = fmt::format("_{}", word);
      const std::string beginning = fmt::format("{}_", word);
      if (text.ends_with(ending)) return {text.substr(0, text.size() - ending.size()), part};
      if (text.starts_with(beginning)) return {text.substr(beginning.size()), part};
    }
  }
  return {text};
}

Error unclear(const std::string& path, const std::vector<std::string>& members,
              std::string_view wanted) {
  return data_error(
      "{}: which arrays are {}? The archive holds {}\n"
      "found by themselves are x and y, x_train and y_train, inputs and labels, data and target\n"
      "name others: inputs = \"{}:NAME\", labels = \"{}:NAME\"",
      path, wanted, array_names(members), path, path);
}

}  // namespace

Result<NpzPair> choose_pair(const std::string& path, const std::vector<std::string>& members,
                            NpzPart part) {
  std::vector<NpzPair> found = pairs_of(members, words_of(part));
  if (found.empty()) found = pairs_of(members, {""});
  if (found.size() == 1) return found.front();
  return unclear(path, members, "inputs and labels");
}

Result<NpzPair> complete_pair(const std::string& path, const std::vector<std::string>& members,
                              const NpzPair& given) {
  std::vector<NpzPair> found = all_pairs(members);
  std::erase_if(found, [&](const NpzPair& pair) {
    return !given.inputs.empty() ? pair.inputs != given.inputs : pair.labels != given.labels;
  });
  if (found.size() == 1) return found.front();
  return unclear(path, members, given.labels.empty() ? "the labels" : "the inputs");
}

Result<std::string> choose_inputs(const std::string& path,
                                  const std::vector<std::string>& members) {
  if (members.size() == 1) return members.front();
  for (const std::vector<std::string_view>& parts :
       {std::vector<std::string_view>{""}, words_of(NpzPart::test)}) {
    std::set<std::string> found;
    for (const std::string_view part : parts) {
      for (const auto& [inputs, labels] : kPairs) {
        for (const std::string& name : spelled(inputs, part)) {
          if (const std::string* member = find(members, name)) found.insert(*member);
        }
      }
    }
    if (found.size() == 1) return *found.begin();
  }
  return unclear(path, members, "the inputs");
}

Result<std::optional<std::string>> choose_weights(const std::string& path,
                                                  const std::vector<std::string>& members,
                                                  const std::string& wanted,
                                                  const std::string& inputs) {
  const std::optional<NpzPart> part = part_of(inputs).part;
  std::set<std::string> found;
  if (part) {
    for (const std::string_view word : words_of(*part)) {
      for (const std::string& name : spelled(part_of(wanted).base, word)) {
        if (const std::string* member = find(members, name)) found.insert(*member);
      }
    }
  }
  if (found.empty() && (!part || *part == NpzPart::train)) {
    const std::string* member = find(members, lower(wanted));
    if (member != nullptr) found.insert(*member);
  }
  if (found.empty()) return std::optional<std::string>();
  if (found.size() == 1) return std::optional(*found.begin());
  return data_error("{}: data.weight = \"{}\" names several arrays for {}: {}", path, wanted,
                    inputs, fmt::join(found, ", "));
}

std::string array_names(const std::vector<std::string>& members) {
  if (members.empty()) return "no arrays";
  const auto shown = std::span(members).first(std::min(members.size(), kShownPairs));
  return fmt::format("{}{}", fmt::join(shown, ", "), shown.size() < members.size() ? ", ..." : "");
}

}  // namespace forknet::data
