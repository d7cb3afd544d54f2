#!/usr/bin/env bash
# From a fresh clone on Debian 12 to a trained network: installs what is missing, builds
# build/forknet, draws the digits, trains on them and prints the result.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

bash "$ROOT/scripts/install-packages.sh" build
cd "$ROOT"
build forknet build -- -DCMAKE_BUILD_TYPE=Release -DFORKNET_TOGETHER=ON
if ! ls data/digits/{train-images-idx3,train-labels-idx1,t10k-images-idx3,t10k-labels-idx1}-ubyte.gz >/dev/null 2>&1; then
  step "draw the digits" build/digits.log build/forknet data digits data/digits
fi
build/forknet train examples/digits.toml || fail "training failed (exit $?): build/forknet train examples/digits.toml"
