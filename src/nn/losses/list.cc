#include "nn/losses/list.h"

#include <fmt/format.h>

#include <utility>

#include "base/try.h"
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
std::vector<LossEntry> built_in_losses() {
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

// Keys of [model] that are not a loss's.
constexpr std::string_view kReserved[] = {"layers", "init", "loss", "members"};

PartList<LossEntry>& list() {
  static PartList<LossEntry> list(built_in_losses());
  return list;
}

}  // namespace

const std::vector<LossEntry>& losses() { return list().all(); }

const LossEntry* find_loss(std::string_view name) { return list().find(name); }

Status add_loss(LossEntry entry) {
  if (list().closed()) return too_late("loss", entry.name);
  FORKNET_TRY(check_new_part("loss", entry.name, entry.settings, list().taken(), kReserved));
  list().add(std::move(entry));
  return {};
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
  return nn::add_loss(nn::row_loss(std::move(declaration), std::move(make)));
}

}  // namespace forknet
