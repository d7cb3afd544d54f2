#!/usr/bin/env bash
# Builds the project a second time, with other flags, as a test of the first build.
#   nested_build.sh SOURCE FOLDER JOBS TARGET... -- CMAKE-OPTION...
# On success prints only what was built.
set -euo pipefail
source=$1 folder=$2 jobs=$3
shift 3
targets=()
while [ "$1" != -- ]; do
  targets+=(--target "$1")
  shift
done
shift
mkdir -p -- "$folder"
log=$folder/build.log
if ! { cmake -S "$source" -B "$folder" -G Ninja "$@" && cmake --build "$folder" -j "$jobs" "${targets[@]}"; } >"$log" 2>&1; then
  grep -E -A 12 'error:|Error|FAILED' -- "$log" | head -n 120 || tail -n 60 -- "$log"
  echo "the build failed; the log is $log"
  exit 1
fi
tail -n 1 -- "$log"
