#!/usr/bin/env bash
# Installs the peers, builds build-bench/ and runs every benchmark, one after the other, on one CPU
# of a machine that should do nothing else; then prints what each found (docs/benchmarks.md).
#   bench/run.sh [--starts N] [--quick]
# --starts N: the whole of it N times, in fresh processes. --quick: few rounds, to see that all works;
# its figures mean nothing. FORKNET_TEST_DATA: a folder with mnist/ for the headline.
source "$(dirname -- "${BASH_SOURCE[0]}")/../scripts/common.sh"

readonly BUILD=$ROOT/build-bench RESULTS=$ROOT/build-bench/results
readonly BUSY_PERCENT=5
IDLE_WAIT=60 # seconds

# Percent of the machine's CPU time that was used during two seconds.
busy() {
  local before after
  before=$(head -n 1 /proc/stat)
  sleep 2
  after=$(head -n 1 /proc/stat)
  printf '%s\n%s\n' "$before" "$after" | awk '
    { total = 0; for (i = 2; i <= 9; i++) total += $i; idle = $5 + $6 }
    NR == 1 { total_before = total; idle_before = idle }
    END { all = total - total_before; print int(all > 0 ? 100 * (1 - (idle - idle_before) / all) : 0) }'
}

wait_until_idle() {
  local until=$((SECONDS + IDLE_WAIT)) percent
  while percent=$(busy) && [ "$percent" -ge "$BUSY_PERCENT" ]; do
    if [ "$SECONDS" -ge "$until" ]; then
      say "warning: something else uses $percent % of this machine; the figures that follow are not to be trusted"
      return
    fi
  done
}

# measure NAME COMMAND...: on the chosen CPU; the output is shown and kept in $RESULTS.
measure() {
  local name=$1
  shift
  wait_until_idle | tee "$RESULTS/$name.txt"
  say "== $name"
  ${PINNED[@]+"${PINNED[@]}"} "$@" | tee -a "$RESULTS/$name.txt" || fail "$name failed: $*"
}

describe_machine() {
  lscpu | grep -E '^(Model name|CPU\(s\)|Thread|Core|L[123]|Hypervisor)' || true
  grep -m 1 -o -w -E 'avx512f' /proc/cpuinfo || say "no AVX-512"
  uname -sr
  c++ --version | head -n 1
  git -C "$ROOT" log -1 --format='commit %h, %cs' 2>/dev/null || true
}

