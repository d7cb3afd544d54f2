#!/usr/bin/env bash
# A long step of the scripts shows progress; a failed one is named in one line.
#   long_steps.sh ROOT
set -euo pipefail
root=$1
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
failed() {
  printf 'FAILED: %s\n' "$*"
  cat -- "$scratch/shown"
  exit 1
}
run() { # run EVERY SCRIPT: runs SCRIPT after common.sh, with its output in $scratch/shown
  FORKNET_ALIVE_EVERY=$1 bash -c 'source "$1/scripts/common.sh"; cd -- "$2"; '"$2" steps "$root" "$scratch" >"$scratch/shown" 2>&1
}

# The command ends when its log has been shown twice, or after a minute.
cat >"$scratch/until-shown" <<'COMMAND'
printf '[57/230] Building \033[1mx\n'
for ((try = 0; try < 1200; ++try)); do
  [ "$(grep -c '^  build x: [0-9]* s, \[57/230\] Building \[1mx$' "$1")" -ge 2 ] && exit 0
  sleep 0.05
done
exit 1
COMMAND
run 0.1 'step "build x" log bash until-shown shown' || failed "a long step shows time and the end of its log"
[ "$(tail -n 1 "$scratch/shown" | sed 's/[0-9]*//g')" = 'build x:  s' ] || failed "its last line is the time it took"

run 3600 'step "quick" log true' || failed "a quick step succeeds"
[ "$(wc -l <"$scratch/shown")" -eq 1 ] || failed "a quick step prints one line"

if run 3600 'step "bad" log bash -c "echo why; exit 7"; echo on'; then failed "a failed step ends the script"; fi
[ "$(cat -- "$scratch/shown")" = 'steps: bad failed (exit 7); the log is log' ] || failed "a failed step is named in one line"
[ "$(cat -- "$scratch/log")" = why ] || failed "its output is in the log"
