// All distributions of first weights. A new one is a file of this folder and its line here, in the
// order in which messages and the manual name them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "nn/inits/init.h"

// The function inits::NAME() of each.
#define FORKNET_INITS(PART) \
  PART(he_normal)           \
  PART(he_uniform)          \
  PART(glorot_normal)       \
  PART(glorot_uniform)      \
  PART(lecun_normal)        \
  PART(lecun_uniform)       \
  PART(zeros)

namespace forknet::nn {

// The name that stands for the choice of chosen_init().
inline constexpr std::string_view kChosenInit = "auto";

[[nodiscard]] std::span<const Init* const> all_inits();

// Null: there is none of that name.
[[nodiscard]] const Init* find_init(std::string_view name);

// The name of what `name` means in a model that learns class numbers, or numbers
// (docs/decisions/0033).
[[nodiscard]] std::string chosen_init(std::string_view name, bool classes);

namespace inits {
#define FORKNET_DECLARE_INIT(name) [[nodiscard]] const Init& name();
FORKNET_INITS(FORKNET_DECLARE_INIT)
#undef FORKNET_DECLARE_INIT
}  // namespace inits

}  // namespace forknet::nn
