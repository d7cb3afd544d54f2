#!/usr/bin/env bash
# Every shell script of the project parses, opens with its interpreter and can be executed (sourced
# ones aside), and each entry point names only scripts that exist.
#   scripts.sh ROOT
set -uo pipefail
cd -- "$1" || exit 1
status=0
finding() {
  echo "$1"
  status=1
}
for script in scripts/*.sh tests/checks/*.sh .ci/run; do
  bash -n "$script" || finding "$script: does not parse"
  if head -n 1 "$script" | grep -q '^# Sourced'; then continue; fi
  [ "$(head -n 1 "$script")" = '#!/usr/bin/env bash' ] || finding "$script: first line is not #!/usr/bin/env bash"
  [ -x "$script" ] || finding "$script: is not executable"
  grep -q -E '^set -e?uo pipefail|^source .*common\.sh' "$script" ||
    finding "$script: neither sets -uo pipefail nor sources common.sh"
done
for named in $(grep -rhoE '\bscripts/[a-z0-9-]+\.sh' --include='*.md' --include='*.sh' --include='*.txt' . --exclude-dir='build*' | sort -u); do
  [ -e "$named" ] || finding "$named: named, but does not exist"
done
exit "$status"
