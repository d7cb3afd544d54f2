#!/usr/bin/env bash
# scripts/install-packages.sh on a simulated system: it never asks, installs only missing packages, and
# says in one line what an ordinary user must do or what failed.
#   install_packages.sh ROOT
set -euo pipefail
script=$1/scripts/install-packages.sh
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
mkdir "$scratch/bin"
export PATH=$scratch/bin:/usr/bin:/bin TMPDIR=$scratch

fake() { # fake NAME BODY: a program of that name
  printf '#!/bin/bash\n%s\n' "$2" >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}
run() { # runs the script; output in $out, exit status in $status
  status=0
  out=$("$script" "$@" 2>&1 </dev/null) || status=$?
}
expect() { # expect WHAT CONDITION...
  local what=$1
  shift
  if ! "$@"; then
    printf 'FAILED: %s\nexit %s, output:\n%s\n' "$what" "$status" "$out"
    exit 1
  fi
}
says() { grep -q -- "$1" <<<"$out"; }
one_line() { [ "$(wc -l <<<"$out")" -eq 1 ]; }

# The simulated dpkg lists what the simulated apt has installed.
fake dpkg-query 'shift 3; for p in "$@"; do [ -e "'"$scratch"'/have-$p" ] && echo "ii $p"; done; true'
fake apt-get 'echo "$@" >>"'"$scratch"'/calls"
case "$*" in
  *" install "*) [ -z "${APT_FAILS:-}" ] || exit 100; for p in "$@"; do case $p in -*|install) ;; *) touch "'"$scratch"'/have-$p" ;; esac; done ;;
esac'
fake sudo '[ "$1" = -n ] && shift; exec "$@"'

fake id 'echo 1000'
fake sudo 'exit 1'
run bench
expect "sudo that asks: refused" [ "$status" -eq 1 ]
expect "sudo that asks: the command is printed" says 'sudo sh -c .apt-get update && apt-get install'
expect "sudo that asks: one line" one_line
expect "sudo that asks: apt is left alone" [ ! -e "$scratch/calls" ]

if [ ! -e /usr/bin/sudo ] && [ ! -e /bin/sudo ]; then
  rm "$scratch/bin/sudo"
  run bench
  expect "no sudo: refused" [ "$status" -eq 1 ]
  expect "no sudo: the command is printed" says 'as root run: apt-get update && apt-get install'
fi

fake sudo '[ "$1" = -n ] && shift; exec "$@"'
APT_FAILS=1 run bench
expect "apt fails: refused" [ "$status" -eq 1 ]
expect "apt fails: named" says 'apt-get install failed; the log is '

touch "$scratch/have-libdnnl-dev"
rm "$scratch/calls"
run bench
expect "installs" [ "$status" -eq 0 ]
expect "the rest" grep -q 'install -y --no-install-recommends.* python3-torch' "$scratch/calls"
expect "only what is missing" eval '! grep -q libdnnl-dev "$scratch/calls"'
expect "updates once" [ "$(grep -c ' update$' "$scratch/calls")" -eq 1 ]

rm "$scratch/calls"
run bench
expect "again: nothing to do" [ "$status" -eq 0 ]
expect "again: apt is left alone" [ ! -e "$scratch/calls" ]
expect "again: silent" [ -z "$out" ]

rm "$scratch"/have-*
tries=$scratch/tries
fake apt-get 'echo x >>"'"$tries"'"; if [ "$(wc -l <"'"$tries"'")" -lt 3 ]; then echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)"; exit 100; fi
for p in "$@"; do touch "'"$scratch"'/have-$p" 2>/dev/null; done; true'
run bench
expect "a lock is waited for" [ "$status" -eq 0 ]
run nothing
expect "an unknown group: refused" [ "$status" -eq 1 ]
expect "an unknown group: named" says 'no group "nothing"'
