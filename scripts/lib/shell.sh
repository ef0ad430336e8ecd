# Sourced first by every command: strict mode, the repository's root as working directory, plain messages.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TOOLS=$ROOT/.tools
cd "$ROOT"
mkdir -p "$TOOLS/stamps"

# No command asks questions or reports home.
export WRANGLER_SEND_METRICS=false CLOUDFLARE_CF_FETCH_ENABLED=false DO_NOT_TRACK=1 NPM_CONFIG_YES=true
export DEBIAN_FRONTEND=noninteractive

# Colours are for people at a terminal.
COLOR=auto
if [ ! -t 1 ]; then
  COLOR=never
  export NO_COLOR=1 CARGO_TERM_COLOR=never
fi

say() { printf '%s\n' "$*"; }

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# timed <what> <command...>: says what begins, runs it, says how long it took.
timed() {
  local what=$1 began=$SECONDS
  shift
  say "$what ..."
  "$@" || die "$what: failed"
  say "$what: $((SECONDS - began)) s"
}

# A stamp remembers the state of the world in which a step was last completed.
is_stamped() { [ -f "$TOOLS/stamps/$1" ] && [ "$(cat "$TOOLS/stamps/$1")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$TOOLS/stamps/$1"; }
unstamp() { rm -f "$TOOLS/stamps/$1"; }
