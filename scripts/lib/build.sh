# Builds what changed since the last build; sourced after setup.sh.

BUNDLE_LIMIT_KIB=1536
EDGE_SOURCES="Cargo.toml Cargo.lock core schema durable-objects workers wrangler.toml"
WEB_SOURCES="web package-lock.json"

build_web() {
  local state
  # shellcheck disable=SC2086
  state=$(node scripts/lib/fingerprint.mjs $WEB_SOURCES)
  [ -f web/dist/index.html ] && is_stamped web "$state" && return
  unstamp web
  timed "building the web app" npm run build --silent --workspace web
  stamp web "$state"
}

# worker-build downloads what these do not name, so each must exist.
run_worker_build() {
  local tool
  export WASM_BINDGEN_BIN=$TOOLS/cargo/bin/wasm-bindgen
  export WASM_OPT_BIN=$ROOT/node_modules/binaryen/bin/wasm-opt
  export ESBUILD_BIN=$ROOT/node_modules/esbuild/bin/esbuild
  for tool in "$WASM_BINDGEN_BIN" "$WASM_OPT_BIN" "$ESBUILD_BIN"; do
    [ -x "$tool" ] || die "$tool is missing: remove .tools/stamps and run scripts/setup"
  done
  rm -rf workers/edge/build
  (cd workers/edge && "$TOOLS/cargo/bin/worker-build" --release) || return 1
  rm -rf build
  mv workers/edge/build build
}

build_edge() {
  local state
  # shellcheck disable=SC2086
  state="$(node scripts/lib/fingerprint.mjs $EDGE_SOURCES) $(rustc --version) $(locked_version wasm-bindgen) $WORKER_BUILD_VERSION"
  if [ ! -f build/index_bg.wasm ] || ! is_stamped edge "$state"; then
    unstamp edge
    timed "building the edge (WebAssembly)" run_worker_build
    stamp edge "$state"
  fi
  node scripts/lib/bundle.mjs "$BUNDLE_LIMIT_KIB"
}

build_all() {
  build_web
  build_edge
}
