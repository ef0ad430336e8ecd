# Finds cargo, and adds what a build for Workers needs: the wasm target and two tools of exact versions.

WORKER_BUILD_VERSION=0.8.7
RUST_TARGET=wasm32-unknown-unknown

# An empty HOME hides a rustup that is installed under the account's own directory.
find_cargo() {
  local account
  account=$(eval printf '%s' "~$(id -un)")
  if ! command -v cargo >/dev/null; then
    local home
    for home in "${CARGO_HOME:-$HOME/.cargo}" "$account/.cargo"; do
      if [ -x "$home/bin/cargo" ]; then
        export PATH="$home/bin:$PATH"
        break
      fi
    done
  fi
  command -v cargo >/dev/null || die "cargo is missing: install Rust with rustup (https://rustup.rs), then run this again"
  if ! cargo --version >/dev/null 2>&1 && [ -z "${RUSTUP_HOME:-}" ]; then
    local candidate
    for candidate in "$(dirname "$(command -v cargo)")/../../.rustup" "$account/.rustup"; do
      if [ -d "$candidate/toolchains" ]; then
        export RUSTUP_HOME=$candidate
        break
      fi
    done
  fi
  cargo --version >/dev/null 2>&1 && return
  command -v rustup >/dev/null || die "cargo does not run, and rustup is missing: see https://rustup.rs"
  timed "installing Rust (stable)" rustup toolchain install stable --profile minimal
  rustup default stable
}

need_target() {
  [ -d "$(rustc --print sysroot)/lib/rustlib/$RUST_TARGET" ] && return
  command -v rustup >/dev/null || die "the Rust target $RUST_TARGET is missing, and rustup, which could add it, too"
  timed "adding the Rust target $RUST_TARGET" rustup target add "$RUST_TARGET"
}

need_component() {
  cargo "$1" --version >/dev/null 2>&1 && return
  command -v rustup >/dev/null || die "cargo $1 is missing, and rustup, which could add it, too"
  timed "adding cargo $1" rustup component add "$2"
}

# need_cargo_tool <crate> <version> <binary>: installed under .tools/cargo, where nothing else looks for it. Unoptimised:
# these tools have little to do, and are there in a third of the time.
need_cargo_tool() {
  local crate=$1 version=$2 binary=$TOOLS/cargo/bin/$3
  [ -x "$binary" ] && is_stamped "$crate" "$version" && return
  timed "installing $crate $version (takes minutes, once)" \
    env CARGO_TARGET_DIR="$TOOLS/cargo/target" CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install --locked --quiet --debug --root "$TOOLS/cargo" --force "$crate@$version"
  stamp "$crate" "$version"
}

# The tools share what they compile, until the last of them is there.
drop_cargo_leftovers() { rm -rf "$TOOLS/cargo/target"; }

# The tool must be of the very version that the crate was locked at.
locked_version() {
  local version
  version=$(awk -v name="$1" '$1 == "name" && $3 == "\"" name "\"" { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock)
  [ -n "$version" ] || die "Cargo.lock does not name $1"
  printf '%s\n' "$version"
}

need_rust() {
  find_cargo
  need_target
  need_cargo_tool worker-build "$WORKER_BUILD_VERSION" worker-build
  need_cargo_tool wasm-bindgen-cli "$(locked_version wasm-bindgen)" wasm-bindgen
  drop_cargo_leftovers
}
