#!/bin/sh
# Installs Debian packages: those named as arguments that are not installed yet.
missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
line="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
    echo "no apt-get here; install what these Debian packages hold:$missing" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "please run: sudo $line" >&2
    exit 1
fi
echo "installing:$missing" >&2
$as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -q && $line" >&2
