#include "nn/losses/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>

#include "nn/losses/binary_cross_entropy/binary_cross_entropy.h"
#include "nn/losses/huber/huber.h"
#include "nn/losses/mae/mae.h"
#include "nn/losses/mse/mse.h"
#include "nn/losses/poisson/poisson.h"
#include "nn/losses/quantile/quantile.h"
#include "nn/losses/rows/row_loss.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"

namespace forknet {
namespace nn {
namespace {

// The list: a loss is its folder and its line here.
std::vector<LossEntry> built_in() {
  std::vector<LossEntry> list;
  list.push_back(softmax_cross_entropy());
  list.push_back(binary_cross_entropy());
  list.push_back(mse());
  list.push_back(mae());
  list.push_back(huber());
  list.push_back(quantile());
  list.push_back(poisson());
  return list;
}

// What the program registered, until losses() is first called.
struct Registry {
  std::mutex mutex;
  std::vector<LossEntry> losses = built_in();
  bool closed = false;
};

Registry& registry() {
  static Registry registry;
  return registry;
}

// Keys of [model] that are not a loss's.
constexpr std::string_view kOwnKeys[] = {"layers", "init", "loss", "members"};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// What is wrong with a setting, beside those of other losses; empty: nothing.
std::string fault_of(const SettingSpec& setting, const std::vector<LossEntry>& others) {
  if (!is_name(setting.name)) return "is not a name of letters, digits and _";
  if (std::find(std::begin(kOwnKeys), std::end(kOwnKeys), setting.name) != std::end(kOwnKeys)) {
    return "is a setting of forknet's own";
  }
  for (const LossEntry& other : others) {
    for (const SettingSpec& theirs : other.settings) {
      if (theirs.name == setting.name && !(theirs.value == setting.value)) {
        return "is also a setting of the loss " + other.name + ", with another type or default";
      }
    }
  }
  return "";
}

Status add(LossEntry entry) {
  const auto refused = [&](const std::string& what) {
    return Error{ErrorKind::usage, fmt::format("register_loss: \"{}\" {}", entry.name, what)};
  };
  Registry& known = registry();
  const std::scoped_lock lock(known.mutex);
  if (known.closed) {
    return refused("comes too late\n  register losses first in main, before init() and configs");
  }
  if (!is_name(entry.name)) return refused("is not a name of letters, digits and _");
  for (const LossEntry& other : known.losses) {
    if (other.name == entry.name) return refused("is a loss already; choose another name");
  }
  for (const SettingSpec& setting : entry.settings) {
    const std::string fault = fault_of(setting, known.losses);
    if (!fault.empty())
      return refused(fmt::format("declares \"{}\", which {}", setting.name, fault));
  }
  known.losses.push_back(std::move(entry));
  return {};
}

}  // namespace

const std::vector<LossEntry>& losses() {
  Registry& known = registry();
  const std::scoped_lock lock(known.mutex);
  known.closed = true;
  return known.losses;
}

const LossEntry* find_loss(std::string_view name) {
  const std::vector<LossEntry>& all = losses();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const LossEntry& entry) { return entry.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Result<LossPointer> make_loss(std::string_view name, const Settings& settings) {
  const LossEntry* const entry = find_loss(name);
  if (entry == nullptr) {
    return Error{
        ErrorKind::config,
        fmt::format("model.loss: \"{}\" is not a loss; expected one of {}", name, loss_names())};
  }
  return entry->make(complete(settings, entry->settings));
}

std::string loss_names() {
  std::string names;
  for (const LossEntry& entry : losses())
    names.append(names.empty() ? "" : ", ").append(entry.name);
  return names;
}

}  // namespace nn

Status register_loss(LossDeclaration declaration, MakeRowLoss make) {
  return nn::add(nn::row_loss(std::move(declaration), std::move(make)));
}

}  // namespace forknet
