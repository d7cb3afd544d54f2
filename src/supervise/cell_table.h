// What becomes of the process of one cell, as one table: in which state what event leads where, and
// what is done. Pure: the supervisor of cells carries out the actions (process_supervisor.h).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace forknet::run {

enum class CellState {
  absent,     // has no process
  joining,    // has one, which has not joined the generation at hand
  working,    // has joined it
  condemned,  // was told to end; its death has not been heard of
};
inline constexpr std::size_t kCellStates = 4;

enum class CellEvent {
  start,    // it is to have a process
  join,     // it has joined the generation at hand
  regroup,  // the next generation begins
  death,    // its process has ended
  overdue,  // others have waited for it too long
  stopped,  // it has been stopped (SIGSTOP) too long, or nobody waits for it any more
  dismiss,  // it is wanted no more
};
inline constexpr std::size_t kCellEvents = 7;

enum class CellAction {
  none,
  spawn,
  abort,    // as a bug in it would: it may leave a core file
  kill,     // of one that has not heeded that, or cannot
  on_exit,  // the death is judged: it is started again, or the run ends
  remove,   // ended, and waited for; no death
  refuse,   // a mistake of who asks
};

struct CellTransition {
  CellState to;
  CellAction action;
};

// By state, then by event.
inline constexpr std::array<std::array<CellTransition, kCellEvents>, kCellStates> kCellTable = [] {
  using S = CellState;
  using A = CellAction;
  return std::array<std::array<CellTransition, kCellEvents>, kCellStates>{{
      // start, join, regroup, death, overdue, stopped, dismiss
      {{{S::joining, A::spawn},
        {S::absent, A::none},  // it died right after it had joined
        {S::absent, A::none},
        {S::absent, A::refuse},
        {S::absent, A::none},
        {S::absent, A::none},
        {S::absent, A::none}}},
      {{{S::joining, A::refuse},
        {S::working, A::none},
        {S::joining, A::none},
        {S::absent, A::on_exit},
        {S::condemned, A::abort},
        {S::condemned, A::kill},
        {S::absent, A::remove}}},
      {{{S::working, A::refuse},
        {S::working, A::none},
        {S::joining, A::none},
        {S::absent, A::on_exit},
        {S::condemned, A::abort},
        {S::condemned, A::kill},
        {S::absent, A::remove}}},
      {{{S::condemned, A::refuse},
        {S::condemned, A::none},
        {S::condemned, A::none},
        {S::absent, A::on_exit},
        {S::condemned, A::kill},
        {S::condemned, A::kill},
        {S::absent, A::remove}}},
  }};
}();
static_assert(kCellTable.size() == kCellStates && kCellTable[0].size() == kCellEvents);

[[nodiscard]] constexpr CellTransition transition(CellState state, CellEvent event) {
  return kCellTable[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

[[nodiscard]] constexpr std::string_view name_of(CellState state) {
  constexpr std::array<std::string_view, kCellStates> kNames = {"absent", "joining", "working",
                                                                "condemned"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace forknet::run
