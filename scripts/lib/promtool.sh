# promtool for the test of /metrics, installed from Debian's package if it is missing. Where it cannot be had, the test is skipped,
# and the summary names the reason.

# Sets CAMPANA_NO_PROMTOOL to the reason where promtool is missing.
need_promtool() {
  if command -v promtool >/dev/null; then return; fi
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    export CAMPANA_NO_PROMTOOL="promtool is not installed, and only root can install it, with apt-get"
    return
  fi
  local step="installing promtool from Debian's package prometheus" began=$SECONDS
  say "$step ..."
  apt-get update -qq || true
  if apt-get install -y -qq --no-install-recommends prometheus >/dev/null && command -v promtool >/dev/null; then
    say "$step: $((SECONDS - began)) s"
  else
    export CAMPANA_NO_PROMTOOL="promtool cannot be installed: Debian's packages are unreachable, or lack it"
    say "$step: failed after $((SECONDS - began)) s; its test is skipped"
  fi
}
