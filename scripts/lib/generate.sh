# Files that are generated from the Rust types and committed: the JSON Schema of the native protocol, and the web client's types.

API_SCHEMA=schema/api/native.json
CLIENT_TYPES=web/src/client/generated/native.ts

# generate_files <schema> <types>: the paths of the two files to write.
generate_files() {
  mkdir -p "$(dirname "$1")" "$(dirname "$2")"
  cargo run --quiet --locked --package campana-http --features schema --example api-schema >"$1" &&
    npm run --silent generate --workspace web -- "$ROOT/$1" "$ROOT/$2"
}

ASYNCAPI=schema/api/asyncapi.json

# generate_asyncapi <document>: writes the AsyncAPI document of sockets, event streams and webhooks.
generate_asyncapi() {
  mkdir -p "$(dirname "$1")"
  cargo run --quiet --locked --package campana-http --features schema --example asyncapi >"$1"
}
