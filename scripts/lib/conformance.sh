# schemathesis, which generates requests from the OpenAPI document. It needs Python, and nothing else does; where it cannot be had, its
# stage is skipped and says why.

SCHEMATHESIS_VERSION=4.32.5
SCHEMATHESIS=$TOOLS/schemathesis/bin/schemathesis

has_schemathesis() { [ -x "$SCHEMATHESIS" ] && "$SCHEMATHESIS" --version 2>/dev/null | grep -qF "$SCHEMATHESIS_VERSION"; }

# Sets CAMPANA_NO_SCHEMATHESIS to the reason where it is missing.
need_schemathesis() {
  if has_schemathesis; then return; fi
  if ! python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    CAMPANA_NO_SCHEMATHESIS="Python 3.10 or later with venv is not installed"
    return
  fi
  local step="installing schemathesis $SCHEMATHESIS_VERSION" began=$SECONDS
  say "$step ..."
  rm -rf "$TOOLS/schemathesis"
  if python3 -m venv "$TOOLS/schemathesis" &&
    "$TOOLS/schemathesis/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS_VERSION" && has_schemathesis; then
    say "$step: $((SECONDS - began)) s"
  else
    CAMPANA_NO_SCHEMATHESIS="schemathesis cannot be installed from PyPI"
  fi
}

# run_conformance [option...]: options of tests/conformance/run.mjs.
run_conformance() {
  if [ -n "${CAMPANA_NO_SCHEMATHESIS:-}" ]; then
    say "ok 1 - the API as its document describes it # SKIP $CAMPANA_NO_SCHEMATHESIS"
    return
  fi
  node tests/conformance/run.mjs "$SCHEMATHESIS" "$@"
}
