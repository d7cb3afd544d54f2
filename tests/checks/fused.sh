#!/usr/bin/env bash
# The built libraries contain no fmaddsub or fmsubadd instruction: GCC 12 generates them from a*b + c*d
# beside a*b - c*d, even with -ffp-contract=off, and forknet never uses them. Usage: fused.sh FOLDER-OF-LIBRARIES
set -euo pipefail
found=0
for library in "$1"/libforknet_*.a; do
  found=$((found + 1))
  if objdump -d --no-show-raw-insn "$library" | grep -m1 -E 'vfm(addsub|subadd)'; then
    echo "$library: the compiler fused what the source does not; see docs/numerics.md"
    exit 1
  fi
done
[ "$found" -gt 0 ] || { echo "$1: holds no libforknet_*.a"; exit 1; }
