#!/usr/bin/env bash
# Runs kernel tests and short trainings on an emulated CPU with AVX-512, for machines without one:
# a Debian kernel with the programs in its initramfs boots from an ISO image in Bochs and answers over
# the serial line. The trainings must end on the digests that this machine's own CPU gives.
# Installs only the packages of group avx512. Takes a quarter of an hour.
#   scripts/avx512-under-bochs.sh [BUILD]      (default: build-test)
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

BUILD=$(cd -- "${1:-$ROOT/build-test}" && pwd -P)
WORK=$ROOT/build-check/avx512
GUEST=$WORK/guest
# Without the accuracies of functions: they are compared with the C library's long double, whose logarithm
# is off by several units of a double on the emulated x87 (the plain-loop reference also fails there, and
# passes on real CPUs). The functions' bits are still compared.
TESTS=${FORKNET_AVX512_TESTS:-*Kernels*:*Target*:*Function*-*within*}
SHARE=${FORKNET_AVX512_SHARE:-2}   # percent of the random cases: about 45 million instructions a second
LIMIT=${FORKNET_AVX512_LIMIT:-3600} # seconds

# The trainings, one per line: arguments of `forknet train`. They run here and in the guest.
trainings() {
  cat <<'LIST'
examples/xor.toml --set train.epochs=20
examples/digits.toml --set train.max_steps=12
examples/digits.toml --set train.max_steps=4 --set numerics.precision=fp64
LIST
}

# put FILE PATH: copies a program or file into the guest, with the libraries it is linked to.
put() {
  mkdir -p -- "$GUEST/$(dirname -- "$2")"
  cp -L -- "$1" "$GUEST/$2"
  ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p -- "$GUEST/$(dirname -- "$library")"
    [ -e "$GUEST/$library" ] || cp -L -- "$library" "$GUEST/$library"
  done
}

# The guest's init: all its output goes over the serial line.
guest_init() {
  cat <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm && mount -t tmpfs shm /dev/shm
exec >/dev/ttyS0 2>&1
export HOME=/ FORKNET_TARGET=avx512 FORKNET_TEST_SHARE=SHARE_OF_CASES
ulimit -c 0
cd /
grep -q avx512f /proc/cpuinfo && echo "guest: the CPU has avx512f"
/tests --gtest_brief=1 --gtest_filter='TESTS_TO_RUN' >/log 2>&1
echo "guest: tests exit $?"
grep -v '^seed' /log | tail -n 40
while read -r line; do
  /forknet train $line --json </dev/null >/result 2>/log || tail -n 10 /log
  echo "guest: digest $(sed -n 's/.*"weights_digest":"\([^"]*\)".*/\1/p' /result) of $line"
done </trainings
echo "guest: done"
sleep 2
poweroff -f
INIT
}

make_image() {
  local iso=$WORK/iso kernel
  rm -rf -- "$GUEST" "$iso"
  mkdir -p -- "$GUEST"/{bin,dev,proc,sys,tmp} "$iso/isolinux"
  put /bin/busybox bin/busybox
  put "$BUILD/forknet" forknet
  put "$BUILD/tests/forknet_tests_math" tests
  cp -r -- "$ROOT/examples" "$GUEST/examples"
  mkdir -p -- "$GUEST/data"
  cp -r -- "$ROOT/data/digits" "$GUEST/data/digits"
  trainings >"$GUEST/trainings"
  guest_init | sed "s|TESTS_TO_RUN|$TESTS|; s|SHARE_OF_CASES|$SHARE|" >"$GUEST/init"
  chmod +x "$GUEST/init"
  (cd -- "$GUEST" && find . | cpio -o -H newc --quiet | gzip -1) >"$iso/initrd.gz"
  kernel=$(ls "$WORK"/kernel/root/boot/vmlinuz-*)
  cp -- "$kernel" "$iso/vmlinuz"
  cp -- /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/isolinux/"
  # Bochs 2.7 reports a size for XSAVEC that the kernel rejects; the guest works without XSAVEC.
  cat >"$iso/isolinux/isolinux.cfg" <<'BOOT'
DEFAULT forknet
PROMPT 0
LABEL forknet
 KERNEL /vmlinuz
 INITRD /initrd.gz
 APPEND console=ttyS0,115200 quiet panic=-1 nosmp mitigations=off tsc=reliable clearcpuid=xsavec,xsaves
BOOT
  xorriso -as mkisofs -o "$WORK/forknet.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat \
    -no-emul-boot -boot-load-size 4 -boot-info-table "$iso"
}

bochs_settings() {
  cat <<SETTINGS
display_library: term
cpu: model=corei7_skylake_x, count=1, ips=100000000, reset_on_triple_fault=0
memory: guest=1024, host=1024
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=$WORK/forknet.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$WORK/serial.txt
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
clock: sync=none
log: $WORK/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
SETTINGS
}

# Bochs ends with a "panic" when the guest powers off, so its exit status is ignored. It needs a
# terminal, which script(1) provides, and a "continue" command if it is built with its debugger.
run_bochs() {
  rm -f -- "$WORK/serial.txt"
  bochs_settings >"$WORK/bochsrc"
  echo c >"$WORK/continue"
  TERM=linux timeout "$LIMIT" script -qec \
    "stty cols 100 rows 50; exec bochs -q -f $WORK/bochsrc -rc $WORK/continue" /dev/null || true
  grep -q 'guest: done' "$WORK/serial.txt"
}

digest_here() {
  (cd -- "$ROOT" && FORKNET_RUN_DIR=$WORK/runs "$BUILD/forknet" train $1 --json 2>/dev/null) |
    sed -n 's/.*"weights_digest":"\([^"]*\)".*/\1/p'
}

report_result() {
  local failed=0 here there line
  grep -a 'guest: ' "$WORK/serial.txt"
  grep -aq 'guest: the CPU has avx512f' "$WORK/serial.txt" || fail "the emulated CPU has no AVX-512; the serial line is in $WORK/serial.txt"
  grep -aq 'guest: tests exit 0' "$WORK/serial.txt" || failed=1
  while read -r line; do
    here=$(digest_here "$line")
    there=$(sed -n "s|\r||; s|^guest: digest \(.*\) of $line\$|\1|p" "$WORK/serial.txt")
    if [ -z "$here" ] || [ "$here" != "$there" ]; then
      say "differs from $here: $line"
      failed=1
    fi
  done < <(trainings)
  [ "$failed" -eq 0 ] || fail "AVX-512 under Bochs: failed; the serial line is in $WORK/serial.txt"
  say "AVX-512 under Bochs: tests pass, $(trainings | wc -l) trainings end on the digests of this CPU"
}

bash "$ROOT/scripts/install-packages.sh" avx512
[ -x "$BUILD/forknet" ] || fail "no forknet in $BUILD; run scripts/test.sh first"
fetch_packages "$WORK/kernel" amd64 linux-image-cloud-amd64 'linux-image-*'
cd "$ROOT"
[ -d data/digits ] || step "draw the digits" "$WORK/digits.log" "$BUILD/forknet" data digits data/digits
step "make the image" "$WORK/image.log" make_image
step "boot it in Bochs" "$WORK/bochs.out" run_bochs
report_result
