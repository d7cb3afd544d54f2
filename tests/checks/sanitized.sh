#!/usr/bin/env bash
# Runs a sanitized program so that any finding fails it, without address space randomisation if that is
# allowed: ThreadSanitizer of Clang 14 cannot start with the highest randomisation.
set -euo pipefail
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
export FORKNET_TEST_SHARE=${FORKNET_SANITIZED_SHARE:-10} # percent of the cases
if setarch -R true 2>/dev/null; then exec setarch -R "$@"; fi
exec "$@"
