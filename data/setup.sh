#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that are missing: those of [run] and [build] in packages.txt, and those of the sections named as arguments.
# Does nothing, in a blink, when none is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

packages () {
  awk -v wanted=" run build $* " '
    /^\[.*\]$/ { on = index (wanted, " " substr ($0, 2, length ($0) - 2) " "); next }
    { sub (/#.*/, "") }
    on && NF   { print $1 }' "$here/packages.txt"
}

missing=()
for package in $(packages "$@"); do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: run as root, or install sudo; missing: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
"${apt[@]}" update
"${apt[@]}" install --yes --no-install-recommends "${missing[@]}"
