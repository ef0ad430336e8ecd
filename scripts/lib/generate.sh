# Files that are generated from the Rust types and committed: the JSON Schema of the native protocol, the web client's types, the
# OpenAPI and the AsyncAPI document.

API_SCHEMA=schema/api/native.json
OPENAPI=schema/api/openapi.json
ASYNCAPI=schema/api/asyncapi.json
CLIENT_TYPES=web/src/client/generated/native.ts

# generate_files <schema> <types> <openapi>: the paths of the files to write.
generate_files() {
  mkdir -p "$(dirname "$1")" "$(dirname "$2")" "$(dirname "$3")"
  cargo run --quiet --locked --package campana-http --features schema --example api-schema >"$1" &&
    cargo run --quiet --locked --package campana-http --features schema --example openapi >"$3" &&
    npm run --silent generate --workspace web -- "$ROOT/$1" "$ROOT/$2"
}

# generate_asyncapi <document>: writes the AsyncAPI document of sockets, event streams and webhooks.
generate_asyncapi() {
  mkdir -p "$(dirname "$1")"
  cargo run --quiet --locked --package campana-http --features schema --example asyncapi >"$1"
}
