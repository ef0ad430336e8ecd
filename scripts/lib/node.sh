# Finds a Node version that the local engine supports, or installs one inside the repository; then installs the npm packages.

NODE_MINIMUM=22.12
NODE_VERSION=22.23.3

node_is_new_enough() {
  node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    const [wantedMajor, wantedMinor] = process.argv[1].split(".").map(Number);
    process.exit(major > wantedMajor || (major === wantedMajor && minor >= wantedMinor) ? 0 : 1);
  ' "$NODE_MINIMUM"
}

# The npm package with a Node binary for this machine.
node_package() {
  local system machine
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    *) die "no Node can be installed here for $(uname -s): install Node $NODE_MINIMUM or newer" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    arm64 | aarch64) machine=arm64 ;;
    *) die "no Node can be installed here for $(uname -m): install Node $NODE_MINIMUM or newer" ;;
  esac
  printf 'node-%s-%s\n' "$system" "$machine"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || die "Node with npm is missing: install Node 18 or newer, then run this again"
  node_is_new_enough && return
  local package bin
  package=$(node_package)
  bin=$TOOLS/node/node_modules/$package/bin
  if [ ! -x "$bin/node" ] || ! is_stamped node "$package@$NODE_VERSION"; then
    mkdir -p "$TOOLS/node"
    printf '{"private":true}\n' >"$TOOLS/node/package.json"
    timed "installing Node $NODE_VERSION (this machine has $(node --version), the local engine needs $NODE_MINIMUM)" \
      npm install --prefix "$TOOLS/node" --no-save --no-package-lock --ignore-scripts --no-update-notifier --loglevel=error "$package@$NODE_VERSION"
    stamp node "$package@$NODE_VERSION"
  fi
  export PATH="$bin:$PATH"
}

need_packages() {
  local state
  state=$(node scripts/lib/fingerprint.mjs package.json package-lock.json web/package.json tests/package.json .npmrc)
  [ -d node_modules ] && is_stamped packages "$state" && return
  unstamp packages
  timed "installing npm packages" npm ci --loglevel=error
  stamp packages "$state"
}
