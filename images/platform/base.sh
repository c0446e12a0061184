#!/bin/sh
# Writes the root file system of the base image to standard output as a tar: Debian trixie with Python 3.13, and nothing that only people read.
# DEBIAN_MIRROR may name another archive, for example a snapshot of one day.
set -eu
exec mmdebstrap --variant=minbase --quiet \
    --include=ca-certificates,python3-minimal,python3-venv \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --customize-hook='chroot "$1" dpkg-query --show > "$1/usr/share/packages"' \
    --customize-hook='echo "DPkg::Post-Invoke { \"rm -f /var/cache/apt/archives/*.deb\"; };" > "$1/etc/apt/apt.conf.d/no-archives"' \
    --customize-hook='echo "Dir::Cache::pkgcache \"\"; Dir::Cache::srcpkgcache \"\";" >> "$1/etc/apt/apt.conf.d/no-archives"' \
    --customize-hook='rm -f "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb' \
    trixie - ${DEBIAN_MIRROR:-}
