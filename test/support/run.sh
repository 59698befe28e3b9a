#!/usr/bin/env bash
# Runs every test and closes with the line `N passed, N failed`. Arguments go to `bun test`.
set -uo pipefail
out=$(mktemp)
trap 'rm -f "$out"' EXIT
if ! command -v chromium >/dev/null; then
  echo "NOTE: no chromium on the PATH: the browser tests are skipped (Debian: apt-get install chromium)" >&2
fi
if [[ ! -x .bun/agents/node_modules/opencode-linux-x64/bin/opencode ]]; then
  echo "NOTE: opencode could not be fetched: what is tried with a real coding agent is skipped" >&2
fi
if ! command -v bwrap >/dev/null; then
  echo "NOTE: no bubblewrap on the PATH: what it hides is not tried (Debian: apt-get install bubblewrap)" >&2
fi
# A busy machine takes its time, and long rounds take more; only a test that fails takes all of this.
"$BUN" test --timeout "$([[ ${RUIN:-} == long ]] && echo 120000 || echo 30000)" "$@" 2>&1 | tee "$out"
status=${PIPESTATUS[0]}
# A file that throws while it loads is counted as an error and not as a failure: both are failures.
awk '/^ *[0-9]+ pass$/{p=$1} /^ *[0-9]+ fail$/{f=$1} /^ *[0-9]+ errors?$/{e=$1} /^ *[0-9]+ skip$/{s=$1}
     END{printf "%d passed, %d failed%s\n", p, f+e, (s > 0 ? ", " s " skipped" : "")}' "$out"
exit "$status"
