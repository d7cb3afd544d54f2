#!/usr/bin/env bash
# All checks that take longer than scripts/test.sh: the suite with all its cases, accuracies over five
# seeds, all sanitizers over the whole suite, every instruction set, 5,000 random layouts, another CPU,
# AVX-512 emulated where the CPU has none, the quickstart, a project that fetches and builds forknet. An
# hour or more.
#   scripts/check.sh [quickstart|library|full|accuracy|tidy|sanitizers|targets|layouts|crash|aarch64|avx512|fuzz...]   (default: all of them)
# Continues after a failure and names all failures at the end. Works in build-test/ and build-check/.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
step_tail=60
WORK=$ROOT/build-check

# From a copy of the tracked files to a trained network, in the C locale and without a terminal. A second run
# repeats no finished step. Then forknet bench.
check_quickstart() {
  local copy=$WORK/quickstart round
  rm -rf -- "$copy"
  mkdir -p -- "$copy"
  git -C "$ROOT" -c "safe.directory=$ROOT" archive HEAD | tar -x -C "$copy"
  for round in first second; do
    step "the $round quickstart" "$WORK/quickstart-$round.log" env LC_ALL=C TERM=dumb bash "$copy/scripts/quickstart.sh"
    grep -qE '^ *weights ' "$WORK/quickstart-$round.log" || fail "no result; the log is $WORK/quickstart-$round.log"
  done
  [ "$(grep -c '^draw the digits' "$WORK"/quickstart-*.log | cut -d: -f2 | tr '\n' ' ')" = '1 0 ' ] ||
    fail "the digits were not drawn once; the logs are $WORK/quickstart-*.log"
  step "forknet bench" "$WORK/bench.log" bash -c '"$1" bench --json | python3 -m json.tool' - "$copy/build/forknet"
}

# Another project fetches forknet and builds it as a part of its own build, with Makefiles; the suite only
# configures that.
check_library() {
  local folder=$WORK/library
  rm -rf -- "$folder"
  mkdir -p -- "$folder"
  cp -- "$ROOT"/examples/library/* "$folder"
  cat >"$folder/fetch.cmake" <<FETCH
include(FetchContent)
FetchContent_Declare(forknet GIT_REPOSITORY "$ROOT" GIT_TAG HEAD)
FetchContent_MakeAvailable(forknet)
enable_testing()
FETCH
  step "configure a project that fetches forknet" "$folder/configure.log" \
    env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory "GIT_CONFIG_VALUE_0=$ROOT/.git" \
    cmake -S "$folder" -B "$folder/build" -G "Unix Makefiles" -DCMAKE_PROJECT_forknet_examples_INCLUDE="$folder/fetch.cmake"
  step "build it" "$folder/build.log" cmake --build "$folder/build" -j "$JOBS"
  step "run its programs" "$folder/run.log" ctest --test-dir "$folder/build" --output-on-failure --no-tests=error
}

# The tests of the suite that try a part of what they can in scripts/test.sh.
check_full() {
  step "the suite with all its cases" "$WORK/full.log" env FORKNET_TEST_SHARE=100 ctest --test-dir build-test \
    --output-on-failure -j "$((JOBS + 2))" -E '^(build|asan|tsan|check|example)[.]'
}

train_json() { # train_json COMMAND...: prints the output of `COMMAND... --json`; the log is $WORK/train.log
  alive "a training" "$WORK/train.log" bash -c 'log=$1 && shift && exec "$@" --json 2>"$log"' - "$WORK/train.log" "$@"
}
train_digest() { # train_digest COMMAND...: prints the digest of the weights
  train_json "$@" | sed -n 's/.*"weights_digest":"\([^"]*\)".*/\1/p'
}

# The whole suite under sanitizer FLAGS with Clang, in $WORK/NAME.
sanitized_suite() { # NAME FLAGS
  build "with $1" "$WORK/$1" -- -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=None \
    "-DCMAKE_CXX_FLAGS=-O1 -g1 -D_GLIBCXX_ASSERTIONS" "-DFORKNET_SANITIZE=$2" -DFORKNET_TESTS=ON \
    -DFORKNET_CHECKS=OFF
  step "the suite with $1" "$WORK/$1.log" bash "$ROOT/tests/checks/sanitized.sh" \
    ctest --test-dir "$WORK/$1" --output-on-failure --timeout 3600 -j "$JOBS"
}

