# Finds cargo, and installs the wasm target and the two tools of exact versions that a build for Workers needs.

WORKER_BUILD_VERSION=0.8.7
RUST_TARGET=wasm32-unknown-unknown

# HOME may be an empty folder (continuous integration, a test of the first start) while Rust is installed in the account's own
# home, with cargo on PATH or not.
find_cargo() {
  local account
  account=$(eval printf '%s' "~$(id -un)")
  command -v cargo >/dev/null || export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$account/.cargo/bin:$PATH"
  command -v cargo >/dev/null || die "cargo is missing: install Rust with rustup (https://rustup.rs), then run this again"
  cargo --version >/dev/null 2>&1 && return
  if [ -d "$account/.rustup/toolchains" ]; then
    export RUSTUP_HOME=${RUSTUP_HOME:-$account/.rustup}
    cargo --version >/dev/null 2>&1 && return
  fi
  command -v rustup >/dev/null || die "cargo does not run, and rustup is missing: see https://rustup.rs"
  timed "installing Rust (stable)" rustup toolchain install stable --profile minimal
  rustup default stable
}

need_target() {
  [ -d "$(rustc --print sysroot)/lib/rustlib/$RUST_TARGET" ] && return
  command -v rustup >/dev/null || die "the Rust target $RUST_TARGET is missing, and so is rustup, which installs it"
  timed "adding the Rust target $RUST_TARGET" rustup target add "$RUST_TARGET"
}

need_component() {
  cargo "$1" --version >/dev/null 2>&1 && return
  command -v rustup >/dev/null || die "cargo $1 is missing, and so is rustup, which installs it"
  timed "adding cargo $1" rustup component add "$2"
}

# need_cargo_tool <crate> <version> <binary> [cargo option...]: installs it under .tools/cargo.
# Unoptimised: most of these tools do little work, and compile in a third of the time.
need_cargo_tool() {
  local crate=$1 version=$2 binary=$TOOLS/cargo/bin/$3
  local state="$version ${*:4}"
  [ -x "$binary" ] && is_stamped "$crate" "$state" && return
  timed "installing $crate $version (a minute or two, once)" \
    env CARGO_TARGET_DIR="$TOOLS/cargo/target" CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install --locked --quiet --debug --root "$TOOLS/cargo" --force "${@:4}" "$crate@$version"
  stamp "$crate" "$state"
}

# The tools share compiled dependencies until the last one is installed.
drop_cargo_leftovers() { rm -rf "$TOOLS/cargo/target"; }

# The version in Cargo.lock, which the tool's version must equal.
locked_version() {
  local version
  version=$(awk -v name="$1" '$1 == "name" && $3 == "\"" name "\"" { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock)
  [ -n "$version" ] || die "Cargo.lock does not name $1"
  printf '%s\n' "$version"
}

# Only the command, without its test runner and that one's HTTP client. The crates that read and write WebAssembly are optimised,
# which takes 20 s longer here and saves 5 s in each development build.
need_wasm_bindgen() {
  local crate optimised=()
  for crate in walrus wasmparser wasm-encoder wasm-bindgen-cli-support hashbrown id-arena; do
    optimised+=(--config "profile.dev.package.$crate.opt-level=1")
  done
  need_cargo_tool wasm-bindgen-cli "$(locked_version wasm-bindgen)" wasm-bindgen --no-default-features --bin wasm-bindgen "${optimised[@]}"
}

need_rust() {
  need_rust_for_development
  need_cargo_tool worker-build "$WORKER_BUILD_VERSION" worker-build --bin worker-build
  need_wasm_bindgen
  drop_cargo_leftovers
}

need_rust_for_development() {
  find_cargo
  need_target
}
