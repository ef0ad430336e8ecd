# Chromium for the browser tests, installed from Debian's packages if it is missing.

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
      command -v "$name"
      return
    fi
  done
  local mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
  [ -x "$mac" ] && printf '%s\n' "$mac"
}

install_chromium() {
  apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends chromium >/dev/null
}

need_chromium() {
  if [ -z "${CAMPANA_CHROMIUM:-}" ] && ! find_chromium >/dev/null; then
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
      timed "installing Chromium from Debian's packages" install_chromium
    else
      die "the browser tests need Chromium: install it (Debian: apt-get install chromium), or set CAMPANA_CHROMIUM to its path"
    fi
  fi
  export CAMPANA_CHROMIUM=${CAMPANA_CHROMIUM:-$(find_chromium)}
}
