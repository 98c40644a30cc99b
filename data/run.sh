#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a fresh clone to the running program: installs what is missing, builds, and starts Lampwork with its simulated arm.
# Arguments go to the program; without any it opens the sample project. LW_BUILD_DIR names another build directory.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
build=${LW_BUILD_DIR:-$top/build/release}
root=$build/root

"$top/data/setup.sh"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
step () {
  echo "$1" >&2
  shift
  "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
}
if [ ! -f "$build/build.ninja" ]; then
  step "Configuring in $build" meson setup "$build" "$top" --buildtype=release --prefix="$root" -Dtests=false -Dgui=enabled
fi
step "Building" ninja -C "$build"
step "Installing into $root" meson install -C "$build" --no-rebuild --only-changed --quiet

# The prefix is none of the system's, so the desktop's search path has to be told: schemas, icons and translations are there.
export XDG_DATA_DIRS=$root/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}
[ $# -gt 0 ] || set -- --sample
rm -f "$log"
exec "$root/bin/lampwork" "$@"
