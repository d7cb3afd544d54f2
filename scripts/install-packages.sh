#!/usr/bin/env bash
# Installs the Debian packages of the named groups; ends at once if they are installed.
#   scripts/install-packages.sh build|test|check|avx512|bench...
# Root runs apt itself; others need sudo without a password, or get the command to run.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

readonly LOCK_WAIT=300 # seconds to wait for another apt

packages_of() {
  case $1 in
    # compilers and libraries of the library and the program
    build) echo cmake ninja-build g++ libc6-dev libhwy-dev libtomlplusplus-dev nlohmann-json3-dev \
      libcli11-dev zlib1g-dev libxxhash-dev libfmt-dev libfast-float-dev libarchive-dev liblzma-dev libspng-dev \
      libturbojpeg0-dev libcurl4-openssl-dev libssl-dev ca-certificates ;;
    # also needed by scripts/test.sh
    test) echo git libgtest-dev librapidcheck-dev clang clang-tidy clang-format libclang-rt-14-dev \
      python3-minimal python3-numpy ccache xxhash pkgconf ;;
    # also needed by scripts/check.sh: another, emulated CPU; what metrics are compared with
    check) echo qemu-user-static g++-aarch64-linux-gnu python3-sklearn ;;
    # an emulated CPU with AVX-512 (scripts/avx512-under-bochs.sh)
    avx512) echo bochs bochs-term bochsbios vgabios isolinux syslinux-common xorriso busybox-static cpio ;;
    # the peers of bench/
    bench) echo python3-torch python3-numpy python3-sklearn python3-xgboost python3-pandas libopenblas0-pthread libdnnl-dev ocl-icd-opencl-dev ;;
    *) return 1 ;;
  esac
}

# Prints those of the named packages that are not installed, one per line.
missing_of() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' || true)
  printf '%s\n' "$@" | sort -u | grep -vxF -e "$installed" || true
}

# apt_get COMMAND...: runs apt-get as root and waits while another apt runs. This script waits for the lock
# of the package lists itself: apt's option covers the installation only.
apt_get() {
  local until=$((SECONDS + LOCK_WAIT))
  while true; do
    if alive "apt-get $1" "$LOG" logged "$LOG" "${AS_ROOT[@]}" apt-get \
      -o "DPkg::Lock::Timeout=$LOCK_WAIT" -o Acquire::Retries=3 "$@"; then
      return 0
    fi
    tail -n 5 -- "$LOG" | grep -q 'Could not get lock' || return 1
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 2
  done
}

main() {
  [ $# -gt 0 ] || fail "which group? build, test, check, avx512 or bench"
  local wanted=() group list missing
  for group in "$@"; do
    list=$(packages_of "$group") || fail "no group \"$group\": build, test, check, avx512 or bench"
    # shellcheck disable=SC2206  # one package per word
    wanted+=($list)
  done
  command -v dpkg-query >/dev/null || fail "needs Debian's dpkg; install by hand: ${wanted[*]}"
  missing=$(missing_of "${wanted[@]}" | tr '\n' ' ')
  missing=${missing% }
  [ -n "$missing" ] || return 0

  AS_ROOT=(env "DEBIAN_FRONTEND=$DEBIAN_FRONTEND")
  if [ "$(id -u)" -ne 0 ]; then
    local by_hand="apt-get update && apt-get install -y --no-install-recommends $missing"
    command -v sudo >/dev/null || fail "packages are missing; as root run: $by_hand"
    sudo -n true 2>/dev/null || fail "packages are missing and sudo asks for a password; run: sudo sh -c '$by_hand'"
    AS_ROOT=(sudo -n "${AS_ROOT[@]}")
  fi
  LOG=$(mktemp "${TMPDIR:-/tmp}/forknet-packages-XXXXXX.log") || fail "cannot write a log in ${TMPDIR:-/tmp}"
  say "installing: $missing"
  apt_get update || fail "apt-get update failed; the log is $LOG"
  # shellcheck disable=SC2086  # one package per word
  apt_get install -y --no-install-recommends $missing || fail "apt-get install failed; the log is $LOG"
  missing=$(missing_of "${wanted[@]}" | tr '\n' ' ')
  [ -z "$missing" ] || fail "still missing after apt-get install: $missing; the log is $LOG"
  rm -f -- "$LOG"
}

main "$@"