check_sanitizers() {
  sanitized_suite asan "address;undefined"
  sanitized_suite tsan thread
}

# Short trainings end on the same digest for every target of this CPU and for the plain loops.
check_targets() {
  local config target digest first
  for config in "examples/xor.toml" "examples/digits.toml --set train.max_steps=300" \
    "examples/digits.toml --set train.max_steps=60 --set numerics.precision=fp64"; do
    first=
    for target in reference avx2 avx512; do
      if [ "$target" = avx512 ] && ! grep -q avx512f /proc/cpuinfo; then continue; fi
      # shellcheck disable=SC2086  # one argument per word
      digest=$(FORKNET_TARGET=$target train_digest build-test/forknet train $config)
      [ -n "$digest" ] || fail "training failed ($target, $config); the log is $WORK/train.log"
      [ "${first:=$digest}" = "$digest" ] || fail "$config: $target gives $digest, not $first"
    done
    say "same bits on every target: $config ($first)"
  done
}

# Not in the suite: it takes some five minutes on two CPUs.
check_tidy() {
  step "clang-tidy" "$WORK/tidy.log" python3 tests/checks/tidy.py "$ROOT" clang-tidy build-test "$JOBS" \
    long src apps
}

check_aarch64() {
  local folder=$WORK/aarch64 digest here config
  local emulated=(qemu-aarch64-static -L /usr/aarch64-linux-gnu
    -E "LD_LIBRARY_PATH=$folder/packages/root/usr/lib/aarch64-linux-gnu:$folder/packages/root/lib/aarch64-linux-gnu")
  fetch_packages "$folder/packages" arm64 libhwy-dev libhwy1 zlib1g-dev zlib1g libxxhash-dev libxxhash0 \
    libfmt-dev libfmt9 libgtest-dev librapidcheck-dev nlohmann-json3-dev libtomlplusplus-dev \
    libtomlplusplus3 libcli11-dev libfast-float-dev libarchive-dev libarchive13 libacl1 libbz2-1.0 liblz4-1 \
    libnettle8 libxml2 libicu72 libzstd1 liblzma-dev liblzma5 libspng-dev libspng0 libturbojpeg0-dev libturbojpeg0 \
    libcurl4-openssl-dev libcurl4 libssl-dev libssl3
  build "for aarch64" "$folder/build" forknet forknet_tests_math -- -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_TOOLCHAIN_FILE="$ROOT/cmake/toolchains/aarch64.cmake" -DFORKNET_TESTS=ON -DFORKNET_CHECKS=OFF \
    "-DFORKNET_AARCH64_ROOT=$folder/packages/root"
  step "kernels on aarch64" "$folder/math.log" env FORKNET_TEST_SHARE=20 "${emulated[@]}" \
    "$folder/build/tests/forknet_tests_math" --gtest_brief=1
  for config in "examples/xor.toml" "examples/digits.toml --set train.max_steps=100"; do
    # shellcheck disable=SC2086  # one argument per word
    here=$(train_digest build-test/forknet train $config)
    # shellcheck disable=SC2086
    digest=$(FORKNET_TARGET=neon train_digest "${emulated[@]}" "$folder/build/forknet" train $config)
    [ -n "$here" ] && [ "$digest" = "$here" ] || fail "$config: aarch64 gives \"$digest\", x86-64 \"$here\"; the log is $WORK/train.log"
    say "same bits on aarch64: $config ($here)"
  done
}

check_avx512() {
  if grep -q avx512f /proc/cpuinfo; then
    say "this CPU has AVX-512: the suite and the targets' check cover it"
  else
    bash "$ROOT/scripts/avx512-under-bochs.sh"
  fi
}

# The median test accuracy over five seeds of the examples on real data.
check_accuracy() {
  local data=${FORKNET_TEST_DATA:-} example least folder seed accuracies median
  [ -n "$data" ] || return 0
  while read -r example least folder; do
    accuracies=
    for seed in 1 2 3 4 5; do
      accuracies+="$(train_json build-test/forknet train "examples/$example.toml" --grid threads \
        --set "run.seed=$seed" --set "data.train={ inputs = '$data/$folder/train-images-idx3-ubyte.gz', labels = '$data/$folder/train-labels-idx1-ubyte.gz' }" \
        --set "data.test={ inputs = '$data/$folder/t10k-images-idx3-ubyte.gz', labels = '$data/$folder/t10k-labels-idx1-ubyte.gz' }" |
        sed -n 's/.*"test":{[^}]*"accuracy":\([0-9.]*\).*/\1/p') "
    done
    # shellcheck disable=SC2086  # one argument per number
    median=$(printf '%s\n' $accuracies | sort -n | sed -n 3p)
    say "$example: test accuracy $accuracies(median $median, at least $least)"
    awk -v got="${median:-0}" -v least="$least" 'BEGIN { exit !(got >= least) }' ||
      fail "$example: the median accuracy is ${median:-missing}, not $least; the log is $WORK/train.log"
  done <<'EXAMPLES'
