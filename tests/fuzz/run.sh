#!/usr/bin/env bash
# Builds the fuzzer with Clang and gives every parser its time; what is found stays in the corpus
# folder, so that the next run goes on from there. Ends at the first finding and names its file.
#   tests/fuzz/run.sh BUILD [PARSER...]         FORKNET_FUZZ_SECONDS: for each (default 60)
# A finding again: FORKNET_FUZZ=PARSER BUILD/tests/forknet_fuzz FILE
set -euo pipefail
source=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$1
shift
seconds=${FORKNET_FUZZ_SECONDS:-60}

cmake -S "$source" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=None \
  "-DCMAKE_CXX_FLAGS=-O1 -g1 -D_GLIBCXX_ASSERTIONS" "-DFORKNET_SANITIZE=address;undefined;fuzzer-no-link" \
  -DFORKNET_TESTS=ON -DFORKNET_CHECKS=OFF -DFORKNET_FUZZER=ON
cmake --build "$build" -j "$(nproc)" --target forknet_fuzz
fuzzer=$(cd -- "$build" && pwd -P)/tests/forknet_fuzz
if [ $# -eq 0 ]; then mapfile -t parsers < <("$fuzzer"); else parsers=("$@"); fi
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
for parser in "${parsers[@]}"; do
  corpus=$build/corpus/$parser
  mkdir -p -- "$corpus"
  echo "== $parser, $seconds s"
  FORKNET_FUZZ=$parser FORKNET_FUZZ_SEEDS=$corpus "$fuzzer" "$corpus" "-max_total_time=$seconds" \
    -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "-artifact_prefix=$corpus/../$parser-"
done
