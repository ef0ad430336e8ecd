# One function per check; sourced after setup.sh.

CARGO_DENY_VERSION=0.20.2
CARGO_MACHETE_VERSION=0.9.2
WASM_CRATES="-p campana-edge -p campana-images-worker -p campana-objects -p campana-storage-d1"

need_check_tools() {
  need_component fmt rustfmt
  need_component clippy clippy
  need_cargo_tool cargo-machete "$CARGO_MACHETE_VERSION" cargo-machete
  need_cargo_tool cargo-deny "$CARGO_DENY_VERSION" cargo-deny
  drop_cargo_leftovers
}

# The benchmark's load generator and the runner of fuzz targets are workspaces of their own.
check_rust_format() {
  cargo fmt --all --check -- --color "$COLOR" &&
    cargo fmt --manifest-path bench/Cargo.toml --check -- --color "$COLOR" &&
    cargo fmt --manifest-path fuzz/coverage/Cargo.toml --check -- --color "$COLOR"
}

check_rust_lints() { cargo clippy --quiet --locked --workspace --all-targets -- -D warnings; }

check_rust_lints_bench() { cargo clippy --quiet --locked --manifest-path bench/Cargo.toml --all-targets -- -D warnings; }

# Code behind `target_arch = "wasm32"` is linted for that target.
check_rust_lints_wasm() {
  # shellcheck disable=SC2086
  cargo clippy --quiet --locked --target "$RUST_TARGET" $WASM_CRATES -- -D warnings
}

check_rust_dependencies() { "$TOOLS/cargo/bin/cargo-deny" --log-level error --locked --workspace check bans licenses sources; }

check_rust_unused() { "$TOOLS/cargo/bin/cargo-machete" core fuzz images schema workers durable-objects bench; }

check_advisories() { node scripts/lib/advisories.mjs; }

check_typescript_style() { node_modules/.bin/biome ci ${NO_COLOR:+--colors=off} --error-on-warnings .; }

check_typescript_types() { npm run --silent --workspaces --if-present check; }

# Generates into a folder of its own and compares.
check_generated() {
  local fresh=.campana/generated
  generate_files "$fresh/native.json" "$fresh/native.ts" "$fresh/openapi.json" &&
    diff -q "$fresh/native.json" "$API_SCHEMA" && diff -q "$fresh/native.ts" "$CLIENT_TYPES" &&
    diff -q "$fresh/openapi.json" "$OPENAPI" && return
  say "$API_SCHEMA, $CLIENT_TYPES or $OPENAPI is stale: run scripts/generate"
  return 1
}

# The AsyncAPI document is up to date, and the official parser accepts it.
check_asyncapi() {
  local fresh=.campana/generated/asyncapi.json
  if generate_asyncapi "$fresh" && diff -q "$fresh" "$ASYNCAPI"; then
    node scripts/lib/asyncapi.mjs "$ASYNCAPI"
    return
  fi
  say "$ASYNCAPI is stale: run scripts/generate"
  return 1
}

# The linter neither reports its use nor looks for a newer version.
check_openapi() {
  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true node_modules/.bin/redocly lint --config redocly.yaml "$OPENAPI"
}

# The API has no breaking change since the last release, or declares it.
check_api_changes() { node scripts/lib/released-api.mjs; }

check_tidy() { node scripts/lib/tidy.mjs; }
