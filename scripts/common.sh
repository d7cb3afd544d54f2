# Sourced by the scripts beside it: messages, and steps whose output goes to a log.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
ME=$(basename -- "$0")
JOBS=$(nproc)

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "$ME" "$*" >&2
  exit 1
}

# step WHAT LOG COMMAND...: runs the command with its output in LOG. Prints one line with the time
# it took, or one line that names what failed and the log. `step_tail=N`: N lines of the log first.
step() {
  local what=$1 log=$2 status=0 start=$SECONDS
  shift 2
  mkdir -p -- "$(dirname -- "$log")" || fail "cannot make the folder of $log"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    if [ "${step_tail:-0}" -gt 0 ]; then tail -n "$step_tail" -- "$log" >&2; fi
    fail "$what failed (exit $status); the log is $log"
  fi
  say "$what: $((SECONDS - start)) s"
}

# build WHAT FOLDER TARGETS -- CMAKE-OPTIONS: configures FOLDER (quick when it is) and builds.
build() {
  local what=$1 folder=$2 targets=()
  shift 2
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    targets+=("$1")
    shift
  done
  [ $# -eq 0 ] || shift
  step "configure $what" "$folder/configure.log" cmake -S "$ROOT" -B "$folder" -G Ninja "$@"
  step "build $what" "$folder/build.log" cmake --build "$folder" -j "$JOBS" \
    ${targets[@]+--target "${targets[@]}"}
}
