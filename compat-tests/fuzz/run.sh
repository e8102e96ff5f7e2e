#!/bin/sh
# Installs schemathesis here on its first run (PyPI, pinned versions), then fuzzes a built server: run.sh [--long] [--seed N] [--examples N] [--only WHO]
set -eu
cd "$(dirname "$0")"

binary="${WEIR_BIN:-../../target/debug/weir}"
if [ ! -x "$binary" ]; then
  echo "fuzz: $binary is not there; build the server first (cargo build) or set WEIR_BIN" >&2
  exit 1
fi
# A copy of the list tells whether what is installed is what is pinned.
if ! cmp -s requirements.txt .venv/.installed; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
  cp requirements.txt .venv/.installed
fi
WEIR_BIN="$(realpath "$binary")" exec .venv/bin/python run.py "$@"
