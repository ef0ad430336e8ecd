# Release builds of sources that changed since the last build; sourced after setup.sh. The development build, in a folder of its
# own, is dev-build.mjs.

EDGE_SOURCES="Cargo.toml Cargo.lock core images schema storage storage-d1 durable-objects workers wrangler.toml"
IMAGES_SOURCES="Cargo.toml Cargo.lock images workers/images"
# The documentation is part of the web app's files.
WEB_SOURCES="web package-lock.json docs schema/api ARCHITECTURE.md SECURITY.md bench/README.md"

build_web() {
  local state
  # shellcheck disable=SC2086
  state=$(node scripts/lib/fingerprint.mjs $WEB_SOURCES)
  [ -f web/dist/index.html ] && is_stamped web "$state" && return
  unstamp web
  timed "building the web app" npm run build --silent --workspace web
  stamp web "$state"
}

# run_worker_build CRATE OUTPUT OPTION... worker-build downloads a tool that no variable names, so each must exist.
run_worker_build() {
  local crate=$1 output=$2 tool
  shift 2
  export WASM_BINDGEN_BIN=$TOOLS/cargo/bin/wasm-bindgen
  export WASM_OPT_BIN=$ROOT/node_modules/binaryen/bin/wasm-opt
  export ESBUILD_BIN=$ROOT/node_modules/esbuild/bin/esbuild
  for tool in "$WASM_BINDGEN_BIN" "$WASM_OPT_BIN" "$ESBUILD_BIN"; do
    [ -x "$tool" ] || die "$tool is missing: remove .tools/stamps and run scripts/setup"
  done
  rm -rf "$crate/build"
  (cd "$crate" && "$TOOLS/cargo/bin/worker-build" "$@") || return 1
  mkdir -p "$(dirname "$output")"
  rm -rf "$output"
  mv "$crate/build" "$output"
}

# edge_state: fingerprint of the edge's sources and tools.
edge_state() {
  # shellcheck disable=SC2086
  printf '%s %s %s %s\n' "$(node scripts/lib/fingerprint.mjs $EDGE_SOURCES)" "$(rustc --version)" \
    "$(locked_version wasm-bindgen)" "$WORKER_BUILD_VERSION"
}

build_edge() {
  local state
  state=$(edge_state)
  [ -f build/index_bg.wasm ] && is_stamped edge "$state" && return
  unstamp edge
  timed "building the edge (WebAssembly, optimised)" run_worker_build workers/edge build --release
  node scripts/lib/bundle.mjs
  stamp edge "$state"
}

# The images Worker. Its output is copied into the edge's, which a build of the edge replaces.
build_images() {
  local state built=target/images-release
  # shellcheck disable=SC2086
  state="$(node scripts/lib/fingerprint.mjs $IMAGES_SOURCES) $(rustc --version) $(locked_version wasm-bindgen) $WORKER_BUILD_VERSION"
  if ! [ -f "$built/index_bg.wasm" ] || ! is_stamped images "$state"; then
    unstamp images
    timed "building the images Worker (WebAssembly, optimised)" run_worker_build workers/images "$built" --release
    stamp images "$state"
  fi
  mkdir -p build/images
  cp "$built/index.js" "$built/index_bg.wasm" build/images/
}

# The storage contract suite as a worker, for the tests: fast to compile rather than to run.
build_contract() {
  local state
  state=$(edge_state)
  [ -f target/d1-contract/index_bg.wasm ] && is_stamped contract "$state" && return
  unstamp contract
  timed "building the storage contract suite (WebAssembly)" run_worker_build storage-d1/contract target/d1-contract \
    --profile dev-edge --no-opt
  stamp contract "$state"
}

build_all() {
  build_web
  build_edge
  build_images
}
