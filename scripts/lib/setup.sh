# Prerequisites of the other commands; sourced, because it also puts the tools on PATH.
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/rust.sh"
source "$ROOT/scripts/lib/node.sh"

set_up() {
  need_node
  need_packages
  need_rust
}
