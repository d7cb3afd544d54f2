// The life of a run while it trains, as one table: state × event → next state and action. Pure: the
// trainer carries out the actions, always with its cells at rest.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace forknet::run {

enum class LifeState {
  running,
  holding,   // runs, and rests at the end of this epoch
  paused,    // at rest until resume
  waiting,   // paused; after resume holds at the end of the epoch
  held,      // at rest at the end of an epoch until release
  shelved,   // held and paused: at rest until both resume and release
  stopping,  // ends; further orders are refused or have no effect
};
inline constexpr std::size_t kLifeStates = 7;

enum class LifeEvent { pause, resume, hold, release, epoch_end, checkpoint, scale, reload, stop };
inline constexpr std::size_t kLifeEvents = 9;

enum class LifeAction {
  none,
  rest,    // nothing runs until a later event
  go_on,   // end the rest
  save,    // a durable checkpoint, now
  resize,  // another number of replicas, now
  reread,  // the settings that may change while the run trains, now
  end,     // a durable checkpoint and the end, resumable
  refuse,  // the state does not allow it
};

struct Transition {
  LifeState to;
  LifeAction action;
};

// By state, then by event.
inline constexpr std::array<std::array<Transition, kLifeEvents>, kLifeStates> kLifecycle = [] {
  using S = LifeState;
  using A = LifeAction;
  return std::array<std::array<Transition, kLifeEvents>, kLifeStates>{{
      // pause, resume, hold, release, epoch_end, checkpoint, scale, reload, stop
      {{{S::paused, A::rest},
        {S::running, A::none},
        {S::holding, A::none},
        {S::running, A::none},
        {S::running, A::none},
        {S::running, A::save},
        {S::running, A::resize},
        {S::running, A::reread},
        {S::stopping, A::end}}},
      {{{S::waiting, A::rest},
        {S::holding, A::none},
        {S::holding, A::none},
        {S::running, A::none},
        {S::held, A::rest},
        {S::holding, A::save},
        {S::holding, A::resize},
        {S::holding, A::reread},
        {S::stopping, A::end}}},
      {{{S::paused, A::none},
        {S::running, A::go_on},
        {S::waiting, A::none},
        {S::paused, A::none},
        {S::paused, A::none},
        {S::paused, A::save},
        {S::paused, A::resize},
        {S::paused, A::reread},
        {S::stopping, A::end}}},
      {{{S::waiting, A::none},
        {S::holding, A::go_on},
        {S::waiting, A::none},
        {S::paused, A::none},
        {S::waiting, A::none},
        {S::waiting, A::save},
        {S::waiting, A::resize},
        {S::waiting, A::reread},
        {S::stopping, A::end}}},
      {{{S::shelved, A::none},
        {S::held, A::none},
        {S::held, A::none},
        {S::running, A::go_on},
        {S::held, A::none},
        {S::held, A::save},
        {S::held, A::resize},
        {S::held, A::reread},
        {S::stopping, A::end}}},
      {{{S::shelved, A::none},
        {S::held, A::none},
        {S::shelved, A::none},
        {S::paused, A::none},
        {S::shelved, A::none},
        {S::shelved, A::save},
        {S::shelved, A::resize},
        {S::shelved, A::reread},
        {S::stopping, A::end}}},
      {{{S::stopping, A::refuse},
        {S::stopping, A::refuse},
        {S::stopping, A::refuse},
        {S::stopping, A::refuse},
        {S::stopping, A::none},
        {S::stopping, A::refuse},
        {S::stopping, A::refuse},
        {S::stopping, A::refuse},
        {S::stopping, A::none}}},
  }};
}();
static_assert(kLifecycle.size() == kLifeStates && kLifecycle[0].size() == kLifeEvents);

[[nodiscard]] constexpr Transition transition(LifeState state, LifeEvent event) {
  return kLifecycle[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

[[nodiscard]] constexpr bool at_rest(LifeState state) {
  return state == LifeState::paused || state == LifeState::waiting || state == LifeState::held ||
         state == LifeState::shelved;
}

// "running", "paused" …: the name shown to users.
[[nodiscard]] constexpr std::string_view name_of(LifeState state) {
  constexpr std::array<std::string_view, kLifeStates> kNames = {
      "running", "running", "paused", "paused", "held", "paused", "stopping"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace forknet::run
