# Sourced by the other scripts: messages, and steps whose output goes to a log.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
ME=$(basename -- "$0")
JOBS=$(nproc)

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "$ME" "$*" >&2
  exit 1
}

readonly ALIVE_EVERY=${FORKNET_ALIVE_EVERY:-10} # seconds

# alive WHAT LOG COMMAND...: runs the command, which writes to LOG; meanwhile prints the time and the last
# line of LOG (Ninja's "[57/230] ...") on stderr every ten seconds. Returns the exit status.
alive() {
  local what=$1 log=$2 status=0 start=$SECONDS ticker
  shift 2
  (
    exec {never}<> <(:) # a pipe without input, for a timed read: a sleep would be a process that outlives this one
    while ! read -rt "$ALIVE_EVERY" -u "$never" && kill -0 $$ 2>/dev/null; do
      printf '  %s: %s s%s\n' "$what" $((SECONDS - start)) "$(last_line "$log")" >&2
    done
  ) &
  ticker=$!
  "$@" || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  return "$status"
}

# The last non-empty line of a log as ", LINE", shortened and without control characters.
last_line() {
  tail -n 5 -- "$1" 2>/dev/null | tr '\r' '\n' | LC_ALL=C tr -cd '\n -~' | grep . | tail -n 1 | sed -E 's/^(.{70}).*/\1.../; s/^/, /' || true
}

# step WHAT LOG COMMAND...: runs the command with its output in LOG, and shows progress. Prints one line with
# the time, or one line that names the failure and the log. `step_tail=N`: prints N lines of the log first.
step() {
  local what=$1 log=$2 status=0 start=$SECONDS
  shift 2
  mkdir -p -- "$(dirname -- "$log")" || fail "cannot make the folder of $log"
  : >"$log" || fail "cannot write $log"
  alive "$what" "$log" logged "$log" "$@" || status=$?
  if [ "$status" -ne 0 ]; then
    if [ "${step_tail:-0}" -gt 0 ]; then tail -n "$step_tail" -- "$log" >&2; fi
    fail "$what failed (exit $status); the log is $log"
  fi
  say "$what: $((SECONDS - start)) s"
}
logged() { # logged LOG COMMAND...: appends its output to LOG
  local log=$1
  shift
  "$@" >>"$log" 2>&1 </dev/null
}

# build WHAT FOLDER TARGETS -- CMAKE-OPTIONS: configures FOLDER (quickly if it already is) and builds.
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

# Makes FORKNET_TEST_DATA, the folder with real data, an absolute path; prints a note if it is not set.
find_test_data() {
  if [ -z "${FORKNET_TEST_DATA:-}" ]; then
    say "FORKNET_TEST_DATA is not set: tests on real data are skipped (set it to a folder with mnist/ and fashion/)"
  elif [ ! -d "$FORKNET_TEST_DATA" ]; then
    fail "FORKNET_TEST_DATA=$FORKNET_TEST_DATA is not a folder"
  else
    FORKNET_TEST_DATA=$(cd -- "$FORKNET_TEST_DATA" && pwd -P)
    export FORKNET_TEST_DATA
  fi
}

# fetch_packages FOLDER ARCHITECTURE PACKAGE...: unpacks Debian packages into FOLDER/root without
# installing them, from the machine's package sources; needs no root. NAME* is the package with that prefix
# on which the previous package depends.
fetch_packages() {
  local folder=$1 architecture=$2 names=() name wanted
  shift 2
  wanted="$architecture $*"
  if [ "$(cat -- "$folder/fetched" 2>/dev/null)" = "$wanted" ]; then return 0; fi
  rm -rf -- "$folder"
  mkdir -p -- "$folder"/{state/lists/partial,cache/archives/partial,debs,root}
  local own=(-o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture"
    -o "Dir::State=$folder/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$folder/cache"
    -o "APT::Sandbox::User=$(id -un)")
  step "fetch the list of $architecture packages" "$folder/update.log" apt-get "${own[@]}" update
  for name in "$@"; do
    case $name in
      *'*') name=$(apt-cache "${own[@]}" depends "${names[-1]}" |
        sed -n "s/^ *Depends: \(${name%'*'}.*\)/\1/p" | head -n 1) ;;
    esac
    names+=("$name")
  done
  (cd -- "$folder/debs" && step "fetch $architecture packages" "$folder/download.log" \
    apt-get "${own[@]}" download "${names[@]}")
  for name in "$folder"/debs/*.deb; do dpkg-deb -x "$name" "$folder/root"; done
  printf '%s\n' "$wanted" >"$folder/fetched"
}
