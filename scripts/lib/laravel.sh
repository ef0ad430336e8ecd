# PHP and Laravel for the tests of a Laravel application, installed from Debian's packages if they are missing. Where they cannot be
# had, these tests are skipped, and the summary names the reason.

LARAVEL_PACKAGES="php-laravel-framework php-guzzlehttp-guzzle php-cli php-curl php-sqlite3"
# Not in every release of Debian; the tests have a substitute.
LARAVEL_LIBRARY=php-pusher-php-server

has_laravel() { command -v php >/dev/null && php scripts/lib/laravel-missing.php >/dev/null; }

install_laravel() {
  local packages=$LARAVEL_PACKAGES
  # A source that does not answer may be another one than Debian's: the installation decides.
  apt-get update -qq || true
  if [ -n "$(apt-cache madison "$LARAVEL_LIBRARY")" ]; then packages+=" $LARAVEL_LIBRARY"; fi
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

# Sets CAMPANA_NO_LARAVEL to the reason where Laravel is missing.
need_laravel() {
  if has_laravel; then return; fi
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    export CAMPANA_NO_LARAVEL="Laravel is not installed, and only root can install it, with apt-get"
    return
  fi
  local step="installing Laravel from Debian's packages" began=$SECONDS
  say "$step ..."
  if install_laravel && has_laravel; then
    say "$step: $((SECONDS - began)) s"
  else
    export CAMPANA_NO_LARAVEL="Laravel cannot be installed: Debian's packages are unreachable, or lack it"
    say "$step: failed after $((SECONDS - began)) s; its tests are skipped"
  fi
}
