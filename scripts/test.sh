#!/usr/bin/env bash
# Installs what the tests need, builds with warnings as errors and runs the whole suite through
# CTest; arguments go to ctest (scripts/test.sh -R Loader).
# FORKNET_TEST_SHARE: percent of the random and repeated cases (25), all of them in scripts/check.sh full.
# FORKNET_TEST_DATA: a folder with mnist/ and fashion/ for the tests on real data.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
step_tail=60

bash "$ROOT/scripts/install-packages.sh" build test
build "the tests" "$ROOT/build-test" -- -DCMAKE_BUILD_TYPE=Release -DFORKNET_TESTS=ON -DFORKNET_WERROR=ON -DFORKNET_TOGETHER=ON
find_test_data
export FORKNET_TEST_SHARE=${FORKNET_TEST_SHARE:-25}
# More jobs than cores: many tests wait for processes, ends of pipes or a deadline.
exec ctest --test-dir "$ROOT/build-test" --output-on-failure -j "$((JOBS + 2))" "$@"