main() {
  local starts=1 quick=0
  while [ $# -gt 0 ]; do
    case $1 in
      --starts) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "--starts needs a number"; starts=$2; shift 2 ;;
      --quick) quick=1; shift ;;
      *) fail "usage: bench/run.sh [--starts N] [--quick]" ;;
    esac
  done
  local dnnl=() menu=() torch=() runs=() layouts=() grids=() small_nets=() tables=() learning=() reading=() larger=() augment=() optimizers=()
  if [ "$quick" = 1 ]; then
    IDLE_WAIT=0
    dnnl=(--rounds 2 --seconds 0.002) torch=(--pairs 2 --seconds 0.02) menu=(--pairs 1 --seconds 0.1 --no-compile) runs=(--runs 2)
    layouts=(--starts 1 --rounds 2 --seconds 0.02) optimizers=(--rounds 2 --seconds 0.02)
    grids=(--runs 1 --scale 0.05) small_nets=(--runs 1 --steps 400 --widths 8) tables=(--seeds 1 --sets red) learning=(--seeds 1 --sets letter --epochs 2) reading=(--rounds 1 --megabytes 20)
    augment=(--runs 1 --pictures 1000 --epochs 1)
    larger=(--megabytes 400 --limit 100 --steps 100 --pairs 1)
  fi

  bash "$ROOT/scripts/install-packages.sh" build bench
  build "the benchmarks" "$BUILD" forknet forknet_bench_dnnl forknet_bench_server \
    forknet_bench_layouts forknet_bench_optimizers forknet_bench_reading -- \
    -DCMAKE_BUILD_TYPE=Release -DFORKNET_BENCH=ON
  rm -rf -- "$RESULTS"
  mkdir -p -- "$RESULTS"
  describe_machine | tee "$RESULTS/machine.txt"

  export OMP_NUM_THREADS=1
  local cpu start
  cpu=$(/usr/bin/python3 -c 'import os; print(min(os.sched_getaffinity(0)))')
  PINNED=(taskset -c "$cpu")
  for ((start = 1; start <= starts; start++)); do
    measure "headline-$start" /usr/bin/python3 "$ROOT/bench/headline.py" "$BUILD/forknet" \
      "$BUILD/bench/forknet_bench_server" --cpu "$cpu" ${runs[@]+"${runs[@]}"}
    measure "kernels-$start" "$BUILD/bench/forknet_bench_dnnl" kernels ${dnnl[@]+"${dnnl[@]}"}
    measure "steps-$start" "$BUILD/bench/forknet_bench_dnnl" steps ${dnnl[@]+"${dnnl[@]}"}
    measure "pytorch-$start" /usr/bin/python3 "$ROOT/bench/versus_pytorch.py" \
      "$BUILD/bench/forknet_bench_server" ${torch[@]+"${torch[@]}"}
  done
  measure optimizers "$BUILD/bench/forknet_bench_optimizers" ${optimizers[@]+"${optimizers[@]}"}
  PINNED=()
  # Debian's PyTorch has no compiler and no fused updates on CPUs: name a Python with a newer one.
  measure menu_pytorch "${FORKNET_TORCH_PYTHON:-/usr/bin/python3}" "$ROOT/bench/menu_versus_pytorch.py" "$BUILD/forknet" \
    ${menu[@]+"${menu[@]}"}
  if [ "$(nproc)" -ge 2 ]; then
    PINNED=()
    measure layouts /usr/bin/python3 "$ROOT/bench/layouts.py" "$BUILD/bench/forknet_bench_layouts" \
      ${layouts[@]+"${layouts[@]}"}
  fi
  if [ "$(nproc)" -ge 2 ]; then
    measure grids /usr/bin/python3 "$ROOT/bench/grids.py" "$BUILD/forknet" \
      "$BUILD/bench/forknet_bench_layouts" ${grids[@]+"${grids[@]}"}
    measure processes /usr/bin/python3 "$ROOT/bench/processes.py" "$BUILD/forknet" \
      ${grids[@]+"${grids[@]}"}
    measure crowded /usr/bin/python3 "$ROOT/bench/crowded.py" "$BUILD/forknet" ${grids[@]+"${grids[@]}"}
    measure small_nets /usr/bin/python3 "$ROOT/bench/small_nets.py" "$BUILD/forknet" ${small_nets[@]+"${small_nets[@]}"}
  fi
  PINNED=()
  local mnist=${FORKNET_TEST_DATA:-}/mnist
  if [ -f "$mnist/train-images-idx3-ubyte.gz" ]; then
    reading+=(--mnist "$mnist/train-images-idx3-ubyte.gz" "$mnist/train-labels-idx1-ubyte.gz")
  fi
  measure reading /usr/bin/python3 "$ROOT/bench/reading.py" "$BUILD/bench/forknet_bench_reading" \
    ${reading[@]+"${reading[@]}"}
  PINNED=(taskset -c "$cpu")
  measure augment /usr/bin/python3 "$ROOT/bench/augment.py" "$BUILD/forknet" ${augment[@]+"${augment[@]}"}
  PINNED=()
  if [ -n "${FORKNET_TEST_DATA:-}" ]; then
    measure tables /usr/bin/python3 "$ROOT/bench/tables.py" "$BUILD/forknet" ${tables[@]+"${tables[@]}"}
    measure learning /usr/bin/python3 "$ROOT/bench/learning.py" "$BUILD/forknet" ${learning[@]+"${learning[@]}"}
  fi
  if [ -w /sys/fs/cgroup ]; then
    PINNED=()
    measure larger_than_memory /usr/bin/python3 "$ROOT/bench/larger_than_memory.py" "$BUILD/forknet" \
      ${larger[@]+"${larger[@]}"}
  fi
  say "== summary (all of it is in $RESULTS)"
  grep -h -E '^(result|warning):' "$RESULTS"/*.txt
}

main "$@"