mnist-512-256 0.980 mnist
mnist-64-32-16 0.963 mnist
fashion 0.885 fashion
EXAMPLES
}

# New random nets and layouts each time; a failure prints how to repeat it.
check_layouts() {
  local seed
  seed=${FORKNET_TEST_SEED:-$(date +%s)}
  step "5,000 random nets in random layouts (seed $seed)" "$WORK/layouts.log" \
    env RC_PARAMS="${RC_PARAMS:-max_success=5000 seed=$seed}" \
    build-test/tests/forknet_tests_grid --gtest_filter='RandomLayouts.*'
}

# Every failpoint in every layout at every hit, a kill at each of 1,000 steps, every call of saving and
# loading, 10,000 random kills, ten million simulated lives, power cuts with many disks drawn at every call,
# long storms of orders, ten minutes of everything at once.
check_crash() {
  step "the whole crash matrix" "$WORK/crash.log" env FORKNET_CRASH=all FORKNET_CRASH_KILLS=10000 \
    python3 tests/crash/crash_test.py build-test/forknet .
  step "the same of models that train apart" "$WORK/average_crash.log" env FORKNET_CRASH=all \
    FORKNET_CRASH_KILLS=10000 python3 tests/crash/average_crash_test.py build-test/forknet
  step "ten million lives of a Supervisor" "$WORK/simulation.log" env FORKNET_TEST_SHARE=1000 \
    FORKNET_TEST_SEED="${FORKNET_TEST_SEED:-$(date +%s)}" build-test/tests/forknet_tests_simulation \
    --gtest_filter='Simulation.*'
  step "power cuts" "$WORK/power.log" env FORKNET_POWER_DRAWS=40 FORKNET_POWER_RESUMES=3000 FORKNET_POWER_CUTS=20 \
    build-test/tests/forknet_tests_crash
  step "storms of orders" "$WORK/storms.log" env PYTHONDONTWRITEBYTECODE=1 FORKNET_STORM_ORDERS=1500 \
    FORKNET_TEST_SEED="${FORKNET_TEST_SEED:-$(date +%s)}" \
    python3 tests/apps/control_test.py build-test/forknet ControlTest.test_a_storm_of_orders_and_signals_changes_no_bit
  step "everything at once" "$WORK/soak.log" env PYTHONDONTWRITEBYTECODE=1 \
    python3 tests/crash/soak.py build-test/forknet --minutes 10
}

# Runs libFuzzer on every parser for FORKNET_FUZZ_SECONDS (60).
check_fuzz() {
  step "fuzzing" "$WORK/fuzz.log" bash tests/fuzz/run.sh "$WORK/fuzz"
}

all=(quickstart library full accuracy tidy sanitizers targets layouts crash aarch64 avx512 fuzz)
for name in "$@"; do
  [[ " ${all[*]} " == *" $name "* ]] || fail "no check \"$name\": ${all[*]}"
done
bash "$ROOT/scripts/install-packages.sh" build test check
mkdir -p -- "$WORK"
find_test_data
cd "$ROOT"
export FORKNET_RUN_DIR=$WORK/runs
build "the tests" build-test -- -DCMAKE_BUILD_TYPE=Release -DFORKNET_TESTS=ON -DFORKNET_WERROR=ON
[ -d data/digits ] || step "draw the digits" "$WORK/digits.log" build-test/forknet data digits data/digits
failed=()
[ $# -gt 0 ] || set -- "${all[@]}"
for name in "$@"; do
  say "== $name"
  set +e # so that set -e works in the subshell
  (set -e && "check_$name")
  [ $? -eq 0 ] || failed+=("$name")
  set -e
done
[ ${#failed[@]} -eq 0 ] || fail "failed: ${failed[*]}"
say "all checks passed: $*"
