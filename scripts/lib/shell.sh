# Sourced first by every command: strict mode, the repository's root as working directory, messages.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TOOLS=$ROOT/.tools
cd "$ROOT"
mkdir -p "$TOOLS/stamps"

# No command prompts or sends telemetry.
export WRANGLER_SEND_METRICS=false CLOUDFLARE_CF_FETCH_ENABLED=false DO_NOT_TRACK=1 NPM_CONFIG_YES=true
export DEBIAN_FRONTEND=noninteractive

# Colours only on a terminal.
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

# timed <step> <command...>: prints the step, runs the command, prints its duration.
timed() {
  local step=$1 began=$SECONDS
  shift
  say "$step ..."
  "$@" || die "$step: failed"
  say "$step: $((SECONDS - began)) s"
}

# A stamp stores the fingerprint of the inputs with which a step was last completed.
is_stamped() { [ -f "$TOOLS/stamps/$1" ] && [ "$(cat "$TOOLS/stamps/$1")" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$TOOLS/stamps/$1"; }
unstamp() { rm -f "$TOOLS/stamps/$1"; }
