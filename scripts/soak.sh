#!/usr/bin/env bash
# Trains random configs in random layouts for any time, with random disturbances (kills, stops, orders,
# signals, scaling, resumes in other layouts). Each run must end on the weights of the undisturbed run of the
# same config and leave no files. Prints a line with the seed of each run and stops at the first failure.
#   scripts/soak.sh [HOURS|--minutes N]      (default: an hour)
#   scripts/soak.sh --seed N                 one run again
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

case ${1:-} in
  "") set -- --minutes 60 ;;
  --minutes | --seed) [ $# -eq 2 ] || fail "$1 needs a number" ;;
  *[!0-9.]*) fail "usage: scripts/soak.sh [HOURS|--minutes N|--seed N]" ;;
  *) set -- --minutes "$(awk -v hours="$1" 'BEGIN { print hours * 60 }')" ;;
esac
bash "$ROOT/scripts/install-packages.sh" build test
build forknet "$ROOT/build" forknet -- -DCMAKE_BUILD_TYPE=Release
PYTHONDONTWRITEBYTECODE=1 exec python3 "$ROOT/tests/crash/soak.py" "$ROOT/build/forknet" "$@"
