#!/bin/sh
# Makes .venv with the locked Python tools. Needs nothing but a Python; everything else that `make` does is Python in it.
# Run by the Makefile whenever a project file or the lock file is newer than the virtual environment.
set -eu
cd "$(dirname "$0")/.."
uv_version=0.13.9
as_root_on_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

for python in python3 python3.13 python3.12 python3.11; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
    python=
done
if [ -z "$python" ]; then
    echo "make: Python >= 3.11 is needed; found: $(python3 --version 2>&1 || echo none)" >&2
    echo "  what to do: install python3.11 or newer with its venv module (Debian and Ubuntu: apt-get install python3 python3-venv)" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if ! as_root_on_debian; then
        echo "make: this Python has no venv module" >&2
        echo "  what to do: apt-get install python3-venv" >&2
        exit 1
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
fi
echo "  making .venv with the locked Python tools ..."
if [ ! -x .venv/bin/uv ] || [ "$(.venv/bin/uv --version | cut -d' ' -f2)" != "$uv_version" ]; then
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
fi
UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv sync --quiet --frozen --all-packages --all-groups
touch .venv/ready
