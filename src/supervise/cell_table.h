// The life of the process of one cell, as one table: state × event → next state and action. Pure:
// ProcessSupervisor carries out the actions (process_supervisor.h).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace forknet::run {

enum class CellState {
  absent,     // has no process
  joining,    // has one that has not joined the current generation
  working,    // has joined the current generation
  condemned,  // was ordered to end; its death is not yet reported
};
inline constexpr std::size_t kCellStates = 4;

enum class CellEvent {
  start,    // start a process
  join,     // the process has joined the current generation
  regroup,  // the next generation begins
  death,    // the process has ended
  overdue,  // other cells have waited for it too long
  stopped,  // stopped (SIGSTOP) too long, or the run no longer waits for it
  dismiss,  // the process is no longer needed
};
inline constexpr std::size_t kCellEvents = 7;

enum class CellAction {
  none,
  spawn,
  abort,    // by SIGABRT, as a bug would: it may leave a core file
  kill,     // by SIGKILL, if it ignored SIGABRT or cannot receive it
  on_exit,  // decide: start the cell again, or end the run
  remove,   // end and reap the process; not a death
  refuse,   // a bug of the caller
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
        {S::absent, A::none},  // it died right after joining
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
